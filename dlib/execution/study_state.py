"""The state of a study, read from what lies in its place."""

import dataclasses
import time

from dlib.execution import state
from dlib.execution.jobs import DONE, FAILED, RUNNING, STOPPED
from dlib.execution.stores import FolderStore

_STALE = 90.0  # seconds without a heartbeat after which nobody has a job


@dataclasses.dataclass(frozen=True)
class JobState:
    """Where a job is.

    Attributes:
      status: "done", "running", "failed", "stopped" (begun, and to be gone on with) or "missing".
      error: one line if it failed.
      budget: that it was begun with, or None if that is not known.
    """

    status: str
    error: str = ""
    budget: str | None = None


def states(place, jobs):
    """State of each job, whoever computes it: ``{folder: JobState}``.

    Args:
      place: a ``Place``.
      jobs: ``Job``s.
    """
    whole = place.manifests([job.folder for job in jobs])
    running, failed = place.notes("running"), place.notes("failed")
    found = {}
    for name in (job.folder for job in jobs):
        if name in whole:
            found[name] = JobState(DONE, budget=whole[name].get("job", {}).get("budget"))
        elif name in failed:
            found[name] = JobState(FAILED, failed[name]["error"])
        elif name in running:
            is_fresh = time.time() - running[name]["time"] < _STALE
            found[name] = JobState(RUNNING if is_fresh else STOPPED)
        else:
            found[name] = _of_this_machine(place.store, name)
    return found


def _of_this_machine(store, name):
    """Of a job that the local executor has, in the place itself."""
    if not isinstance(store, FolderStore):
        return JobState(state.MISSING)
    folder = store.folder / name
    return JobState(state.state_of(folder), state.error_of(folder), state.budget_of(folder))
