"""The files of a run that count: without temporary ones and locks."""

import tarfile
from pathlib import Path

from dlib.execution import state
from dlib.utils import files, run_folder
from dlib.utils.errors import DlibError

_NOT_BROUGHT = (run_folder.LOCK, state.LOCK)


def files_of(folder):
    """``{relative path: path}`` of a local folder's files, without temporary ones and locks."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        relative = path.relative_to(folder)
        is_kept = not any(map(files.is_temporary, relative.parts)) and path.is_file()
        if is_kept and path.name not in _NOT_BROUGHT:
            found[relative.as_posix()] = path
    return found


def pack(folder, path):
    """Packs a folder that a training may be writing to; a file that vanishes meanwhile is left out.

    A training replaces its files whole and removes a checkpoint only when the next one is there;
    so the last checkpoint is looked for again until one could be packed.
    """
    with tarfile.open(path, "w") as archive:
        for _ in range(5):
            packed = set(archive.getnames())
            gone = False
            for relative, file in files_of(folder).items():
                if relative in packed:
                    continue
                try:
                    archive.add(file, arcname=relative, recursive=False)
                except FileNotFoundError:
                    gone = True
            if not gone:
                return
    raise DlibError(f"{folder} changes too fast to be packed: set train.checkpoint_every higher.")
