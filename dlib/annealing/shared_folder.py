"""A schedule's folder that several trainings share: one finds it, the others wait and take it."""

import contextlib
import sys
from pathlib import Path

import filelock


@contextlib.contextmanager
def waited_for(folder):
    """Holds a shared folder until the block ends; waits as long as another process holds it.

    The lock lies beside the folder, not in it: the folder's own lock belongs to the test, which
    refuses to wait. It ends with the process that holds it.

    Args:
      folder: may be missing still.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder.parent / f".{folder.name}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        text = f"{folder}: another training looks for the schedule; waiting for it"
        print(text, file=sys.stderr, flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
