"""Jobs on this machine: a process for each, as many side by side as its resources allow.

Where jobs take a part of a GPU, as many share each GPU as fit, and each job sees only its own. One
thread is the default: runs side by side do not wait for each other, the threads of one run do.
"""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque

import gin

from dlib.execution import machine, state, worker
from dlib.execution.jobs import DONE, FAILED, RUNNING, STOPPED, WAITING, JobProgress, JobResult
from dlib.execution.stores import local_folder
from dlib.execution.train_rows import last_row
from dlib.utils.errors import DlibError

_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_TO_STOP = 60.0  # a training saves at once; a metric's compiled code may hold out a while


@gin.configurable("local_executor")
class LocalExecutor:
    """An ``Executor`` whose place is a folder of this machine.

    Args:
      workers: jobs side by side; None for as many as cores and free memory allow.
      overwrite: whether to start all jobs anew.
    """

    def __init__(self, workers=None, overwrite=False):
        self.workers = workers
        self.overwrite = overwrite

    def run(self, jobs, place, resources, retries=1, on_progress=None):
        """See ``Executor``."""
        place = local_folder(place)
        _check_folders(jobs)
        seats = _gpu_seats(resources.gpu_fraction)
        sitting = _Sitting(jobs, place, resources, retries, on_progress, self.overwrite, seats)
        slots = self.workers or machine.side_by_side(resources.cpu_threads, resources.memory_gb)
        if sitting.seats is not None:
            slots = min(slots, len(sitting.seats))
        with _terminated_as_if_interrupted():
            try:
                sitting.run(slots)
            except KeyboardInterrupt:
                sitting.stop()
                done = sum(result.status == DONE for result in sitting.results.values())
                raise KeyboardInterrupt(
                    f"stopped, {done} of {len(jobs)} done; the same command goes on from there."
                ) from None
        return [sitting.results[job] for job in jobs]


class _Sitting:
    """Jobs that wait, that run, and that have ended."""

    def __init__(self, jobs, place, resources, retries, on_progress, overwrite, seats=None):
        self.seats = seats  # GPUs that are free, None where jobs take none
        self.place, self.resources, self.retries = place, resources, retries
        self.overwrite = overwrite
        self.on_progress = on_progress or (lambda progress: None)
        self.results, self.running, self.deaths = {}, [], Counter()
        self.waiting = deque()
        known = {}
        for job in jobs:
            if not overwrite and state.is_done(job.path(place), job, known):
                self._end(JobResult(job, DONE))
            else:
                self.waiting.append(job)

    def run(self, slots):
        """Runs all that wait."""
        if self.waiting:
            self._prepare_data()
        while self.waiting or self.running:
            while self.waiting and len(self.running) < slots:
                self._start(self.waiting.popleft())
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            self._look()

    def stop(self):
        """Interrupts all that run and waits until they have saved."""
        for process in self.running:
            process.interrupt()
        deadline = time.monotonic() + _SECONDS_TO_STOP
        for process in self.running:
            process.wait(deadline)
            self.on_progress(JobProgress(process.job, STOPPED))
        self.running = []

    def _prepare_data(self):
        """Builds missing caches in a process of its own, which takes its memory with it."""
        task = {"action": "prepare", "jobs": [job.as_dict() for job in self._one_for_each_data()]}
        process = _Process(None, task, self.resources.cpu_threads)
        self.running = [process]
        while process.is_alive():
            time.sleep(_SECONDS_BETWEEN_LOOKS / 5)
        process.close()
        self.running = []

    def _one_for_each_data(self):
        """Jobs that differ in nothing but a seed or a number use the same data."""
        jobs = {}
        for job in self.waiting:
            lines = [line for line in job.gin_bindings if not line.startswith("model.")]
            jobs.setdefault((job.gin_config_files, tuple(lines)), job)
        return jobs.values()

    def _start(self, job):
        task = {
            "action": "run",
            "jobs": [job.as_dict()],
            "place": str(self.place),
            "threads": self.resources.cpu_threads,
            "overwrite": self.overwrite and not self.deaths[job],
        }
        gpus = self.seats.pop(0) if self.seats is not None else None
        self.running.append(_Process(job, task, self.resources.cpu_threads, gpus))
        self.on_progress(JobProgress(job, RUNNING))

    def _look(self):
        for process in list(self.running):
            if process.is_alive():
                self._tell(process.job)
                continue
            self.running.remove(process)
            if self.seats is not None:
                self.seats.append(process.gpus)
            self._take(process)

    def _tell(self, job):
        folder = job.path(self.place)
        row = last_row(folder / "model")
        self.on_progress(
            JobProgress(
                job,
                RUNNING,
                row.get("step", 0),
                state.updates_of(folder),
                row.get("images_per_second") or 0.0,
            )
        )

    def _take(self, process):
        """Takes what a process that has ended leaves: a result, or nothing if it died."""
        job, answer = process.job, process.close()
        if answer is not None:
            self._end(JobResult(job, answer["status"], answer["error"], answer["seconds"]))
            return
        self.deaths[job] += 1
        if self.deaths[job] <= self.retries:
            self.waiting.append(job)
            self.on_progress(JobProgress(job, WAITING))
            return
        line = _death(process.returncode, self.deaths[job], job.path(self.place) / worker.LOG)
        state.record_death(job.path(self.place), line)
        self._end(JobResult(job, FAILED, line, process.seconds()))

    def _end(self, result):
        self.results[result.job] = result
        self.on_progress(JobProgress(result.job, result.status, error=result.error))


class _Process:
    """A worker. Its process group is its own, so that a terminal's Ctrl-C is ours to pass on."""

    def __init__(self, job, task, threads, gpus=None):
        self.job, self.gpus = job, gpus
        self._start = time.monotonic()
        self._answer = tempfile.TemporaryFile()  # noqa: SIM115 - close() closes it
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dlib.execution.worker"],
            stdin=subprocess.PIPE,
            stdout=self._answer,
            env=worker.environment(threads) | ({"CUDA_VISIBLE_DEVICES": gpus} if gpus else {}),
            start_new_session=True,
        )
        with contextlib.suppress(BrokenPipeError):  # it died; whoever looks will see
            self._process.stdin.write(json.dumps(task).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def returncode(self):
        return self._process.returncode

    def seconds(self):
        return time.monotonic() - self._start

    def is_alive(self):
        return self._process.poll() is None

    def interrupt(self):
        if self.is_alive():
            self._process.send_signal(signal.SIGINT)

    def wait(self, deadline):
        try:
            self._process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.close()

    def close(self):
        """The worker's answer, or None if it gave none."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._answer.seek(0)
        lines = self._answer.read().decode().splitlines()
        self._answer.close()
        return json.loads(lines[-1]) if lines and self.returncode == 0 else None


@contextlib.contextmanager
def _terminated_as_if_interrupted():
    """SIGTERM stops everything as cleanly as SIGINT does."""

    def interrupt(*_):
        raise KeyboardInterrupt

    try:
        previous = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread, which has no say about signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _gpu_seats(fraction):
    """See ``machine.gpu_seats``; None where jobs take no GPU."""
    if not fraction:
        return None
    names = machine.gpus()
    seats = machine.gpu_seats(names, fraction)
    if not seats:
        raise DlibError(
            f"each job asks for {fraction:g} GPU, and this machine offers {len(names)}: ask for "
            f"less (gpu_fraction), or for none."
        )
    return seats


def _check_folders(jobs):
    folder, count = Counter(job.folder for job in jobs).most_common(1)[0] if jobs else ("", 1)
    if count > 1:
        raise DlibError(f"{count} jobs would write to {folder}: give each a folder of its own.")


def _death(returncode, times, log):
    name = ""
    if returncode < 0:
        name = f" by {signal.Signals(-returncode).name}"
    again = f" ({times} times)" if times > 1 else ""
    memory = (
        "; perhaps for memory: give fewer --workers or more --memory_gb"
        if returncode == -signal.SIGKILL
        else ""
    )
    return f"its process ended{name} without a result{again}{memory}; see {log}."
