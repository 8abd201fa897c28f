"""A job on a node: from the place's last state of it to its results in the place.

Ray's workers call ``run_task``. Slurm's tasks start ``python -m dlib.execution.remote_job FILE``
with a task as JSON, which writes what became of it to ``FILE.outcome``.
"""

import contextlib
import dataclasses
import functools
import getpass
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import filelock

from dlib.execution import state
from dlib.execution.jobs import DONE, FAILED, STOPPED, Job
from dlib.execution.place import Place, new_attempt
from dlib.execution.versions import differences
from dlib.utils import files
from dlib.utils.errors import DlibError

REFUSED = "refused"  # the node cannot do it; another one may


@dataclasses.dataclass(frozen=True)
class Task:
    """A job with all that a node must know.

    Attributes:
      job: the ``Job``; its ``folder`` is its name in the place.
      address, options: of the place.
      threads: CPU threads.
      expected: what the driver's machine has (``versions.expected_of``).
      seconds: between heartbeats, and between looks for a new checkpoint.
      scratch: folder for work on the node; None for the system's temporary folder.
    """

    job: Job
    address: str
    options: dict | None
    threads: int
    expected: dict
    seconds: float = 10.0
    scratch: str | None = None

    def as_json(self):
        """The task as text."""
        return json.dumps({**dataclasses.asdict(self), "job": self.job.as_dict()})

    @classmethod
    def from_json(cls, text):
        """The task of a text."""
        values = json.loads(text)
        return cls(**{**values, "job": Job(**values["job"])})


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a task on a node.

    Attributes:
      status: "done", "failed" (by itself), "stopped", or "refused" (by the node).
      error: one line, unless it is done.
      node: name of the node.
      seconds: wall clock.
      node_id: the engine's name of the node.
    """

    status: str
    error: str = ""
    node: str = ""
    seconds: float = 0.0
    node_id: str = ""


def run_task(task):
    """Runs a task in this process.

    Returns:
      an ``Outcome``; only "done" means that results are in the place.

    Raises:
      KeyboardInterrupt: when interrupted (SIGTERM while it trains); the state was brought to the
        place.
    """
    start = time.perf_counter()
    node = os.uname().nodename

    def outcome(status, error=""):
        return Outcome(status, error, node, time.perf_counter() - start)

    try:
        place = _checked_place(task.address, json.dumps(task.options))
        differs = differences(task.expected, task.job)
    except DlibError as error:
        return outcome(REFUSED, f"node {node}: {error}")
    if differs:
        return outcome(REFUSED, f"node {node} has {differs}: install what the driver has.")
    try:
        if place.manifest(task.job.folder) is not None:
            return outcome(DONE)
        with _scratch(task.scratch) as scratch:
            result = _run(task, place, scratch)
    except (DlibError, OSError) as error:  # of the node's disk or the place
        return outcome(REFUSED, f"node {node}: {state.one_line(error)}")
    return outcome(result.status, result.error)


def _run(task, place, scratch):
    from dlib.execution.mirror import Mirror
    from dlib.execution.run_job import run_job

    name, attempt = task.job.folder, new_attempt()
    folder = scratch / name
    place.restore_checkpoint(name, folder)
    # An error of an earlier attempt has no say in this one.
    place.drop_notes(name, kinds=("failed",), checkpoints=False)
    (folder / state.ERROR).unlink(missing_ok=True)
    with Mirror(place, name, folder, attempt, task.seconds) as mirror:
        try:
            result = run_job(task.job, scratch, threads=task.threads)
        except KeyboardInterrupt:
            mirror.save()
            raise
    if result.status == DONE:
        about = {
            "job": task.job.as_dict(),
            "configuration": files.read_json(folder / state.JOB)["configuration"],
            "node": os.uname().nodename,
            "seconds": result.seconds,
            "started_from": list(mirror.started_from),
        }
        place.publish(name, folder, attempt, about)
    elif result.status == FAILED:
        record = files.read_json(folder / state.ERROR) if (folder / state.ERROR).is_file() else {}
        trace = record.get("traceback", "")
        place.note("failed", name, {"error": result.error, "traceback": trace, "attempt": attempt})
        place.drop_notes(name, kinds=("running",), checkpoints=False)
    return result


@functools.lru_cache(maxsize=4)
def _checked_place(address, options):
    """The place, once per process seen to be writable from here."""
    place = Place(address, json.loads(options))
    place.check_writable()
    return place


@contextlib.contextmanager
def _scratch(folder):
    """A folder of this attempt's own. Those of attempts that were killed are removed."""
    root = Path(folder or tempfile.gettempdir()) / f"dlib-{getpass.getuser()}"
    root.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(dir=root))
    lock = filelock.FileLock(own.with_suffix(".lock"))
    with lock:
        _sweep(root, own)
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)
    own.with_suffix(".lock").unlink(missing_ok=True)


def _sweep(root, own):
    for folder in root.iterdir():
        lock = folder.with_suffix(".lock")
        # A folder without a lock is one that its owner is about to lock.
        if folder.is_dir() and folder != own and lock.exists():
            with (
                contextlib.suppress(filelock.Timeout, OSError),
                filelock.FileLock(lock, timeout=0),
            ):
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlink(missing_ok=True)


def main(argv=None):
    """Runs the task of a file; returns 0 if its outcome was written beside it."""
    (path,) = map(Path, argv if argv is not None else sys.argv[1:])
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    try:
        outcome = run_task(Task.from_json(path.read_text(encoding="utf-8")))
    except KeyboardInterrupt as error:
        outcome = Outcome(STOPPED, state.one_line(error), os.uname().nodename)
    files.write_json(path.with_name(f"{path.name}.outcome"), dataclasses.asdict(outcome))
    return 0


def _stop_with_parent():
    """When the process that holds the other end of the input is gone, this one stops too."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _interrupt(number, frame):
    del frame
    raise KeyboardInterrupt(f"stopped by {signal.Signals(number).name}")


if __name__ == "__main__":
    sys.exit(main())
