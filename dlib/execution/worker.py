"""A process that runs one job, or prepares the data of several, for another process.

``python -m dlib.execution.worker`` reads one line of JSON and writes one. It runs for as long as
its input stays open: when the process that started it is gone, it stops as if interrupted.
"""

import contextlib
import dataclasses
import json
import os
import signal
import sys
import threading
from pathlib import Path

from dlib.execution.jobs import STOPPED, Job, JobResult

LOG = "log.txt"
# Libraries that decide on their threads when they are loaded.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def environment(threads):
    """The environment of a worker that computes with so many threads."""
    return {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads))}


def main():
    """Runs what the first line of the input asks for."""
    task = json.loads(sys.stdin.readline())
    jobs = [Job(**job) for job in task["jobs"]]
    answer = os.fdopen(os.dup(1), "w")
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    result = _prepare(jobs) if task["action"] == "prepare" else _run(jobs[0], task)
    print(json.dumps(result), file=answer, flush=True)


def _run(job, task):
    folder = job.path(task["place"])
    _log_to(folder / LOG)
    try:
        from dlib.execution.run_job import run_job

        result = run_job(job, task["place"], task["threads"], task["overwrite"])
    except KeyboardInterrupt as error:
        result = JobResult(job, STOPPED, str(error))
    if result.error:
        print(result.error, file=sys.stderr)
    return {**dataclasses.asdict(result), "job": job.as_dict()}


def _prepare(jobs):
    """Opens each data set once; what is wrong with one is left for its jobs to tell."""
    from dlib.execution.run_job import data_key, prepare_data
    from dlib.utils.errors import DlibError

    seen = set()
    for job in jobs:
        with contextlib.suppress(DlibError, OSError):
            key = data_key(job)
            if key not in seen:
                seen.add(key)
                prepare_data([job])
    return {}


def _log_to(path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(log, 1)
    os.dup2(log, 2)


def _stop_with_parent():
    # Read from the descriptor: a daemon that holds the lock of sys.stdin would stop the exit.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    main()
