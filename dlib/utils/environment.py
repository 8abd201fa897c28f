"""What a result was computed with."""

import functools
import importlib.metadata
import os
import platform
import sys

from dlib.version import __version__

_PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "numba", "gin-config")


def describe_environment():
    """Versions, platform and threads, as plain strings and numbers."""
    description = {"dlib": __version__, **_versions()}
    torch = sys.modules.get("torch")  # only a step that uses it has its threads to tell
    if torch is not None:
        description["torch_threads"] = torch.get_num_threads()
    return description


@functools.cache
def _versions():
    versions = {
        "python": platform.python_version(),
        # Not the kernel's release, which changes no number.
        "platform": " ".join(
            part for part in (platform.system(), platform.machine(), *platform.libc_ver()) if part
        ),
        "cpu_count": os.cpu_count(),
    }
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    return versions
