"""Folders of runs: claimed by one process at a time, and deleted only if they are ours.

A marker file says that dlib made a folder and with which settings. A folder without it that holds
anything is somebody else's: nothing is written there, and nothing is ever deleted. In a folder of
ours, too, runs that lie inside are never deleted, and neither is what a step does not write itself
(a user's notes), where the step says what it writes.
"""

import contextlib
import errno
import os
from pathlib import Path

import filelock

from dlib.utils import files
from dlib.utils.errors import DlibError
from dlib.version import __version__

MARKER = ".dlib.json"
LOCK = ".dlib.lock"


@contextlib.contextmanager
def claimed(path, overwrite=False, settings=None, kind="train", writes=None):
    """Locks a run's folder and prepares it: ``locked`` and ``prepare`` in one.

    Yields:
      The folder's ``Path``.
    """
    with locked(path) as folder:
        prepare(folder, overwrite, settings, kind, writes)
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
    with _writable(folder):
        _check_ours(folder)
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


def prepare(path, overwrite=False, settings=None, kind="train", writes=None):
    """Makes a folder ours: new, emptied (``overwrite``), or as an earlier process left it.

    What killed processes left half-written is removed. Call it with the folder ``locked``.

    Emptying leaves what is not the step's own: runs that lie inside, at any depth, and with
    ``writes`` everything of another name. It is the same whether a user asks for it or a step
    finds nothing there that is worth keeping: results can be made again, notes cannot. Steps that
    follow and lie inside notice by themselves that what they follow is another now.

    Args:
      path: the folder.
      overwrite: whether to delete what an earlier run wrote there.
      settings: ``{name: literal}`` that the folder's content depends on; compared with what an
        earlier run recorded. None: not compared.
      kind: which step the folder belongs to; a folder of another step is refused.
      writes: names of what the step writes directly in the folder, in the order in which they are
        deleted; what shows that the step is done comes first. None: all that is there.

    Raises:
      DlibError: if the folder is not ours, cannot be written, or holds results of another step or
        of other settings.
    """
    folder = Path(path)
    with _writable(folder):
        _check_ours(folder)
        marker = _marker(folder)
        _check_kind(folder, marker, kind)
        if overwrite:
            _empty(folder, writes)
            marker = {}
        # A step inside may be at work just now, and in folders of users nothing is half-written.
        files.sweep(
            folder,
            leave_out=lambda item: (
                _is_a_run(item) or (item.parent == folder and not _is_own(item, writes))
            ),
        )
        if settings is not None and marker:
            _check_settings(folder, settings)
        if not marker or settings not in (None, marker["settings"]):
            marker = {"made_by": "dlib", "version": __version__, "kind": kind, "settings": settings}
            files.write_json(folder / MARKER, marker)


def is_ours(path):
    """Whether dlib made this folder."""
    return (Path(path) / MARKER).is_file()


def _is_a_run(item):
    """Whether a folder is a run's, or becomes one just now."""
    return is_ours(item) or (item / LOCK).is_file()


def _is_own(item, writes):
    return writes is None or item.name in writes


def _check_ours(folder):
    if folder.exists() and not folder.is_dir():
        raise DlibError(f"{folder} is a file, not a folder: give another output folder.")
    if folder.is_dir() and not is_ours(folder):
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


def _check_kind(folder, marker, kind):
    recorded = marker.get("kind", kind)
    if recorded != kind:
        raise DlibError(
            f"{folder} is the folder of another step ({recorded}), so {kind} does not write there: "
            f"give another folder."
        )


def holds_other_settings(path, settings):
    """Whether a folder holds the results of other settings than these."""
    recorded = _marker(Path(path)).get("settings")
    return recorded is not None and _that_count(recorded) != _that_count(settings)


def _that_count(settings):
    """Settings without the record of a full budget: with it and without it all is the same."""
    if settings.get("budget.name") != "'paper'":
        return settings
    return {name: value for name, value in settings.items() if not name.startswith("budget.")}


def _check_settings(folder, settings):
    if not holds_other_settings(folder, settings):
        return
    recorded, settings = _that_count(_marker(folder)["settings"]), _that_count(settings)
    name = min(k for k in recorded.keys() | settings.keys() if recorded.get(k) != settings.get(k))
    raise DlibError(
        f"{folder} holds the results of other settings ({name} = {recorded.get(name, 'unset')}, "
        f"now {settings.get(name, 'unset')}): use --overwrite to replace them, or another folder."
    )


def _marker(folder):
    """The marker's entries; empty for a folder that is not ours.

    Raises:
      DlibError: if the marker is not as dlib writes it.
    """
    if not is_ours(folder):
        return {}
    try:
        marker = files.read_json(folder / MARKER)
    except DlibError:
        marker = None
    is_whole = (
        isinstance(marker, dict)
        and isinstance(marker.get("kind"), str)
        and isinstance(marker.get("settings", 0), dict | None)
    )
    if not is_whole:
        raise DlibError(
            f"{folder / MARKER} is not as dlib writes it (an object with 'kind' and 'settings'): "
            f"give another folder, or move what you need out of this one and delete it."
        )
    return marker


def _empty(folder, writes):
    """Deletes what a step wrote; the marker stays, so that the folder is ours at any moment."""
    order = {name: i for i, name in enumerate(writes or ())}
    for item in sorted(folder.iterdir(), key=lambda item: order.get(item.name, len(order))):
        if item.name not in (LOCK, MARKER) and _is_own(item, writes):
            _delete(item)


def _delete(item):
    """Deletes a file, a link, or a folder except for runs inside."""
    if item.is_symlink() or not item.is_dir():
        item.unlink()
    elif not _is_a_run(item):
        for inside in item.iterdir():
            _delete(inside)
        if not any(item.iterdir()):
            item.rmdir()


@contextlib.contextmanager
def _writable(folder):
    """Tells in one line, with what to do, why a folder cannot be made, read or written."""
    try:
        yield
    except OSError as error:
        raise DlibError(_why_not(folder, error)) from None


def _why_not(folder, error):
    for path in (folder, *folder.parents):
        # Questions of os.path: they are answered where those of Path raise the error once more.
        if os.path.islink(path) and not os.path.exists(path):
            return (
                f"{folder} cannot be made: {path} is a link to {os.readlink(path)}, which is not "
                f"there: remove the link, or give another folder."
            )
        if path != folder and os.path.isfile(path):
            return f"{folder} cannot be made: {path} is a file, not a folder: give another folder."
    reason = error.strerror or str(error)
    if error.filename not in (None, str(folder)):
        reason += f": {error.filename}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "free some space, or give a folder on another disk"
    else:
        remedy = "give a folder that you may write to"
    return f"{folder} cannot be written ({reason}): {remedy}."
