"""Cars3D: renderings of 183 car models, 17 568 images.

Reed et al., "Deep Visual Analogy-Making", NIPS 2015. Served from the MATLAB files in ``cars/``
(key ``im``, uint8 [128, 128, 3, 24, 4]).

Axes: M stored images, H W C image.
"""

import numpy as np

from dlib.data.ground_truth import sources
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.stored import StoredProduct
from dlib.utils.errors import DlibError


@register("cars3d")
class Cars3D(StoredProduct):
    """64x64x3; elevation 4, azimuth 24, object 183.

    Object i is the i-th of the file names in alphabetical order (``object_files``). The reference
    (disentanglement_lib) numbers objects by the order in which the file system lists them, which
    differs from machine to machine.

    Attributes:
      object_files: the file name of each object.
    """

    FACTOR_NAMES = ("elevation", "azimuth", "object")
    FACTOR_SIZES = (4, 24, 183)
    IMAGE_SHAPE = (64, 64, 3)

    def __init__(self):
        folder = sources.find("cars3d", "cars")
        files = sorted(folder.glob("*.mat"))
        if len(files) != self.FACTOR_SIZES[2]:
            raise DlibError(
                f"{folder}: expected {self.FACTOR_SIZES[2]} .mat files, found {len(files)}; get "
                f"them with: dlib_download_data cars3d"
            )
        self.object_files = tuple(path.name for path in files)
        store = sources.scattered_images(
            "cars3d",
            sources.identity(files),
            (int(np.prod(self.FACTOR_SIZES)), *self.IMAGE_SHAPE),
            lambda: self._placed_blocks(files),
        )
        super().__init__(
            "cars3d", sources.short(folder), store, self.FACTOR_NAMES, self.FACTOR_SIZES
        )

    def _placed_blocks(self, files):
        elevations, azimuths, objects = self.FACTOR_SIZES
        view = np.arange(elevations * azimuths)  # elevation * azimuths + azimuth
        for number, path in enumerate(files):
            yield view * objects + number, _resized(self._mesh(path), self.IMAGE_SHAPE)

    def _mesh(self, path):
        """The views of one object: uint8 ``[96, 128, 128, 3]``, the azimuth running fastest."""
        from scipy.io import loadmat

        try:
            images = loadmat(path, variable_names=["im"])["im"]
        except Exception as error:  # scipy's parser raises many kinds on a damaged file
            raise DlibError(
                f"{path}: expected a MATLAB file with 'im'; damaged, cut short or another file "
                f"({type(error).__name__}: {error})"
            ) from error
        expected = (128, 128, 3, self.FACTOR_SIZES[1], self.FACTOR_SIZES[0])
        if images.shape != expected or images.dtype != np.uint8:
            raise DlibError(
                f"{path}: expected 'im' to be uint8 {list(expected)}, "
                f"found {images.dtype} {list(images.shape)}"
            )
        return images.transpose(4, 3, 0, 1, 2).reshape(-1, 128, 128, 3)


def _resized(images, shape):
    """uint8 ``[m, 128, 128, 3]`` -> uint8 ``[m, *shape]``, LANCZOS."""
    from PIL import Image

    size = (shape[1], shape[0])
    resized = [Image.fromarray(image).resize(size, Image.Resampling.LANCZOS) for image in images]
    return np.stack([np.asarray(image) for image in resized])
