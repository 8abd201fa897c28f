"""Brings the state of a run that is under way to its place, beside the run."""

import os
import sys
import threading
import time
from pathlib import Path

from dlib.execution import state
from dlib.execution.train_rows import last_row
from dlib.methods.unsupervised import checkpoint
from dlib.utils import files

_TRAINED = 10**11  # stands above all steps
_MANY = 10**6  # more than an annealing saves


class Mirror:
    """While the block runs: a heartbeat, and each new checkpoint of a folder, in the place.

    Args:
      place: a ``Place``.
      name: of the run.
      folder: local; the run's.
      attempt: of this node.
      seconds: between looks at the folder.
    """

    def __init__(self, place, name, folder, attempt, seconds):
        self.place, self.name, self.folder, self.attempt = place, name, Path(folder), attempt
        self.seconds = seconds
        self.started_from = progress_of(folder)
        self._saved = self.started_from
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def save(self):
        """Brings what there is now."""
        self._beat()
        progress = progress_of(self.folder)
        if progress > self._saved:
            self.place.save_checkpoint(self.name, self.folder, self.attempt, progress)
            self._saved = progress

    def _run(self):
        while not self._is_over.wait(self.seconds):
            self._look()

    def _look(self):
        try:
            self.save()
        except Exception as error:  # of whatever kind: the run goes on; the next look may succeed
            print(f"{self.name}: no checkpoint was brought ({error})", file=sys.stderr, flush=True)

    def _beat(self):
        self.place.note("running", self.name, {"attempt": self.attempt, **heartbeat(self.folder)})


def heartbeat(folder):
    """What a run's log says just now: node, time, step, total, images_per_second."""
    last = last_row(Path(folder) / "model")
    return {
        "node": os.uname().nodename,
        "time": time.time(),
        "step": last.get("step", 0),
        "total": state.updates_of(folder),
        "images_per_second": last.get("images_per_second") or 0.0,
    }


def progress_of(folder):
    """How far a run has come: (updates of the last checkpoint, what is done besides).

    The second number counts the steps that are done, and the saved tests of an annealing that is
    under way, which are removed when it is done and weigh less than that.
    """
    model_dir = Path(folder) / "model"
    path = checkpoint.latest(model_dir / "checkpoint")
    step = int(path.stem.removeprefix("step_")) if path else 0
    done = _count(Path(folder), "aggregate/*.json")
    tests = _count(Path(folder) / "annealing", "chunks/*.npz")
    return (_TRAINED if _is_trained(model_dir) else step, _MANY * done + min(tests, _MANY - 1))


def _count(folder, pattern):
    found = (path.relative_to(folder).parts for path in folder.rglob(pattern))
    return sum(not any(map(files.is_temporary, parts)) for parts in found)


def _is_trained(model_dir):
    return (model_dir / "results" / "aggregate" / "train.json").is_file()
