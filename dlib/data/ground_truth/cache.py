"""The folder for files that are made once per machine: image stores, packed and ready to map."""

import contextlib
import errno
import os
from pathlib import Path

from dlib.utils.errors import DlibError


def data_directory():
    """Where data sets are looked for: ``$DISENTANGLEMENT_LIB_DATA``, by default ``.``."""
    return Path(os.environ.get("DISENTANGLEMENT_LIB_DATA") or ".")


def cache_directory():
    """``$DLIB_CACHE``, or ``dlib`` below the user's cache directory; made if it is missing.

    Raises:
      DlibError: if it cannot be made.
    """
    directory = os.environ.get("DLIB_CACHE")
    if not directory:
        import platformdirs

        directory = platformdirs.user_cache_dir("dlib", appauthor=False)
    directory = Path(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(directory, error) from error
    return directory


def cached_file(name, build):
    """Path of a finished cache file, built first if it is missing.

    Processes that start together wait for the one that builds. A build that fails, or a process
    that is killed, leaves nothing under the final name.

    Args:
      name: file name in the cache; it must change whenever the content would.
      build: function of a path; writes the file there.

    Raises:
      DlibError: if the cache cannot be written; what else ``build`` raises passes through.
    """
    path = cache_directory() / name
    if path.exists():
        return path
    import filelock

    # The lock makes the builder the only one, so one fixed name is enough, and what a killed
    # builder left there is overwritten instead of piling up.
    partial = path.with_name(f"{name}.partial")
    lock = path.with_name(f"{name}.lock")
    with _writing_into(path.parent), filelock.FileLock(lock):
        try:
            if not path.exists():
                build(partial)
                with open(partial, "rb+") as file:
                    os.fsync(file.fileno())  # a whole name must mean whole content, come what may
                os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
            _remove(lock)
    return path


def file_identity(path):
    """A short name for this state of a file (name, size, time of change), for cache names."""
    import hashlib

    path = Path(path).resolve()
    status = path.stat()
    text = f"{path}\0{status.st_size}\0{status.st_mtime_ns}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _remove(lock):
    """Removes the file of a lock that is held.

    Who waits for it opens it anew at each try, and filelock takes no lock on a file without a name.
    """
    with contextlib.suppress(OSError):  # some systems keep a file that is open; they may
        lock.unlink(missing_ok=True)


@contextlib.contextmanager
def _writing_into(directory):
    """Tells a cache that is full or read-only in one line; other errors are the builder's."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM):
            raise _unusable(directory, error) from error
        raise


def _unusable(directory, error):
    return DlibError(
        f"{directory}: the cache cannot be written ({error.strerror}); free some space, or set "
        f"DLIB_CACHE to a folder that can be written."
    )
