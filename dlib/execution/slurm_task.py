"""What runs inside a Slurm task: a job in a process of its own, and Slurm's signals.

Slurm sends SIGUSR2 before the time limit, which submitit turns into ``checkpoint``, and SIGTERM
before it takes the node away (preemption). Either way the job saves its state to the place and
ends; Slurm queues it again, and it goes on from there.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dlib.execution.jobs import STOPPED
from dlib.execution.remote_job import Outcome
from dlib.execution.worker import environment

_SECONDS_TO_SAVE = 60.0
_SECONDS_TO_BE_TAKEN = 120.0
_SECONDS_BETWEEN_LOOKS = 0.2


class SlurmTask:
    """A callable for submitit.

    Args:
      task: a ``remote_job.Task``.
    """

    def __init__(self, task):
        self.task = task
        self._process = None

    def __getstate__(self):
        return {"task": self.task, "_process": None}

    def __call__(self):
        """Runs the job; returns its ``Outcome``."""
        preempted = []

        def preempt(number, frame):
            del frame
            preempted.append(number)
            self._stop()

        signal.signal(signal.SIGTERM, preempt)
        with tempfile.TemporaryDirectory(prefix="dlib-task-") as folder:
            path = Path(folder) / "task.json"
            path.write_text(self.task.as_json(), encoding="utf-8")
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dlib.execution.remote_job", str(path)],
                stdin=subprocess.PIPE,  # closed by the end of this process, however it comes
                env=environment(self.task.threads),
                start_new_session=True,  # Slurm's signals come here, and only here
            )
            status = self._wait()
            outcome = self._outcome(path.with_name(f"{path.name}.outcome"), status)
        if preempted and outcome.status == STOPPED:
            time.sleep(_SECONDS_TO_BE_TAKEN)  # Slurm ends this process and queues the job again
        return outcome

    def checkpoint(self):
        """Stops the job so that it saves; returns what submitit is to queue again."""
        from submitit.helpers import DelayedSubmission

        self._end()
        return DelayedSubmission(SlurmTask(self.task))

    def _wait(self):
        """Exit status of the process; between looks, signals are handled at once."""
        while (status := self._process.poll()) is None:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        return status

    def _end(self):
        """Has the process save and end, by force if it takes too long."""
        self._stop()
        deadline = time.monotonic() + _SECONDS_TO_SAVE
        while self._process is not None and not _has_ended(self._process.pid):
            if time.monotonic() > deadline:
                self._process.kill()
                break
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _stop(self):
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def _outcome(self, path, status):
        node = os.environ.get("SLURMD_NODENAME") or os.uname().nodename
        if path.is_file():
            values = json.loads(path.read_text(encoding="utf-8"))
            return Outcome(**{**values, "node_id": node})
        why = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return Outcome("killed" if status == -signal.SIGKILL else "died", why, node_id=node)


def _has_ended(pid):
    """Whether a child has ended, without taking its status away from who waits for it.

    A signal's handler runs inside of whatever it interrupts, so ``Popen.wait`` there would wait for
    a lock that the interrupted call holds.
    """
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # its status was taken
        return True
