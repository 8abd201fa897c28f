"""Studies on a real Ray cluster of three node processes on this machine."""

import contextlib
import dataclasses
import os
import re
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import dlib
from dlib.execution.jobs import DONE, FAILED, Job, Resources
from dlib.execution.local import LocalExecutor
from dlib.execution.place import Place
from dlib.utils.errors import DlibError

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing leaves this machine
ray = pytest.importorskip("ray", reason="Ray is not installed")
sys.path.insert(0, str(Path(__file__).parent))
import tiny_study
from ray.cluster_utils import Cluster

pytestmark = pytest.mark.filterwarnings("default")  # Ray's own
COUNT = 24
STORE = 80 * 2**20
SEEN = tiny_study.MIDDLE_STEPS[0]  # the update that a long job's log begins with
PATIENCE = float(os.environ.get("DLIB_CLUSTER_PATIENCE", "300"))  # for a machine that is shared


@contextlib.contextmanager
def cluster(nodes=3, system=None, gpus=0, **last_node):
    """Node processes with one CPU each; the head has the first, and GPUs by name only."""
    head = {"include_dashboard": False, "num_cpus": 1, "object_store_memory": STORE}
    head["num_gpus"] = gpus
    made = Cluster(initialize_head=True, head_node_args={**head, "_system_config": system or {}})
    try:
        for index in range(1, nodes):
            extra = last_node if index == nodes - 1 else {}
            made.add_node(num_cpus=1, object_store_memory=STORE, **extra)
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


def executor(made, **options):
    from dlib.execution.ray import RayExecutor

    return RayExecutor(address=made.address, **{"seconds": 0.2, "patience": 0.0, **options})


def small(count, first=()):
    return Resources(1, tiny_study.MEMORY_GB), tiny_study.jobs(count, first)


def wait_for(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)
    return found


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def node_to_kill(place, head):
    """Processes of a node, not the head's, that has a job with a checkpoint; the job, its attempt.

    The worker is one of them: it would live, and might publish, for moments after its raylet.
    """
    for name, note in place.notes("running").items():
        pid = int(note["attempt"].split("-")[-2])
        with contextlib.suppress(FileNotFoundError):
            raylet = parent_of(pid)
            at_work = SEEN <= note["step"] < tiny_study.MIDDLE_STEPS[-1] // 2
            saved = saved_steps(place, name) >= SEEN
            if at_work and saved and raylet != head and place.manifest(name) is None:
                return (pid, raylet), name, note["attempt"]
    return None


def saved_steps(place, name):
    """Updates of a job's furthest checkpoint in the place, 0 if it has none."""
    keys = place.store.list(f".dlib/checkpoints/{name}")
    return max((int(key.rpartition("/")[2].partition("-")[0]) for key in keys), default=0)


def at_work_again(place, name, attempt):
    """The heartbeat of another attempt at a job, or its manifest."""
    note = place.notes("running").get(name)
    if note is not None and note["attempt"] != attempt:
        return note
    return place.manifest(name)


def fill_object_store():
    """Puts arrays until there is no room, in memory or on the disk; returns what holds them."""
    held = []
    try:
        for _ in range(40):
            held.append(ray.put(np.ones(10 * 2**20, dtype=np.uint8)))
    except (ray.exceptions.OutOfDiskError, ray.exceptions.ObjectStoreFullError):
        return held
    raise AssertionError("the object store took 400 MiB: there was no quota")


def test_a_study_outlives_a_node_its_driver_and_a_full_disk(tmp_path):
    first_jobs = tiny_study.FIRST["ray"]
    resources, jobs = small(COUNT, first_jobs)
    local = Path(os.environ.get("DLIB_CLUSTER_REFERENCE") or tmp_path / "local")
    expected = LocalExecutor(workers=2).run(jobs, local, resources)
    assert [(r.status, r.error) for r in expected] == [(DONE, "")] * COUNT
    address, log = tmp_path / "study", tmp_path / "driver.log"
    place = Place(address)
    # A disk counts as full from 1 % on: Ray may spill nothing.
    with cluster(system={"local_fs_capacity_threshold": 0.01}) as made:
        ray.init(address=made.address, log_to_driver=False)
        held = fill_object_store()
        options = {"address": made.address, "seconds": 0.5}
        head = made.head_node.all_processes["raylet"][0].process.pid
        with tiny_study.driver("ray", options, address, COUNT, log) as first:
            processes, moved, attempt = wait_for(lambda: node_to_kill(place, head))
            for process in processes:
                os.kill(process, signal.SIGKILL)
            wait_for(lambda: len(place.names()) >= COUNT // 3)
            # On a quick machine this job is the last one: its driver dies while it goes on.
            note = wait_for(lambda: at_work_again(place, moved, attempt))
            assert len(place.names()) < COUNT, "all was done before the driver could be killed"
            assert note["step"] >= SEEN  # it has the log of the dead node, and so its checkpoint
            first.kill()
        with tiny_study.driver("ray", options, address, COUNT, log) as again:
            assert tiny_study.outcome(again, PATIENCE) == [(DONE, "")] * COUNT
        del held
    assert place.names() == {job.folder for job in jobs}
    assert place.manifest(moved)["started_from"][0] >= SEEN
    for index, job in enumerate(jobs):
        result = tiny_study.whole_result(place, job.folder, tmp_path / "back" / str(index))
        middle = index < len(first_jobs)
        tiny_study.check_whole(result, tiny_study.MIDDLE_STEPS if middle else tiny_study.STEPS)
        reference = tiny_study.whole_result(None, job.folder, local / job.folder)
        assert result == reference, f"{job.name} differs from the local executor's"
    leftover = [k for k in place.store.list(".dlib") if "checkpoints" in k or "running" in k]
    assert not leftover


def test_what_cannot_run_is_told_and_the_rest_goes_on(tmp_path, capsys):
    resources, jobs = small(2)
    wrong = Job("wrong", jobs[0].gin_config_files, ("vae.beta = 'none'",), "wrong")
    unknown = Job("unknown", jobs[0].gin_config_files, ("dataset.name = 'nosuch'",), "unknown")
    with cluster(nodes=1, gpus=1) as made:
        run = executor(made).run
        shared = dataclasses.replace(resources, gpu_fraction=0.5)
        first, second, *good = run([wrong, unknown, *jobs], tmp_path / "study", shared)
        assert [r.status for r in good] == [DONE, DONE]
        assert first.status == second.status == FAILED
        assert "nosuch" in second.error
        assert "\n" not in first.error + second.error
        assert "traceback" in Place(tmp_path / "study").read_note("failed", "wrong")

        (result,) = run(jobs[:1], tmp_path / "gpu", dataclasses.replace(resources, gpu_fraction=2))
        assert result.status == FAILED
        assert re.search(r"none of 1 nodes has 2 GPU \(the most .* is 1 GPU\): ask for less",
                         result.error)  # fmt: skip

        # The very node may not write: its side of the storage is a file, not a folder.
        (tmp_path / "full").write_text("")
        with pytest.raises(DlibError, match=r"cannot be written .*every node"):
            run(jobs, tmp_path / "full" / "study", resources)

    from dlib.execution.ray import RayExecutor

    nowhere = RayExecutor(address="127.0.0.1:1")
    with pytest.raises(DlibError, match="no Ray cluster answers at '127.0.0.1:1'"):
        nowhere.run(jobs, tmp_path / "none", resources)


def test_a_node_with_another_version_is_refused_by_name(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)  # Ray's workers look for modules in the driver's folder first
    resources, jobs = small(4)
    other = tmp_path / "other"
    root = Path(dlib.__file__).parents[1]
    for package in ("dlib", "gin_configs"):
        shutil.copytree(root / package, other / package,
                        ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    (other / "dlib" / "version.py").write_text('"""The version."""\n\n__version__ = "0.0.1"\n')
    with cluster(nodes=2, env_vars={"PYTHONPATH": str(other)}) as made:
        results = executor(made).run(jobs, tmp_path / "study", resources)
    assert [r.status for r in results] == [DONE] * 4
    told = capsys.readouterr().err
    assert re.search(rf"ray: node \S+ has dlib 0\.0\.1 instead of {dlib.__version__}", told)


def test_jobs_killed_for_memory_are_given_up_after_three_times(tmp_path):
    resources, jobs = small(1)
    # Any process is too much for a machine whose memory counts as full at 0.1 %.
    system = {"memory_usage_threshold": 0.001, "memory_monitor_refresh_ms": 50}
    with cluster(nodes=1, system=system) as made:
        (result,) = executor(made).run(jobs, tmp_path / "study", resources)
    assert result.status == FAILED
    assert "killed for memory 3 times: give each job more than 0.5 GiB" in result.error


def test_a_node_that_cannot_begin_a_job_is_refused(tmp_path, monkeypatch):
    from dlib.execution import ray as module

    def without_dlib(task):  # Ray hands this over by value
        raise ModuleNotFoundError("No module named 'dlib'")

    resources, jobs = small(1)
    monkeypatch.setattr(module, "_on_node", without_dlib)
    with cluster(nodes=1) as made:
        (result,) = executor(made).run(jobs, tmp_path / "study", resources)
    assert result.status == FAILED
    assert re.search(r"node \S+ cannot begin it \(No module named 'dlib'\): "
                     r"install what the driver has", result.error)  # fmt: skip


def test_jobs_are_given_up_when_the_last_node_that_fits_is_gone(tmp_path, monkeypatch):
    """One was at work there, one was waiting in Ray."""
    from dlib.execution import ray as module

    monkeypatch.setattr(module, "_SECONDS_TO_BE_SEEN", 5.0)
    resources, jobs = small(2, [tiny_study.MIDDLE] * 2)
    place = Place(tmp_path / "study")
    with cluster(nodes=2, resources={"big": 1}) as made:
        node = next(iter(made.worker_nodes))

        def end():
            wait_for(lambda: place.notes("running"))
            made.remove_node(node, allow_graceful=False)

        thread = threading.Thread(target=end, daemon=True)
        thread.start()
        run = executor(made, custom_resources={"big": 1}).run
        results = run(jobs, place.address, resources)
        thread.join()
    assert [r.status for r in results] == [FAILED] * 2
    for result in results:
        assert "none of 1 nodes has 1 big (the most that one has is 0 big)" in result.error
