"""A Slurm task and the process that it waits for, without Slurm."""

import signal
import subprocess
import sys
import time

import pytest

from dlib.execution import slurm_task

SAVES = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); {}"
READY = "print(flush=True); time.sleep(60)"


@pytest.fixture
def process():
    with subprocess.Popen(
        [sys.executable, "-c", SAVES.format(READY)], stdout=subprocess.PIPE
    ) as started:
        started.stdout.readline()
        yield started
        started.kill()


def test_a_handler_inside_the_wait_sees_the_end_at_once_and_leaves_the_status(process):
    """With ``Popen.wait`` in both places the handler would wait for a lock until its limit."""
    task = slurm_task.SlurmTask(None)
    task._process = process
    seconds = []

    def handler(*_):
        start = time.monotonic()
        task._end()
        seconds.append(time.monotonic() - start)

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        assert task._wait() == 3
    finally:
        signal.signal(signal.SIGALRM, before)
    assert seconds[0] < slurm_task._SECONDS_TO_SAVE / 3
    assert slurm_task._has_ended(process.pid)  # its status was taken


def test_a_process_that_does_not_save_in_time_is_killed(process, monkeypatch):
    monkeypatch.setattr(slurm_task, "_SECONDS_TO_SAVE", 0.1)
    task = slurm_task.SlurmTask(None)
    task._process = process
    monkeypatch.setattr(task, "_stop", lambda: None)
    assert not slurm_task._has_ended(process.pid)
    task._end()
    assert task._wait() == -signal.SIGKILL
