"""Imports every module that registers names with gin.

Found by walking the packages, so that a new method, metric or data set is one new file and no
list of ours is edited.
"""

import importlib
import pkgutil

PACKAGES = (
    "dlib.data",
    "dlib.methods",
    "dlib.postprocessing",
    "dlib.evaluation",
    "dlib.annealing",
    "dlib.validation",
)


def import_all():
    """Imports all modules of ``PACKAGES``, and the pipeline."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith(
                "_kernels"
            ):  # compiled code; needs numba, registers nothing
                importlib.import_module(module.name)
    importlib.import_module("dlib.pipeline")


import_all()
