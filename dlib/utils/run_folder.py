"""Folders of runs: claimed by one process at a time, and deleted only if they are ours.

A marker file says that dlib made a folder and with which settings. A folder without it that holds
anything is somebody else's: nothing is written there, and nothing is ever deleted.
"""

import contextlib
import shutil
from pathlib import Path

import filelock

from dlib.utils import files
from dlib.utils.errors import DlibError
from dlib.version import __version__

MARKER = ".dlib.json"
LOCK = ".dlib.lock"


@contextlib.contextmanager
def claimed(path, overwrite=False, settings=None, kind="train"):
    """Locks a run's folder and prepares it: ``locked`` and ``prepare`` in one.

    Yields:
      The folder's ``Path``.
    """
    with locked(path) as folder:
        prepare(folder, overwrite, settings, kind)
        yield folder


@contextlib.contextmanager
def locked(path):
    """Holds a folder for this process until the block ends; makes it if it is missing.

    Yields:
      The folder's ``Path``.

    Raises:
      DlibError: if another process holds it, it is not ours, or cannot be written.
    """
    folder = Path(path)
    _check_ours(folder)
    with _writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / LOCK)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise DlibError(
                f"{folder} is in use by another process: wait for it, or give another folder."
            ) from None
    try:
        yield folder
    finally:
        lock.release()


def prepare(path, overwrite=False, settings=None, kind="train"):
    """Makes a folder ours: new, emptied (``overwrite``), or as an earlier process left it.

    What killed processes left half-written is removed. Call it with the folder ``locked``.

    Args:
      path: the folder.
      overwrite: whether to delete what an earlier run wrote there.
      settings: ``{name: literal}`` that the folder's content depends on; compared with what an
        earlier run recorded. None: not compared.
      kind: which step the folder belongs to; a folder of another step is refused.

    Raises:
      DlibError: if the folder is not ours, cannot be written, or holds results of another step or
        of other settings.
    """
    folder = Path(path)
    _check_ours(folder)
    _check_kind(folder, kind)
    with _writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if overwrite:
            _empty(folder)
        files.sweep(folder, leave_out=is_ours)  # a step inside may be at work just now
        if settings is not None:
            _check_settings(folder, settings)
        marker = _marker(folder)
        if not marker or settings not in (None, marker["settings"]):
            marker = {"made_by": "dlib", "version": __version__, "kind": kind, "settings": settings}
            files.write_json(folder / MARKER, marker)


def is_ours(path):
    """Whether dlib made this folder."""
    return (Path(path) / MARKER).is_file()


def _check_ours(folder):
    if folder.exists() and not folder.is_dir():
        raise DlibError(f"{folder} is a file, not a folder: give another output folder.")
    if folder.is_dir() and not is_ours(folder):
        with _writable(folder):
            # A process that was killed while it made the marker has left only this.
            others = [
                item.name
                for item in folder.iterdir()
                if item.name != LOCK and not files.is_temporary(item.name)
            ]
        if others:
            raise DlibError(
                f"{folder} was not made by dlib (it holds '{min(others)}' but no {MARKER}), so "
                f"nothing is written or deleted there: give another folder, or empty this one."
            )


def _check_kind(folder, kind):
    recorded = _marker(folder).get("kind", kind)
    if recorded != kind:
        raise DlibError(
            f"{folder} is the folder of another step ({recorded}), so {kind} does not write there: "
            f"give another folder."
        )


def holds_other_settings(path, settings):
    """Whether a folder holds the results of other settings than these."""
    return _marker(Path(path)).get("settings") not in (None, settings)


def _check_settings(folder, settings):
    if not holds_other_settings(folder, settings):
        return
    recorded = _marker(folder)["settings"]
    name = min(k for k in recorded.keys() | settings.keys() if recorded.get(k) != settings.get(k))
    raise DlibError(
        f"{folder} holds the results of other settings ({name} = {recorded.get(name, 'unset')}, "
        f"now {settings.get(name, 'unset')}): use --overwrite to replace them, or another folder."
    )


def _marker(folder):
    return files.read_json(folder / MARKER) if is_ours(folder) else {}


def _empty(folder):
    """Deletes a folder's content, the marker last, so that an interrupted deletion stays ours."""
    keep = (LOCK, MARKER)
    for item in folder.iterdir():
        if item.name in keep:
            continue
        if item.is_dir() and not item.is_symlink():
            shutil.rmtree(item)
        else:
            item.unlink()
    (folder / MARKER).unlink(missing_ok=True)


@contextlib.contextmanager
def _writable(folder):
    try:
        yield
    except PermissionError as error:
        raise DlibError(
            f"{folder} cannot be written ({error.strerror}): give a folder that you own."
        ) from None
    except (NotADirectoryError, FileExistsError):
        file = next(parent for parent in folder.parents if parent.is_file())
        raise DlibError(f"{folder} cannot be made: {file} is a file, not a folder.") from None
