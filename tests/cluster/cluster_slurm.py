"""A study on a real Slurm cluster of two nodes on this machine."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlib.execution.jobs import DONE, FAILED, Resources
from dlib.execution.local import LocalExecutor
from dlib.execution.place import Place

submitit = pytest.importorskip("submitit", reason="submitit is not installed")
_PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
if not all(shutil.which(name, path=_PATH) for name in ("munged", "slurmctld", "slurmd", "sbatch")):
    pytest.skip("Slurm (slurm-wlm, munge) is not installed", allow_module_level=True)
sys.path.insert(0, str(Path(__file__).parent))
import tiny_study

pytestmark = pytest.mark.filterwarnings("default")  # submitit's own
COUNT = 8
PATIENCE = float(os.environ.get("DLIB_CLUSTER_PATIENCE", "350"))  # for a machine that is shared
LONG, MIDDLE = "tiny/0", "tiny/1"  # the jobs that meet a time limit, and that lose their node


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    for parent in (folder, *list(folder.parents)[:2]):
        parent.chmod(0o755)  # munge refuses what others may not enter
    script = str(Path(__file__).with_name("slurm_cluster.sh"))
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    try:
        subprocess.run([script, "up", str(folder)], check=True, timeout=120)
        yield folder
    finally:
        subprocess.run(["scancel", "--user", str(os.getuid())], timeout=60, check=False)
        subprocess.run([script, "down", str(folder)], check=True, timeout=60)
        del os.environ["SLURM_CONF"]


def on_node(note):
    """Name of the Slurm node that has the job of a note."""
    pid = note["attempt"].split("-")[-2]
    with contextlib.suppress(FileNotFoundError):
        lines = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return next(x for x in lines if x.startswith(b"SLURMD_NODENAME=")).decode().split("=")[1]
    return None


def preempt(place, name):
    """Takes its node away from a job that has a checkpoint."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        note = place.notes("running").get(name)
        if note and note["step"] >= 100 and place.store.list(f".dlib/checkpoints/{name}"):
            node = on_node(note)
            if node:
                command = ["sbatch", "-p", "high", "-w", node, "--output=/dev/null"]
                subprocess.run([*command, "--wrap", "sleep 2"], check=True, timeout=60)
                assert place.manifest(name) is None, "it was done before its node was taken"
                return
        time.sleep(0.1)
    raise AssertionError(f"{name} was not seen at work")


def restarts():
    """How often each task was queued again, by Slurm's count."""
    text = subprocess.run(
        ["scontrol", "show", "job", "-o"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    return [int(word.removeprefix("Restarts=")) for word in text.split()
            if word.startswith("Restarts=")]  # fmt: skip


def test_an_array_outlives_preemption_a_time_limit_and_its_driver(tmp_path):
    place = Place(tmp_path / "study")
    # Slurm tells of a limit up to a minute before it was asked to: after 15 to 75 seconds.
    options = {"time_minutes": 2, "signal_seconds": 45, "seconds": 0.5, "partition": "low"}
    jobs = tiny_study.jobs(COUNT, tiny_study.FIRST["slurm"])
    log = tmp_path / "driver.log"
    with tiny_study.driver("slurm", options, tmp_path / "study", COUNT, log) as first:
        preempt(place, MIDDLE)
        first.kill()
    with tiny_study.driver("slurm", options, tmp_path / "study", COUNT, log) as again:
        results = tiny_study.outcome(again, PATIENCE)
    assert results == [(DONE, "")] * COUNT
    assert len(place.notes("slurm")) == 1  # the second driver handed over nothing anew
    assert place.manifest(MIDDLE)["started_from"][0] >= 100
    assert place.manifest(LONG)["started_from"][0] >= 50
    assert sum(restarts()) >= 2
    short = jobs[1:4]
    expected = LocalExecutor(workers=2).run(
        short, tmp_path / "local", Resources(1, tiny_study.MEMORY_GB)
    )
    assert [r.status for r in expected] == [DONE] * 3
    for index, job in enumerate(jobs):
        result = tiny_study.whole_result(place, job.folder, tmp_path / "back" / str(index))
        steps = {LONG: tiny_study.LONG_STEPS, MIDDLE: tiny_study.MIDDLE_STEPS}
        tiny_study.check_whole(result, steps.get(job.name, tiny_study.STEPS))
        if job in short:
            assert result == tiny_study.whole_result(None, "", tmp_path / "local" / job.folder)


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [(Resources(1, 64), 10), (Resources(64, 0.5), 10), (Resources(1, 0.5), 240)],
)
def test_what_no_node_has_is_told(asked, minutes, tmp_path):
    """Some is refused at once, some is taken and would wait for ever."""
    from dlib.execution.slurm import SlurmExecutor

    executor = SlurmExecutor(seconds=0.2, partition="low", time_minutes=minutes)
    results = executor.run(tiny_study.jobs(2), tmp_path / "study", asked)
    for result in results:
        assert result.status == FAILED
        assert "no node of Slurm may run it" in result.error
        assert "\n" not in result.error
