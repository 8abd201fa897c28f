"""Executors by name; an engine's package is imported only when its executor is asked for."""

import importlib

from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

_CLASSES = {
    "local": ("dlib.execution.local", "LocalExecutor"),
    "ray": ("dlib.execution.ray", "RayExecutor"),
    "slurm": ("dlib.execution.slurm", "SlurmExecutor"),
}
NAMES = tuple(_CLASSES)


def make_executor(name, gin_config=None, **options):
    """An executor with the options of a site.

    Args:
      name: "local", "ray" or "slurm".
      gin_config: the site's configuration file; by default ``execution/<name>.gin``.
      options: of the executor, which win over the file; those that are None do not.

    Raises:
      DlibError: if there is no such executor, its package is not installed, or the file is wrong.
    """
    if name not in _CLASSES:
        raise DlibError(f"there is no executor {name!r}: use {', '.join(NAMES)}.")
    module, class_name = _CLASSES[name]
    executor = getattr(importlib.import_module(module), class_name)
    given = {key: value for key, value in options.items() if value is not None}
    with gin_utils.configured([gin_config or f"execution/{name}.gin"]):
        return executor(**given)
