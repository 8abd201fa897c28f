"""What drivers handed to Slurm, kept in the place, so that another driver finds it."""

import time

from dlib.execution import slurm_commands, state
from dlib.utils.errors import DlibError

_KIND = "slurm"
_SECONDS_TO_END = 120.0  # Slurm lets a cancelled job save first


def record(job, known):
    """What tells a job from another one in the same folder.

    Args:
      job: a ``Job``.
      known: see ``state.configuration_of``.
    """
    return {**job.as_dict(), "configuration": state.configuration_of(job, known)}


def keep(place, array, records):
    """Notes ``{Slurm's id: record}`` of the tasks of an array."""
    place.note(_KIND, array, records)


def at_work(place, jobs):
    """``{Slurm's id: (job, record)}`` of what Slurm still has for the folders of some jobs."""
    jobs = {job.folder: job for job in jobs}
    recorded = {
        slurm_id: (jobs[kept["folder"]], kept)
        for note in place.notes(_KIND).values()
        for slurm_id, kept in note.items()
        if kept["folder"] in jobs
    }
    states = slurm_commands.states(recorded)
    return {i: found for i, found in recorded.items() if states[i] not in slurm_commands.OVER}


def end_all(place, jobs):
    """Cancels what Slurm has for the folders of some jobs, and waits until it has ended.

    Raises:
      DlibError: if it does not end.
    """
    deadline = time.monotonic() + _SECONDS_TO_END
    for slurm_id in at_work(place, jobs):
        slurm_commands.cancel(slurm_id)
    while left := at_work(place, jobs):
        if time.monotonic() > deadline:
            raise DlibError(
                f"Slurm's job {next(iter(left))} does not end: nothing was removed; scancel it and "
                f"run the command again."
            )
        time.sleep(1.0)
