"""MPI3D: a robot arm holding an object; rendered, rendered realistically, and photographed.

Gondal et al., "On the Transfer of Inductive Bias from Simulation to the Real World", NeurIPS 2019.
Served from ``<name>/<name>.npz`` (key ``images``).
"""

import functools

import numpy as np

from dlib.data.ground_truth import array_files, sources
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.stored import StoredProduct
from dlib.utils.errors import DlibError


class MPI3D(StoredProduct):
    """64x64x3; seven factors.

    Args:
      mode: "mpi3d_toy", "mpi3d_realistic" (460 800 images each) or "mpi3d_real" (1 036 800).
    """

    FACTOR_NAMES = (
        "object color",
        "object shape",
        "object size",
        "camera height",
        "background color",
        "horizontal axis",
        "vertical axis",
    )
    FACTOR_SIZES = {
        "mpi3d_toy": (4, 4, 2, 3, 3, 40, 40),
        "mpi3d_realistic": (4, 4, 2, 3, 3, 40, 40),
        "mpi3d_real": (6, 6, 2, 3, 3, 40, 40),
    }
    IMAGE_SHAPE = (64, 64, 3)

    def __init__(self, mode="mpi3d_toy"):
        if mode not in self.FACTOR_SIZES:
            raise DlibError(f"MPI3D mode {mode!r} is unknown; there is {list(self.FACTOR_SIZES)}")
        path = sources.find(mode, f"{mode}/{mode}.npz")
        sizes = self.FACTOR_SIZES[mode]
        num_images = int(np.prod(sizes))
        store = sources.stored_images(
            mode,
            sources.identity([path]),
            (num_images, *self.IMAGE_SHAPE),
            lambda: self._blocks(path, num_images),
        )
        super().__init__(mode, sources.short(path), store, self.FACTOR_NAMES, sizes)

    def _blocks(self, path, num_images):
        with array_files.npz_member(path, "images") as images:
            sources.flatten(images, len(self.IMAGE_SHAPE))
            array_files.expect(images, path, "images", (num_images, *self.IMAGE_SHAPE), ("uint8",))
            yield from images.blocks()


for _mode in MPI3D.FACTOR_SIZES:
    register(_mode, functools.partial(MPI3D, _mode))
