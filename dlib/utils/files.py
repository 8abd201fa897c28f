"""Files that are either whole or not there.

Everything is written under a hidden temporary name in its final folder, flushed to the disk, and
renamed. A process that is killed leaves at most a hidden ``.tmp`` name, which ``sweep`` removes.
"""

import contextlib
import json
import math
import os
import secrets
import shutil
from pathlib import Path

import numpy as np

from dlib.utils.errors import DlibError

_SUFFIX = ".tmp"


@contextlib.contextmanager
def replacing(path):
    """Yields a temporary path; what is written there becomes ``path`` when the block ends well.

    The folder of ``path`` is made if it is missing. If the block raises, ``path`` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary_name(path)
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
    except OSError as error:
        _name(error, path)
        raise
    finally:
        temporary.unlink(missing_ok=True)
    _flush(path.parent)


@contextlib.contextmanager
def replacing_folder(path):
    """Yields an empty temporary folder that becomes ``path`` when the block ends well.

    A folder that was at ``path`` is removed only after the new one is whole; a reader finds the
    old one, for a moment nothing, then the new one, but never a mixture.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, old = _temporary_name(path), _temporary_name(path)
    temporary.mkdir()
    try:
        yield temporary
        for item in temporary.rglob("*"):
            _flush(item)
        if path.exists():
            os.replace(path, old)
        os.replace(temporary, path)
    except OSError as error:
        _name(error, path)
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    _flush(path.parent)


def write_bytes(path, content):
    """Writes bytes, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path, text):
    """Writes text as UTF-8, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path, value):
    """Writes JSON, indented by 2; see ``plain`` for what may be in ``value``."""
    write_text(path, json.dumps(plain(value), indent=2, allow_nan=False) + "\n")


def read_json(path):
    """Reads JSON.

    Raises:
      DlibError: if the file is missing or not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DlibError(f"{path} is missing.") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise DlibError(f"{path} is not readable as JSON ({error}): remove it.") from None


def copy_folder(source, target):
    """Copies a folder, whole or not at all; what was at ``target`` is replaced."""
    with replacing_folder(target) as temporary:
        shutil.copytree(source, temporary, dirs_exist_ok=True, ignore=_temporary_names)


def is_temporary(name):
    """Whether a file of this name is half-written, or left so by a killed process."""
    return name.startswith(".") and name.endswith(_SUFFIX)


def sweep(folder, leave_out=lambda folder: False):
    """Removes what killed processes left half-written below ``folder``.

    Folders below it for which ``leave_out`` is true are passed over.
    """
    for item in Path(folder).iterdir():
        if not is_temporary(item.name):
            if item.is_dir() and not item.is_symlink() and not leave_out(item):
                sweep(item, leave_out)
        elif item.is_dir():
            shutil.rmtree(item, ignore_errors=True)
        else:
            item.unlink(missing_ok=True)


def plain(value):
    """``value`` as what JSON knows: numpy scalars and arrays become numbers and lists.

    NaN and infinities become null, which every JSON reader understands (as pandas writes them).

    Raises:
      TypeError: for an object that is none of dict, list, tuple, set, str, number, path or None.
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} cannot be written as JSON: {value!r}")


def _temporary_name(path):
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}")


def _temporary_names(_, names):
    return [name for name in names if is_temporary(name)]


def _name(error, path):
    """Tells an error which file it is about; a full disk does not."""
    if error.errno is not None and error.filename is None:
        error.filename = str(path)


def _flush(path):
    """Waits until the disk has a file's bytes or a folder's names, where the system can tell."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # some systems cannot open folders
        if path.is_dir():
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)
