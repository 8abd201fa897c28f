"""Runs of a few updates in processes of their own."""

import json
import signal
import subprocess
import sys
import time

import pytest

from dlib.execution import local, state, worker
from dlib.execution.jobs import DONE, FAILED, RUNNING, STOPPED, WAITING, Job, Resources
from dlib.execution.local import LocalExecutor
from dlib.utils import files
from dlib.utils.errors import DlibError


@pytest.fixture
def job(tiny_networks):
    """A function that makes a job of a few updates."""

    def make(name, *bindings, steps=3):
        lines = [
            *tiny_networks.strip().splitlines(),
            "dataset.name = 'dummy_data'",
            "encoder.num_latent = 2",
            "model.model = @vae()",
            "vae.beta = 1.0",
            "model.batch_size = 2",
            "model.eval_steps = 1",
            "model.random_seed = 0",
            f"model.training_steps = {steps}",
            "train.log_every = 1",
            *bindings,
        ]
        return Job(name, (), lines, name)

    return make


def test_a_failing_job_stops_no_other_and_what_is_done_is_not_done_again(job, tmp_path):
    jobs = [job("a"), job("b", "vae.beta = -1.0")]
    seen = []
    executor = LocalExecutor(workers=2)
    results = executor.run(jobs, tmp_path, Resources(1, 0.5), 0, seen.append)
    assert [result.job for result in results] == jobs
    assert [result.status for result in results] == [DONE, FAILED]
    assert "vae.beta" in results[1].error
    assert "\n" not in results[1].error
    assert files.read_json(tmp_path / "b" / "error.json")["error"] == results[1].error
    assert [state.state_of(tmp_path / name) for name in "ab"] == [DONE, FAILED]
    assert {p.job.name for p in seen if p.status == RUNNING} == set("ab")
    path = tmp_path / "a" / "model/results/aggregate/train.json"
    assert files.read_json(path)["train_environment.torch_threads"] == 1

    before = path.stat().st_mtime_ns
    seen.clear()
    results = executor.run([jobs[0]], tmp_path, Resources(1, 0.5), 0, seen.append)
    assert results[0].status == DONE
    assert [p.status for p in seen] == [DONE]
    assert path.stat().st_mtime_ns == before


def test_a_process_that_dies_is_started_again(job, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    flag = tmp_path / "flag"
    (tmp_path / "dies_once.py").write_text(
        # The process that prepares data imports it, too, and must live.
        f"import os, signal\nfrom pathlib import Path\nfor n in (1, 2):\n"
        f"    flag = Path('{flag}' + str(n))\n    if not flag.exists():\n        flag.touch()\n"
        f"        if n == 2:\n            os.kill(os.getpid(), signal.SIGKILL)\n        break\n"
    )
    once = job("once", "import dies_once")
    seen = []
    results = LocalExecutor(1).run([once], tmp_path / "out", Resources(1, 0.5), 1, seen.append)
    assert results[0].status == DONE
    assert WAITING in [p.status for p in seen]


def test_a_process_that_dies_again_is_given_up(job, tmp_path, monkeypatch):
    monkeypatch.setattr(local.sys, "executable", "/bin/false")  # it ends without a word
    results = LocalExecutor(1).run([job("a"), job("b")], tmp_path, Resources(1, 0.5), 1)
    assert [result.status for result in results] == [FAILED, FAILED]
    assert "without a result (2 times)" in results[0].error
    assert state.error_of(tmp_path / "b") == results[1].error
    assert "for memory" in local._death(-signal.SIGKILL, 1, "log.txt")


def test_an_interrupt_saves_what_runs_and_starts_nothing_new(job, tmp_path):
    endless = job("long", steps=100000)
    script = (
        "import json, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored in a background
        "from dlib.execution.jobs import Job, Resources\n"
        "from dlib.execution.local import LocalExecutor\n"
        "jobs = [Job(**job) for job in json.loads(sys.argv[1])]\n"
        "LocalExecutor(workers=1).run(jobs, sys.argv[2], Resources(1, 0.5), 0, None)\n"
    )
    other = job("other")
    arguments = json.dumps([endless.as_dict(), other.as_dict()])
    process = subprocess.Popen(
        [sys.executable, "-c", script, arguments, str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    log = tmp_path / "long/model/train_log.jsonl"
    deadline = time.monotonic() + 60
    while not (log.is_file() and log.stat().st_size):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.1)
    assert state.state_of(tmp_path / "long") == RUNNING
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert "0 of 2 done" in error
    assert [state.state_of(tmp_path / name) for name in ("long", "other")] == [
        STOPPED,
        state.MISSING,
    ]
    assert list((tmp_path / "long/model/checkpoint").iterdir())
    assert "stopped by SIGINT" in (tmp_path / "long" / worker.LOG).read_text()


def test_two_jobs_in_one_folder_are_refused(job, tmp_path):
    with pytest.raises(DlibError, match="2 jobs would write to a"):
        LocalExecutor().run([job("a"), job("a", steps=4)], tmp_path, Resources())


def test_jobs_share_gpus_and_each_sees_its_own(tmp_path, monkeypatch):
    at_work, seen = [], []

    class Process:
        """Ends at the second look."""

        def __init__(self, job, task, threads, gpus=None):
            self.job, self.gpus, self.looks = job, gpus, 0
            if job is not None:
                at_work.append(gpus)
                seen.append(sorted(at_work))

        def is_alive(self):
            self.looks += 1
            return self.looks < 2

        def close(self):
            if self.job is not None:
                at_work.remove(self.gpus)
            return {"status": DONE, "error": "", "seconds": 0.0}

    monkeypatch.setattr(local, "_Process", Process)
    monkeypatch.setattr(local, "_SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    jobs = [Job(str(i), (), (), str(i)) for i in range(5)]
    run = LocalExecutor(workers=8).run
    assert [r.status for r in run(jobs, tmp_path, Resources(1, 0.1, 0.5))] == [DONE] * 5
    assert seen[3] == ["0", "0", "1", "1"]
    assert all(gpus.count("0") <= 2 and gpus.count("1") <= 2 for gpus in seen)
    with pytest.raises(DlibError, match="each job asks for 3 GPU, and this machine offers 2"):
        run(jobs, tmp_path, Resources(1, 0.1, 3))


def test_a_worker_stops_when_its_parent_is_gone(job, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "dlib.execution.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=worker.environment(1),
    )
    task = {
        "action": "run",
        "jobs": [job("long", steps=100000).as_dict()],
        "place": str(tmp_path),
        "threads": 1,
        "overwrite": False,
    }
    process.stdin.write(json.dumps(task).encode() + b"\n")
    process.stdin.flush()
    log = tmp_path / "long/model/train_log.jsonl"
    while not (log.is_file() and log.stat().st_size):
        assert process.poll() is None
        time.sleep(0.1)
    process.stdin.close()
    assert process.wait(60) == 0
    assert json.loads(process.stdout.read())["status"] == STOPPED
    process.stdout.close()
