"""What became of a study's jobs so far, for executors whose jobs run on nodes."""

import sys
import time

from dlib.execution import state
from dlib.execution.jobs import DONE, FAILED, RUNNING, STOPPED, WAITING, JobProgress, JobResult
from dlib.execution.remote_job import Task
from dlib.execution.versions import expected_of
from dlib.utils.errors import DlibError

MEMORY_KILLS = 3  # after so many the job is given up
_STALE = 6  # heartbeats that may be missed before a job counts as waiting,
_STALE_SECONDS = 30.0  # and never less than this


class Ledger:
    """Results, and how often each job was lost.

    Args:
      jobs: sequence of ``Job``.
      place: a ``Place``.
      resources: ``Resources`` of each job.
      retries: how often a job is started again whose process or node died.
      on_progress: called with each ``JobProgress`` that changed, or None.
      seconds: between heartbeats of the jobs.
      overwrite: whether all jobs start anew; what the place holds of them is removed.
    """

    def __init__(self, jobs, place, resources, retries, on_progress, seconds, overwrite=False):
        self.jobs, self.place, self.resources = list(jobs), place, resources
        self.retries, self.seconds = retries, seconds
        self._on_progress = on_progress or (lambda progress: None)
        self._results, self._shown, self._losses, self._kills = {}, {}, {}, {}
        self._expected = {}  # of nodes, by what decides on the data
        self._looked = 0.0
        if overwrite:
            for job in self.jobs:
                place.forget(job.folder)
        self._take_over()

    def open_jobs(self):
        """Jobs whose end is not known yet."""
        return [job for job in self.jobs if job.folder not in self._results]

    def results(self):
        """``JobResult`` of each job, in order; those without an end are "stopped"."""
        return [self._results.get(job.folder, JobResult(job, STOPPED)) for job in self.jobs]

    def task(self, job, options=None, scratch=None):
        """The job as a node gets it, or None if it fails before it gets there."""
        # Jobs that differ in nothing but a number or a seed use the same data.
        lines = tuple(line for line in job.gin_bindings if not line.startswith("model."))
        key = (job.gin_config_files, lines)
        try:
            if key not in self._expected:
                self._expected[key] = expected_of(job)
            expected = self._expected[key]
        except DlibError as error:
            self.finish(job, FAILED, str(error))
            return None
        address, threads = self.place.address, self.resources.cpu_threads
        return Task(job, address, options, threads, expected, self.seconds, scratch)

    def finish(self, job, status, error="", seconds=0.0):
        """Notes a job's end; a failure is also noted in the place."""
        self._results[job.folder] = JobResult(job, status, error, seconds)
        if status == FAILED and self.place.read_note("failed", job.folder) is None:
            self.place.note("failed", job.folder, {"error": error, "traceback": ""})
        self._show(JobProgress(job, status, error=error))

    def lost(self, job, why):
        """Notes that a job's process or node died; says whether the job is to be started again."""
        losses = self._losses[job.folder] = self._losses.get(job.folder, 0) + 1
        if losses > self.retries:
            times = "once" if losses == 1 else f"{losses} times"
            self.finish(job, FAILED, f"{job.name}: its process died {times} ({why}): {_LOOK}")
            return False
        self._show(JobProgress(job, WAITING, error=why))
        return True

    def killed_for_memory(self, job):
        """Notes that a job needed more memory than there was; says whether to start it again."""
        kills = self._kills[job.folder] = self._kills.get(job.folder, 0) + 1
        if kills >= MEMORY_KILLS:
            memory = self.resources.memory_gb
            self.finish(
                job,
                FAILED,
                f"{job.name}: killed for memory {kills} times: give each job more than "
                f"{memory:g} GiB (memory_gb), or make model.batch_size smaller.",
            )
            return False
        self._show(JobProgress(job, WAITING, error="killed for memory"))
        return True

    def look(self):
        """Reads the heartbeats, if it is time."""
        if time.monotonic() - self._looked < self.seconds:
            return
        self._looked = time.monotonic()
        try:
            notes = self.place.notes("running")
        except DlibError as error:  # this is for show: the next look may succeed
            print(f"no news of the jobs: {error}", file=sys.stderr, flush=True)
            return
        stale = max(_STALE_SECONDS, _STALE * self.seconds)
        for job in self.open_jobs():
            note = notes.get(job.folder)
            if note and time.time() - note["time"] < stale:
                step, total, rate = note["step"], note["total"], note["images_per_second"]
                self._show(JobProgress(job, RUNNING, step, total, rate))
            else:
                self._show(JobProgress(job, WAITING, note["step"] if note else 0))

    def is_running(self, job):
        """Whether the last look saw a node at work at a job."""
        shown = self._shown.get(job.folder)
        return shown is not None and shown.status == RUNNING

    def _take_over(self):
        """What lies in the place is done already."""
        manifests = self.place.manifests([job.folder for job in self.jobs])
        known = {}
        for job in self.jobs:
            manifest = manifests.get(job.folder)
            if manifest is None:
                self._take_over_unpublished(job, known)
            elif _same(manifest, job, known):
                self.finish(job, DONE)
            else:
                self.finish(
                    job,
                    FAILED,
                    f"{self.place.address}/{job.folder} holds the results of another "
                    f"configuration or budget: give another place, or --overwrite.",
                )

    def _take_over_unpublished(self, job, known):
        """A run that the local executor did in the very folder."""
        folder = getattr(self.place.store, "folder", None)
        if folder is not None and state.is_done(folder / job.folder, job, known):
            self.finish(job, DONE)
        else:
            self._show(JobProgress(job, WAITING))

    def _show(self, progress):
        if self._shown.get(progress.job.folder) != progress:
            self._shown[progress.job.folder] = progress
            self._on_progress(progress)


_LOOK = "look at the node's log, or give it more memory (memory_gb)."


def _same(manifest, job, known):
    """Whether a manifest is of this job, wherever its folder was, and of what its files say now."""
    recorded, configuration = manifest.get("job"), manifest.get("configuration")
    if recorded is not None and {**recorded, "folder": ""} != {**job.as_dict(), "folder": ""}:
        return False
    return configuration is None or configuration == state.configuration_of(job, known)
