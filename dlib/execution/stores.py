"""Bytes by key, in a folder or in object storage: what a ``Place`` is built on.

A key is a relative path with forward slashes; it has all of its bytes or is not there.
"""

import contextlib
import os
import shutil
import time
from pathlib import Path

from dlib.utils import files
from dlib.utils.errors import DlibError

_FEW = 4


def open_store(address, options=None):
    """The store at an address: a folder, or what ``fsspec`` knows, such as ``s3://bucket/folder``.

    Args:
      address: a path, or an address with a protocol.
      options: what the file system of the address takes (``endpoint_url``, ...). Credentials
        belong into the environment, where every node has its own.

    Raises:
      DlibError: for a protocol that is unknown or whose package is not installed.
    """
    if "://" not in str(address):
        return FolderStore(address)
    if str(address).startswith("file://"):
        return FolderStore(str(address).removeprefix("file://"))
    import fsspec

    try:
        options = {"use_listings_cache": False, **(options or {})}
        file_system, root = fsspec.core.url_to_fs(str(address), **options)
    except ImportError as error:
        raise DlibError(
            f"{address}: its kind of storage needs a package ({error}); for s3:// it is "
            f"pip install 'deft-dlib[s3]'."
        ) from None
    except (ValueError, TypeError) as error:
        raise DlibError(f"{address} is no address of a storage: {error}.") from None
    return ObjectStore(file_system, root)


class FolderStore:
    """Keys are files below a folder, which nodes may share."""

    def __init__(self, folder):
        self.folder = Path(folder).absolute()
        self.address = str(self.folder)

    def get(self, key):
        """The bytes of a key, or None if it is not there."""
        with told(self.address, "read"):
            try:
                return (self.folder / key).read_bytes()
            except FileNotFoundError:
                return None

    def get_many(self, keys):
        """``{key: bytes}`` of those that are there."""
        found = {key: self.get(key) for key in keys}
        return {key: content for key, content in found.items() if content is not None}

    def put(self, key, content):
        """Writes a key; what was there is replaced."""
        with told(self.address):
            files.write_bytes(self.folder / key, content)

    def put_files(self, paths):
        """Writes ``{key: path of a local file}``."""
        with told(self.address):
            for key, path in paths.items():
                with files.replacing(self.folder / key) as temporary:
                    shutil.copyfile(path, temporary)

    def get_files(self, paths):
        """Copies keys to local files, ``{key: path}``; raises FileNotFoundError if one is gone."""
        for key, path in paths.items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.folder / key, path)

    def list(self, prefix):
        """``{key: bytes}`` sizes of all keys below a folder."""
        found = {}
        for path in self._files(prefix):
            with contextlib.suppress(FileNotFoundError):  # removed meanwhile
                if not files.is_temporary(path.name):
                    found[path.relative_to(self.folder).as_posix()] = path.stat().st_size
        return found

    def sweep(self, prefix, seconds):
        """Removes half-written files below a folder that nobody has written to for so long."""
        for path in self._files(prefix):
            with contextlib.suppress(FileNotFoundError):
                is_old = time.time() - path.stat().st_mtime >= seconds
                if files.is_temporary(path.name) and is_old:
                    path.unlink()

    def _files(self, prefix):
        for folder, _, names in os.walk(self.folder / prefix):
            yield from (Path(folder, name) for name in names)

    def delete(self, keys):
        """Removes keys; those that are gone already are no mistake."""
        for key in keys:
            (self.folder / key).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # other keys are still in there
                (self.folder / key).parent.rmdir()


class ObjectStore:
    """Keys are objects below a prefix of a file system of ``fsspec``."""

    def __init__(self, file_system, root):
        self.file_system = file_system
        self.root = root.rstrip("/")
        self.address = file_system.unstrip_protocol(self.root)

    def get(self, key):
        """The bytes of a key, or None if it is not there."""
        with told(self.address, "read"):
            try:
                return self.file_system.cat_file(self._path(key))
            except FileNotFoundError:
                return None

    def get_many(self, keys):
        """``{key: bytes}`` of those that are there, read side by side."""
        paths = {self._path(key): key for key in keys}
        if not paths:
            return {}
        with told(self.address, "read"):
            found = self.file_system.cat(list(paths), on_error="return")
            lost = [e for e in found.values() if isinstance(e, Exception) and not _is_missing(e)]
            if lost:
                raise lost[0]
        return {paths[p]: c for p, c in found.items() if not isinstance(c, Exception)}

    def put(self, key, content):
        """Writes a key; what was there is replaced."""
        with told(self.address):
            self.file_system.pipe_file(self._path(key), content)

    def put_new(self, key, content):
        """Writes a key unless it is there; says whether it did.

        The storage decides (a put with If-None-Match). Where it does not know such puts the last
        of several writers succeeds, and what is read back tells each of them.
        """
        with told(self.address):
            try:
                self.file_system.pipe_file(self._path(key), content, mode="create")
            except FileExistsError:
                pass  # ours all the same, if the answer to a first try was lost
            except OSError as error:
                if "not implemented" not in str(error).lower().replace("notimpl", "not impl"):
                    raise
                if self.get(key) is None:
                    self.file_system.pipe_file(self._path(key), content)
            return self.get(key) == content

    def put_files(self, paths):
        """Writes ``{key: path of a local file}``, side by side."""
        with told(self.address):
            if paths:
                local = [str(path) for path in paths.values()]
                self.file_system.put(local, [self._path(key) for key in paths])

    def get_files(self, paths):
        """Copies keys to local files, ``{key: path}``; raises FileNotFoundError if one is gone."""
        for path in paths.values():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        if paths:
            local = [str(path) for path in paths.values()]
            self.file_system.get([self._path(key) for key in paths], local)

    def list(self, prefix):
        """``{key: bytes}`` sizes of all keys below a folder."""
        folder = self._path(prefix).rstrip("/")
        with told(self.address, "read"):
            try:
                found = self.file_system.find(folder, detail=True)
            except FileNotFoundError:
                return {}
        start = len(self.root) + 1
        return {p[start:]: e["size"] for p, e in found.items() if p.startswith(f"{folder}/")}

    def delete(self, keys):
        """Removes keys; those that are gone already are no mistake."""
        paths = [self._path(key) for key in keys]
        with told(self.address):
            if len(paths) > _FEW:
                with contextlib.suppress(FileNotFoundError):  # one is gone, now none was removed
                    return self.file_system.rm(paths)
            for path in paths:  # for few it costs less than to ask first which are there
                with contextlib.suppress(FileNotFoundError):
                    self.file_system.rm_file(path)

    def _path(self, key):
        return f"{self.root}/{key}"


def local_folder(address):
    """The folder of an address, for what runs on this machine and writes its files in place.

    Raises:
      DlibError: if the address is that of a storage of another kind.
    """
    text = str(address).removeprefix("file://")
    if "://" in text:
        raise DlibError(
            f"{address} is no folder: runs on this machine alone write to folders; give one, or "
            f"--executor=ray or slurm, which bring results to such a storage."
        )
    return Path(text)


def _is_missing(error):
    return isinstance(error, FileNotFoundError)


@contextlib.contextmanager
def told(address, done="written"):
    """Tells in one line of a storage that cannot be read or written.

    Args:
      address: of the storage.
      done: "read" or "written".
    """
    try:
        yield
    except DlibError:
        raise
    except Exception as error:  # each kind of storage has its own errors
        reason = " ".join(str(error).split()) or type(error).__name__
        right = {"read": "read", "written": "write"}[done]
        raise DlibError(
            f"{address} cannot be {done} ({reason}): give every node the right to {right} there, "
            f"or another address."
        ) from error
