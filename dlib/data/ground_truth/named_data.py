"""Data sets by name: the value of ``dataset.name`` in a configuration."""

import difflib
import functools
import importlib
import pkgutil

import gin

from dlib.data import ground_truth
from dlib.data.ground_truth.registry import constructors
from dlib.utils.errors import DlibError


@gin.configurable("dataset")
def get_named_ground_truth_data(name=None):
    """Opens a data set.

    Args:
      name: one of ``dataset_names()``.

    Raises:
      DlibError: if there is no such name, or the set's files are missing or damaged.
    """
    known = dataset_names()
    if name not in known:
        asked = "dataset.name is not set" if name is None else f"there is no data set {name!r}"
        close = difflib.get_close_matches(str(name), known, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise DlibError(f"{asked}; {hint}there are {', '.join(known)}.")
    data = constructors()[name]()
    data.name = name
    return data


def dataset_names():
    """All names, those of imported user modules included, sorted."""
    _import_families()
    return sorted(constructors())


@functools.cache
def _import_families():
    """Imports every module beside this one, so that its names are registered."""
    for module in pkgutil.iter_modules(ground_truth.__path__):
        if module.name != "loader":  # it registers nothing, and it alone needs torch
            importlib.import_module(f"{ground_truth.__name__}.{module.name}")
