"""SmallNORB: grey photographs of toys, 48 600 images (camera 0).

LeCun, Huang and Bottou, CVPR 2004. Served from the six official files in ``small_norb/``, each
plain (``.mat``) or compressed (``.mat.gz``).

Axes: M stored images, H W C image.
"""

import gin
import numpy as np

from dlib.data.ground_truth import norb_file, sources
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.stored import StoredProduct
from dlib.data.ground_truth.util import StateSpaceAtomIndex, checked_factors, factor_bases
from dlib.utils.errors import DlibError

CHUNKS = ("5x46789x9x18x6x2x96x96-training", "5x01235x9x18x6x2x96x96-testing")
RESAMPLINGS = ("lanczos", "reference")


@register("smallnorb")
@gin.configurable("smallnorb")
class SmallNORB(StoredProduct):
    """64x64x1; category 5, elevation 9, azimuth 18, lighting 6; the instance (10) is hidden.

    Camera 0 only, as in the reference (disentanglement_lib). The instance is redrawn for each
    observation; an epoch holds all of them.

    Args:
      resampling: from 96x96 to 64x64: "lanczos" on 8 bits; or "reference", the reference's
        LANCZOS on 32-bit integers, of which values outside 0..255 (which the reference hands out
        as such) are clipped.
    """

    FACTOR_NAMES = ("category", "elevation", "azimuth", "lighting")
    ALL_FACTOR_SIZES = (5, 10, 9, 18, 6)  # category, instance, elevation, azimuth, lighting
    LATENT = (0, 2, 3, 4)
    IMAGE_SHAPE = (64, 64, 1)

    def __init__(self, resampling="lanczos"):
        if resampling not in RESAMPLINGS:
            raise DlibError(
                f"smallnorb.resampling: {resampling!r} is unknown; there is "
                f"{', '.join(RESAMPLINGS)}"
            )
        files = [_chunk_files(chunk) for chunk in CHUNKS]
        store = sources.scattered_images(
            "smallnorb",
            sources.identity([path for chunk in files for path in chunk.values()], resampling),
            (int(np.prod(self.ALL_FACTOR_SIZES)), *self.IMAGE_SHAPE),
            lambda: self._placed_blocks(files, resampling),
        )
        source = sources.short(files[0]["dat"].parent)
        super().__init__(
            "smallnorb", source, store, self.FACTOR_NAMES, self.ALL_FACTOR_SIZES, self.LATENT
        )

    def _placed_blocks(self, files, resampling):
        rows = int(np.prod(self.ALL_FACTOR_SIZES)) // len(files)
        factors = [self._factors(chunk, rows) for chunk in files]
        folder = files[0]["cat"].parent
        try:
            StateSpaceAtomIndex(self.ALL_FACTOR_SIZES, np.concatenate(factors))
        except DlibError as error:
            raise DlibError(f"{folder}: the cat and info files together hold {error}") from error
        for chunk, chunk_factors in zip(files, factors, strict=True):
            positions = chunk_factors @ factor_bases(self.ALL_FACTOR_SIZES)  # [m]
            blocks = norb_file.matrix_blocks(chunk["dat"], np.uint8, (rows, 2, 96, 96), 500)
            done = 0
            for block in blocks:
                yield positions[done : done + len(block)], _resized(block[:, 0], resampling)
                done += len(block)

    def _factors(self, chunk, rows):
        """Category, instance, elevation, azimuth, lighting of a chunk's images: ``[rows, 5]``."""
        category = norb_file.read_matrix(chunk["cat"], np.int32, (rows,))
        info = norb_file.read_matrix(chunk["info"], np.int32, (rows, 4)).copy()
        if (info[:, 2] % 2).any():
            raise DlibError(f"{chunk['info']}: azimuths must be even (steps of 20 degrees in 10s)")
        info[:, 2] //= 2  # 0, 2, ..., 34
        try:
            return checked_factors(np.column_stack([category, info]), self.ALL_FACTOR_SIZES)
        except DlibError as error:
            raise DlibError(f"{chunk['info']}: {error}") from error


def _chunk_files(chunk):
    names = {part: f"small_norb/smallnorb-{chunk}-{part}.mat" for part in ("dat", "cat", "info")}
    return {part: sources.find("smallnorb", name, f"{name}.gz") for part, name in names.items()}


def _resized(images, resampling):
    """uint8 ``[m, 96, 96]`` -> uint8 ``[m, 64, 64, 1]``."""
    from PIL import Image

    pixels = images.astype(np.int32) if resampling == "reference" else images
    resized = [
        Image.fromarray(image).resize((64, 64), Image.Resampling.LANCZOS) for image in pixels
    ]
    return np.clip(np.stack([np.asarray(image) for image in resized]), 0, 255)[..., None]
