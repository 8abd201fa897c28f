"""Shapes3D: an object in a room, 480 000 images.

Kim and Mnih, "Disentangling by Factorising", ICML 2018. Served from the public HDF5 file
``3dshapes/3dshapes.h5``, or from the npz that the reference (disentanglement_lib) asks for.
"""

import numpy as np

from dlib.data.ground_truth import array_files, sources
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.stored import StoredProduct
from dlib.utils.errors import DlibError

CANDIDATES = (
    "3dshapes/3dshapes.h5",
    "3dshapes/look-at-object-room_floor-hueXwall-hueXobj-hueXobj-sizeXobj-shapeXview-azi.npz",
)


@register("shapes3d")
class Shapes3D(StoredProduct):
    """64x64x3; floor, wall and object colour 10 each, size 8, shape 4, azimuth 15."""

    FACTOR_NAMES = ("floor color", "wall color", "object color", "size", "shape", "azimuth")
    FACTOR_SIZES = (10, 10, 10, 8, 4, 15)
    IMAGE_SHAPE = (64, 64, 3)

    def __init__(self):
        path = sources.find("shapes3d", *CANDIDATES)
        num_images = int(np.prod(self.FACTOR_SIZES))
        store = sources.stored_images(
            "shapes3d",
            sources.identity([path]),
            (num_images, *self.IMAGE_SHAPE),
            lambda: self._blocks(path, num_images),
        )
        super().__init__(
            "shapes3d", sources.short(path), store, self.FACTOR_NAMES, self.FACTOR_SIZES
        )

    def _blocks(self, path, num_images):
        self._check_order(path, sources.whole_array(path, "labels"))
        with sources.array_member(path, "images") as images:
            sources.flatten(images, len(self.IMAGE_SHAPE))
            array_files.expect(images, path, "images", (num_images, *self.IMAGE_SHAPE), ("uint8",))
            yield from images.blocks()

    def _check_order(self, path, labels):
        """The labels must enumerate the factors, the last one running fastest."""
        num_factors = len(self.FACTOR_SIZES)
        if (
            labels.size != np.prod(self.FACTOR_SIZES) * num_factors
            or labels.shape[-1] != num_factors
        ):
            raise DlibError(
                f"{path}: 'labels' has shape {labels.shape}, expected "
                f"{(int(np.prod(self.FACTOR_SIZES)), num_factors)}."
            )
        labels = labels.reshape(-1, num_factors)  # [M, K]
        states = np.indices(self.FACTOR_SIZES).reshape(num_factors, -1)  # [K, M]
        for name, values, expected in zip(self.FACTOR_NAMES, labels.T, states, strict=True):
            ranks = np.unique(values, return_inverse=True)[1]
            if not np.array_equal(ranks, expected):
                raise DlibError(
                    f"{path}: 'labels' for {name} do not enumerate its {expected.max() + 1} "
                    f"values in Shapes3D's order; this is another data set."
                )
