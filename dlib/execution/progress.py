"""One view of all jobs in the terminal, or a line now and then where there is none."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from dlib.execution.jobs import DONE, FAILED, RUNNING, STOPPED

_SECONDS_BETWEEN_LINES = 30.0
_ENDED = (DONE, FAILED, STOPPED)


def make_view(jobs):
    """A view of jobs; a context manager with ``update(job_progress)``."""
    return LiveView(jobs) if sys.stderr.isatty() else LineView(jobs)


class Tally:
    """What all jobs together have come to.

    Args:
      jobs: all of them.
      clock: seconds.
    """

    def __init__(self, jobs, clock=time.monotonic):
        self.total = len(jobs)
        self.latest = {}  # JobProgress by job
        self._clock = clock
        self._start = clock()
        self._done_before = 0  # jobs that had nothing to do

    def take(self, progress):
        """Takes news of a job; returns whether its status is another one than before."""
        before = self.latest.get(progress.job)
        if progress.status == DONE and before is None:
            self._done_before += 1
        self.latest[progress.job] = progress
        return before is None or before.status != progress.status

    def count(self, *statuses):
        """Jobs with one of the statuses."""
        return sum(progress.status in statuses for progress in self.latest.values())

    def images_per_second(self):
        """Of all trainings that run."""
        running = [p for p in self.latest.values() if p.status == RUNNING]
        return sum(p.images_per_second for p in running if not p.total or p.step < p.total)

    def seconds_left(self):
        """From the time that the jobs of this sitting took, or None before the first has ended."""
        ended = self.count(*_ENDED) - self._done_before
        if not ended:
            return None
        left = self.total - self.count(*_ENDED)
        return (self._clock() - self._start) / ended * left

    def line(self):
        """All of it in one line."""
        parts = [f"{self.count(DONE)} of {self.total} done", f"{self.count(RUNNING)} running"]
        if failed := self.count(FAILED):
            parts.append(f"{failed} failed")
        if rate := self.images_per_second():
            parts.append(f"{rate:.0f} images/s")
        if (seconds := self.seconds_left()) is not None and self.count(*_ENDED) < self.total:
            parts.append(f"{_duration(seconds)} left")
        return ", ".join(parts)


class LineView:
    """A line for each job that ends, and one for all every half minute."""

    def __init__(self, jobs, clock=time.monotonic):
        self.tally = Tally(jobs, clock)
        self._clock = clock
        self._last = clock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, progress):
        """Takes news of a job."""
        is_new = self.tally.take(progress)
        if is_new and progress.status in (DONE, FAILED):
            error = f": {progress.error}" if progress.error else ""
            print(f"{progress.job.name} {progress.status}{error}", file=sys.stderr, flush=True)
        if self._clock() - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = self._clock()
            print(self.tally.line(), file=sys.stderr, flush=True)


class LiveView:
    """A bar for all jobs, and one for each that runs."""

    def __init__(self, jobs, console=None):
        self.tally = Tally(jobs)
        self.bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}", markup=False),
            console=console or Console(stderr=True),
        )
        self._all = self.bars.add_task("all", total=max(1, len(jobs)), note=self.tally.line())
        self._tasks = {}

    def __enter__(self):
        self.bars.start()
        return self

    def __exit__(self, *_):
        self.bars.stop()

    def update(self, progress):
        """Takes news of a job."""
        is_new = self.tally.take(progress)
        if progress.status == RUNNING:
            self._show(progress)
        elif (task := self._tasks.pop(progress.job, None)) is not None:
            self.bars.remove_task(task)
        if is_new and progress.status == FAILED:
            line = f"{progress.job.name} failed: {progress.error}"
            self.bars.console.print(line, markup=False, highlight=False)
        self.bars.update(self._all, completed=self.tally.count(*_ENDED), note=self.tally.line())

    def _show(self, progress):
        if progress.job not in self._tasks:
            self._tasks[progress.job] = self.bars.add_task(progress.job.name, total=None, note="")
        self.bars.update(
            self._tasks[progress.job], completed=progress.step, total=progress.total,
            note=_note(progress),
        )  # fmt: skip


def _note(progress):
    if not progress.step:
        return "starting"
    if progress.total and progress.step >= progress.total:
        return "scores and pictures"
    of = f"/{progress.total}" if progress.total else ""
    return f"{progress.step}{of} updates, {progress.images_per_second:.0f} images/s"


def _duration(seconds):
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"
