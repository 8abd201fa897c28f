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
# Of packages whose other modules register nothing or need what few commands do.
MODULES = ("dlib.pipeline", "dlib.config.budget", "dlib.visualize.traversal_range")


def import_all():
    """Imports all modules of ``PACKAGES``, and ``MODULES``."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith(
                "_kernels"
            ):  # compiled code; needs numba, registers nothing
                importlib.import_module(module.name)
    for name in MODULES:
        importlib.import_module(name)


import_all()
