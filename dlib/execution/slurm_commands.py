"""Slurm's commands, as far as the executor asks them."""

import shutil
import subprocess
import time

from dlib.utils.errors import DlibError

_SECONDS = 60
IMPOSSIBLE = "IMPOSSIBLE"
# States of what runs no more; "GONE" is ours, for what Slurm no longer knows.
OVER = {
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY",
    "TIMEOUT", "GONE",
}  # fmt: skip
# Reasons of waiting that do not pass.
_NEVER = {"PartitionConfig", "BadConstraints", "PartitionNodeLimit", "PartitionTimeLimit"}


def states(slurm_ids):
    """Slurm's state of each id; "GONE" for what it no longer knows, ``IMPOSSIBLE`` for what waits
    for resources that no node has: some sites accept such jobs and never run them.
    """
    arrays = sorted({slurm_id.partition("_")[0] for slurm_id in slurm_ids})
    if not arrays:
        return {}
    found = {}
    for array in arrays:  # an id that is gone would spoil the answer for the others
        lines = _slurm("squeue", "-h", "-r", "-t", "all", "-o", "%i|%T|%r", "-j", array)
        for line in lines.splitlines():
            if line.count("|") == 2:
                slurm_id, state, reason = line.split("|")
                found[slurm_id] = IMPOSSIBLE if reason.strip() in _NEVER else state
    return {slurm_id: found.get(slurm_id, "GONE") for slurm_id in slurm_ids}


def cancel(slurm_id):
    """Takes a job out of Slurm's queue; one that is not there is no error."""
    subprocess.run(["scancel", slurm_id], capture_output=True, timeout=_SECONDS, check=False)


def check_cluster():
    """Checks that Slurm is here and answers.

    Raises:
      DlibError: if it does not.
    """
    if shutil.which("sbatch") is None:
        raise DlibError("this machine has no sbatch: run the command where Slurm's commands are.")
    answer = subprocess.run(
        ["scontrol", "ping"], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if answer.returncode or " UP" not in answer.stdout:
        said = " ".join((answer.stdout or answer.stderr).split())
        raise DlibError(f"no Slurm controller answers ({said}): is this a node of the cluster?")


def _slurm(*command):
    """The output of a command of Slurm, "" if it fails; the controller may be busy for a while."""
    for _ in range(5):
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if answer.returncode == 0 or "Invalid job id" in answer.stderr:
            return answer.stdout
        time.sleep(2.0)
    raise DlibError(
        f"Slurm does not answer {command[0]} ({' '.join(answer.stderr.split())}): run the same "
        f"command again when it does; its jobs go on."
    )
