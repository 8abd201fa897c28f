"""The one place where a study's results, checkpoints and state lie, whoever computes them.

A place is an address: a folder that the nodes share, or object storage (``s3://bucket/study``)
where they share none. Everything that must outlive a node or the process that drives the study is
there and nowhere else::

    <name>/...                              results of a run, whole or not there (``publishing``)
    .dlib/checkpoints/<name>/<key>.tar      an unfinished run's folder at a checkpoint
    .dlib/running/<name>.json               heartbeat of the node that has the run
    .dlib/failed/<name>.json                why a run failed

A node computes a run in a scratch folder of its own, brings the folder's state here at each
checkpoint, and publishes the folder when it is done.
"""

import json
import os
import secrets
import shutil
import tarfile
import tempfile
from pathlib import Path

from dlib.execution.publishing import HIDDEN, make_publisher
from dlib.execution.run_files import files_of, pack
from dlib.execution.stores import FolderStore, open_store
from dlib.utils import files
from dlib.utils.errors import DlibError


class Place:
    """A study's results by address.

    Args:
      address: a folder, or an address of ``fsspec``.
      options: of the address's file system.
    """

    def __init__(self, address, options=None):
        self.store = open_store(address, options)
        self.address = self.store.address
        self._publisher = make_publisher(self.store)

    def check_writable(self):
        """Writes and removes a small key.

        Raises:
          DlibError: if this node may not write here.
        """
        key = f"{HIDDEN}/probes/{secrets.token_hex(8)}"
        self.store.put(key, b"dlib")
        self.store.delete([key])

    # Results

    def names(self):
        """Names of all runs that are there as a whole."""
        return self._publisher.names()

    def manifests(self, names=None):
        """``{name: {"attempt", "files": {path: bytes}, ...}}`` of whole runs, all or of these."""
        return self._publisher.manifests(names)

    def manifest(self, name):
        """The one of a run, or None if it is not there as a whole."""
        return self._publisher.manifest(name)

    def publish(self, name, folder, attempt, about=None):
        """Makes a local folder the run's results, and takes its checkpoints away.

        Args:
          name: of the run.
          folder: local; temporary files and locks in it are not brought.
          attempt: a name that no other attempt has (``new_attempt``).
          about: plain values to keep with the results.

        Returns:
          whether this attempt was the first; if not, nothing of it stays.

        Raises:
          DlibError: if the place cannot be written.
        """
        is_first = self._publisher.publish(name, attempt, files_of(folder), about or {})
        self.drop_notes(name)
        return is_first

    def read(self, name, path, manifest=None):
        """The bytes of one file of a run.

        Raises:
          DlibError: if the run or the file is not there.
        """
        manifest = manifest or self.manifest(name)
        content = manifest and self.store.get(self._publisher.key(name, manifest, path))
        if content is None:
            raise DlibError(f"{self.address} holds no {name}/{path}.")
        return content

    def read_many(self, wanted):
        """Bytes of many files of whole runs, read side by side.

        Args:
          wanted: whether a relative path is wanted.

        Returns:
          ``{(name, path): bytes}``, sorted.
        """
        keys = {
            self._publisher.key(name, manifest, path): (name, path)
            for name, manifest in sorted(self.manifests().items())
            for path in manifest["files"]
            if wanted(path)
        }
        found = self.store.get_many(list(keys))
        return {keys[key]: found[key] for key in keys if key in found}

    def fetch(self, name, folder):
        """Copies a whole run to a local folder, whole or not at all.

        Raises:
          DlibError: if it is not there.
        """
        manifest = self.manifest(name)
        if manifest is None:
            raise DlibError(f"{self.address} holds no whole run '{name}'.")
        with files.replacing_folder(folder) as temporary:
            key = self._publisher.key
            paths = {key(name, manifest, path): temporary / path for path in manifest["files"]}
            self.store.get_files(paths)

    def mirror(self, folder, wanted=lambda path: path.endswith(".json")):
        """Copies the wanted files of whole runs to a local folder, for tools that read folders.

        Returns:
          names of the runs.
        """
        for (name, path), content in self.read_many(wanted).items():
            files.write_bytes(Path(folder) / name / path, content)
        return self.names()

    def forget(self, name):
        """Removes all there is of a run."""
        self.drop_notes(name)
        self._publisher.forget(name)

    def sweep(self, seconds=24 * 3600):
        """Removes what attempts that died left behind.

        That is what they published in part (see ``publishing``), half-written files, and notes and
        checkpoints of runs that are whole.

        Args:
          seconds: that nothing was written for, where it cannot be told otherwise that an attempt
            is dead.
        """
        self._publisher.sweep(seconds)
        for name in self.names():
            self.drop_notes(name)
        if isinstance(self.store, FolderStore):
            self.store.sweep(HIDDEN, seconds)

    # Checkpoints

    def save_checkpoint(self, name, folder, attempt, progress):
        """Keeps a local folder's state, so that another node can go on from it.

        Args:
          name: of the run.
          folder: local.
          attempt: of this node.
          progress: tuple of whole numbers that grows as the run proceeds.

        Raises:
          DlibError: if the place cannot be written.
        """
        key = "-".join(f"{number:012d}" for number in progress)
        prefix = f"{HIDDEN}/checkpoints/{name}/"
        with tempfile.TemporaryDirectory(prefix="dlib-checkpoint-") as temporary:
            path = Path(temporary) / "run.tar"
            pack(folder, path)
            self.store.put_files({f"{prefix}{key}.{attempt}.tar": path})
        mine = f"{prefix}{key}.{attempt}.tar"
        self.store.delete([other for other in self.store.list(prefix) if other < mine])

    def restore_checkpoint(self, name, folder):
        """Fills an empty local folder with the state that has come furthest, if there is any."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        keys = sorted(self.store.list(f"{HIDDEN}/checkpoints/{name}/"), reverse=True)
        for key in keys:
            with tempfile.TemporaryDirectory(prefix="dlib-checkpoint-") as temporary:
                path = Path(temporary) / "run.tar"
                try:
                    self.store.get_files({key: path})
                except FileNotFoundError:  # a newer one took its place just now
                    return self.restore_checkpoint(name, folder)
                with tarfile.open(path) as archive:
                    archive.extractall(folder, filter="data")
            return True
        return self._adopt(name, folder)

    def _adopt(self, name, folder):
        """What a run in the place itself left unfinished, before nodes came to help."""
        if not isinstance(self.store, FolderStore):
            return False
        unfinished = self.store.folder / name
        is_begun = any((unfinished / part).is_dir() for part in ("model", "annealing"))
        if not is_begun or self.manifest(name) is not None:
            return False
        for relative, path in files_of(unfinished).items():
            target = Path(folder) / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        return True

    # Notes

    def note(self, kind, name, content):
        """Keeps a small dictionary about a run; ``kind`` is "running" or "failed"."""
        self.store.put(f"{HIDDEN}/{kind}/{name}.json", json.dumps(content).encode())

    def read_note(self, kind, name):
        """The note, or None."""
        content = self.store.get(f"{HIDDEN}/{kind}/{name}.json")
        return json.loads(content) if content else None

    def notes(self, kind):
        """``{name: dictionary}`` of all notes of a kind."""
        prefix = f"{HIDDEN}/{kind}/"
        keys = [key for key in self.store.list(prefix) if key.endswith(".json")]
        found = self.store.get_many(keys)
        return {
            key.removeprefix(prefix).removesuffix(".json"): json.loads(content)
            for key, content in found.items()
        }

    def drop_notes(self, name, kinds=("running", "failed"), checkpoints=True):
        """Takes away what is only of interest while a run is not done."""
        keys = [f"{HIDDEN}/{kind}/{name}.json" for kind in kinds]
        if checkpoints:
            keys += self.store.list(f"{HIDDEN}/checkpoints/{name}/")
        self.store.delete(keys)


def new_attempt():
    """A name for an attempt that no other has."""
    return f"{os.uname().nodename.split('.')[0]}-{os.getpid()}-{secrets.token_hex(4)}"
