"""A run's folder appears in a store whole or not at all, and once, however many bring it.

In a folder that nodes share: the files are copied under a hidden name beside their final place and
the copy is renamed. Renaming a folder fails where there is one with something in it, so the first
wins. In object storage, which knows no renaming of folders: the files go under a prefix that is
the attempt's own, and one small object written last, and only if it is not there yet, says which
attempt's files are the run's. Until then no reader looks at them.

Layout below the address of a study::

    <name>/...                          a folder's run
    <name>/<attempt>/...                the same in object storage
    .dlib/commits/<name>.json           object storage: attempt, files and their sizes

The file that says so in a folder is ``<name>/.dlib.commit.json``.
"""

import contextlib
import json
import os
import shutil
import time
from pathlib import Path

import filelock

from dlib.execution.stores import FolderStore, told
from dlib.utils import files

COMMIT = ".dlib.commit.json"
HIDDEN = ".dlib"


def make_publisher(store):
    """The publisher that fits a store."""
    return FolderPublisher(store) if isinstance(store, FolderStore) else ObjectPublisher(store)


class FolderPublisher:
    """Copies beside, then renames."""

    def __init__(self, store):
        self.store = store
        self.root = store.folder

    def publish(self, name, attempt, paths, about):
        """Brings ``{relative path: local file}``; says whether this attempt was the first."""
        if self.manifest(name) is not None:
            return False
        parts = self._parts() / attempt
        with told(self.store.address):
            try:
                for relative, path in paths.items():
                    _copy(path, parts / relative)
                files.write_bytes(parts / COMMIT, _manifest(attempt, paths, about))
                return self._rename(name, parts)
            finally:
                shutil.rmtree(parts, ignore_errors=True)

    def _rename(self, name, parts):
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if _is_renamed(parts, target):
            return True
        # Something is there: a whole run, or what this machine alone began or noted there.
        aside = parts.with_name(f"{parts.name}.unfinished")
        with filelock.FileLock(self.root / HIDDEN / "publish.lock"):
            if self.manifest(name) is not None:
                return False
            os.rename(target, aside)
            is_first = _is_renamed(parts, target)
        shutil.rmtree(aside, ignore_errors=True)
        return is_first

    def names(self):
        """Names of the runs that are there as a whole."""
        found = set()
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            if COMMIT in names:
                found.add(Path(folder).relative_to(self.root).as_posix())
                folders.clear()
        return found

    def manifest(self, name):
        """``{"attempt", "files": {relative path: bytes}, ...}`` of a whole run, else None."""
        content = self.store.get(f"{name}/{COMMIT}")
        return json.loads(content) if content else None

    def manifests(self, names=None):
        """``{name: manifest}`` of all whole runs, or of those among ``names``."""
        found = {name: self.manifest(name) for name in (self.names() if names is None else names)}
        return {name: manifest for name, manifest in found.items() if manifest is not None}

    def key(self, name, manifest, relative):
        """Where a file of a run lies."""
        del manifest
        return f"{name}/{relative}"

    def forget(self, name):
        """Removes a run. It stops being whole before the first file goes."""
        (self.root / name / COMMIT).unlink(missing_ok=True)
        shutil.rmtree(self.root / name, ignore_errors=True)

    def sweep(self, seconds):
        """Removes what attempts left that wrote nothing for so many seconds: they are dead."""
        if not self._parts().is_dir():
            return
        for part in self._parts().iterdir():
            if _age(part) >= seconds:
                shutil.rmtree(part, ignore_errors=True)

    def _parts(self):
        return self.root / HIDDEN / "parts"


class ObjectPublisher:
    """Files first, the object that names them last."""

    def __init__(self, store):
        self.store = store

    def publish(self, name, attempt, paths, about):
        """Brings ``{relative path: local file}``; says whether this attempt was the first."""
        if self.manifest(name) is not None:
            return False
        keys = {f"{name}/{attempt}/{relative}": path for relative, path in paths.items()}
        try:
            self.store.put_files(keys)
        except BaseException:
            with contextlib.suppress(Exception):  # the first mistake is the one to tell
                self.store.delete(list(keys))
            raise
        # If this one is answered by an error, nobody knows whether it happened: all files stay,
        # and are swept if another attempt turns out to be the first.
        content = _manifest(attempt, paths, about)
        is_first = self.store.put_new(f"{HIDDEN}/commits/{name}.json", content)
        if not is_first:
            self.store.delete(list(keys))
        return is_first

    def names(self):
        """Names of the runs that are there as a whole."""
        prefix = f"{HIDDEN}/commits/"
        keys = self.store.list(prefix)
        return {key.removeprefix(prefix).removesuffix(".json") for key in keys}

    def manifest(self, name):
        """``{"attempt", "files": {relative path: bytes}, ...}`` of a whole run, else None."""
        content = self.store.get(f"{HIDDEN}/commits/{name}.json")
        return json.loads(content) if content else None

    def manifests(self, names=None):
        """``{name: manifest}`` of all whole runs, or of those among ``names``."""
        wanted = self.names() if names is None else self.names() & set(names)
        found = self.store.get_many([f"{HIDDEN}/commits/{name}.json" for name in wanted])
        prefix = f"{HIDDEN}/commits/"
        return {
            key.removeprefix(prefix).removesuffix(".json"): json.loads(content)
            for key, content in found.items()
        }

    def key(self, name, manifest, relative):
        """Where a file of a run lies."""
        return f"{name}/{manifest['attempt']}/{relative}"

    def forget(self, name):
        """Removes a run. It stops being whole before the first file goes."""
        self.store.delete([f"{HIDDEN}/commits/{name}.json"])
        self.store.delete(list(self.store.list(f"{name}/")))

    def sweep(self, seconds):
        """Removes what attempts left beside whole runs, however old it is.

        An attempt that is still at work there loses in any case.
        """
        del seconds
        whole = {name: manifest["attempt"] for name, manifest in self.manifests().items()}
        lost = [
            key
            for name, attempt in whole.items()
            for key in self.store.list(f"{name}/")
            if not key.startswith(f"{name}/{attempt}/")
        ]
        self.store.delete(lost)


def _manifest(attempt, paths, about):
    sizes = {relative: Path(path).stat().st_size for relative, path in sorted(paths.items())}
    return json.dumps({"attempt": attempt, "files": sizes, **about}).encode()


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(source, "rb") as reader, open(target, "wb") as writer:
        shutil.copyfileobj(reader, writer)
        writer.flush()
        os.fsync(writer.fileno())  # the rename must not be on the disk before the bytes are


def _is_renamed(source, target):
    """Renames a folder unless there is one with something in it."""
    try:
        os.rename(source, target)
    except OSError:
        if not target.is_dir():
            raise
        return False
    return True


def _age(folder):
    """Seconds since anything below a folder was written."""
    newest = 0.0
    for path in (folder, *folder.rglob("*")):
        with contextlib.suppress(FileNotFoundError):
            newest = max(newest, path.stat().st_mtime)
    return time.time() - newest
