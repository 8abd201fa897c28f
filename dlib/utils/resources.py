"""Files that come inside the package."""

import importlib.resources
from pathlib import Path


def get_file(path):
    """Path of a file of the package, as a string; ``path`` is relative to ``dlib/``."""
    return str(_package() / path)


def get_files_in_folder(path):
    """Paths of the files in a folder of the package, sorted; not those in folders below it."""
    return sorted(str(item) for item in (_package() / path).iterdir() if item.is_file())


def _package():
    return Path(str(importlib.resources.files("dlib")))
