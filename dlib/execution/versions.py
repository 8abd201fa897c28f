"""What two machines must have in common so that a run is the same on either."""

import functools
import hashlib
import importlib.metadata
import importlib.resources
from pathlib import Path

from dlib.data.ground_truth import named_data
from dlib.utils import gin_utils
from dlib.version import __version__

_PACKAGES = ("torch", "numpy", "scipy", "scikit-learn")


@functools.cache
def versions():
    """``{name: version}`` of dlib, of its code, and of what it computes with."""
    found = {"dlib": __version__, "dlib's code": _digest()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "none"
    return found


def data_source(job):
    """``(name, source)`` of a job's data set, which is opened for it.

    The first process of a machine that opens a set builds its cache file, the others wait for it
    and map the same pages.

    Raises:
      DlibError: for a wrong configuration, or if the data set's files are missing or damaged.
    """
    with gin_utils.configured(job.gin_config_files, job.gin_bindings):
        return _opened(gin_utils.config_text())


@functools.lru_cache(maxsize=1024)
def _opened(config_text):
    """By the configuration in place, whose text is the argument."""
    del config_text
    data = named_data.get_named_ground_truth_data()
    return data.name, data.source


def expected_of(job):
    """What a node must have to run a job, as this process has it."""
    name, source = data_source(job)
    return {**versions(), f"data set {name}": source}


def differences(expected, job):
    """How this machine differs from the driver's, in words; "" if it does not.

    Args:
      expected: ``expected_of(job)`` of the driver.
      job: the ``Job``.

    Raises:
      DlibError: if this machine does not have the job's data set at all.
    """
    # Versions first: opening data with another dlib may fail in its own way.
    here = versions()
    told = [_told(n, here[n], expected[n]) for n in here if here[n] != expected.get(n)]
    if not told:
        here = expected_of(job)
        names = sorted(here.keys() | expected.keys())
        told = [
            _told(name, here.get(name), expected.get(name))
            for name in names
            if here.get(name) != expected.get(name)
        ]
    return ", ".join(told)


def _told(name, here, expected):
    return f"{name} {here or 'none'} instead of {expected or 'none'}"


def _digest():
    """Ten hexadecimal digits of all Python files of the package and all shipped configurations."""
    digest = hashlib.sha256()
    for package in ("dlib", "gin_configs"):
        root = Path(str(importlib.resources.files(package)))
        for path in sorted(root.rglob("*")):
            if path.suffix in (".py", ".gin"):
                digest.update(path.relative_to(root).as_posix().encode() + b"\0")
                digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:10]
