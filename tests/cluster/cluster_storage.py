"""Results in object storage: a server that speaks S3, on this machine."""

import concurrent.futures
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dlib.execution.jobs import DONE
from dlib.execution.place import Place
from dlib.execution.remote_job import Task, run_task
from dlib.execution.versions import expected_of
from dlib.utils.aggregate_results import aggregate_results_to_json

pytest.importorskip("s3fs", reason="s3fs is not installed")
pytest.importorskip("moto", reason="moto is not installed")
sys.path.insert(0, str(Path(__file__).parent))
import tiny_study

pytestmark = pytest.mark.filterwarnings("default")  # those of the server's client
COUNT = 1000
FILES = 5
SCORES = "metrics/mean/mig/results/aggregate/evaluation.json"


@pytest.fixture(scope="module")
def bucket():
    """Address of an empty bucket; credentials and the server's address are in the environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    given = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    os.environ.update(given)
    try:
        _wait_for(port)
        Place("s3://studies/x").store.file_system.mkdir("studies")
        yield "s3://studies"
    finally:
        server.terminate()
        server.wait()
        for name in given:
            del os.environ[name]


def _wait_for(port):
    end = time.monotonic() + 120
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end, "the server did not come up"
            time.sleep(0.2)


def make_run(folder, index):
    (folder / SCORES).parent.mkdir(parents=True)
    scores = {
        "evaluation_results.discrete_mig": index / COUNT,
        "train_config.model.model_num": index,
    }
    (folder / SCORES).write_text(json.dumps(scores))
    for number in range(FILES - 1):
        path = folder / "model" / f"{number}.bin"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes([index % 256, number]) * 500)
    return folder


def test_a_thousand_small_runs_are_written_listed_and_aggregated(bucket, tmp_path):
    place = Place(f"{bucket}/study")

    def publish(index):
        run = make_run(tmp_path / "runs" / str(index), index)
        return place.publish(f"s/{index}", run, f"x-{index}")

    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(pool.map(publish, range(COUNT)))
    written = time.perf_counter()
    assert place.names() == {f"s/{index}" for index in range(COUNT)}
    listed = time.perf_counter()
    place.mirror(tmp_path / "mirror")
    rows, unreadable = aggregate_results_to_json(
        str(tmp_path / "mirror" / "s" / "*" / SCORES), tmp_path / "all.json"
    )
    ended = time.perf_counter()
    print(
        f"\n{COUNT} runs of {FILES} files: written in {written - start:.1f} s, listed in "
        f"{listed - written:.1f} s, mirrored and aggregated in {ended - listed:.1f} s"
    )
    assert not unreadable
    scores = sorted(row["evaluation_results.discrete_mig"] for row in rows)
    assert scores == [index / COUNT for index in range(COUNT)]
    manifest = place.manifest("s/77")
    assert place.read("s/77", "model/3.bin", manifest) == bytes([77, 3]) * 500
    assert len(manifest["files"]) == FILES


def test_of_attempts_that_publish_at_once_one_stays(bucket, tmp_path):
    place = Place(f"{bucket}/race")
    barrier = threading.Barrier(4)

    def publish(index):
        run = make_run(tmp_path / str(index), index)
        own = Place(f"{bucket}/race")
        put_new = own.store.put_new
        own.store.put_new = lambda *arguments: (barrier.wait(), put_new(*arguments))[1]
        return own.publish("1", run, f"x-{index}")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        won = list(pool.map(publish, range(4)))
    assert sorted(won) == [False, False, False, True]
    winner = won.index(True)
    assert place.manifest("1")["attempt"] == f"x-{winner}"
    assert place.read("1", "model/2.bin") == bytes([winner, 2]) * 500
    assert len(place.store.list("1/")) == FILES  # nothing of the losers


def test_a_training_goes_on_from_a_checkpoint_in_the_storage(bucket, tmp_path):
    from dlib.execution.run_job import run_job

    (job,) = tiny_study.jobs(1)
    place = Place(f"{bucket}/one")
    (alone,) = tiny_study.jobs(1, [("train.checkpoint_every = 50",)])
    assert run_job(alone, tmp_path / "node").status == DONE
    expected = tiny_study.whole_result(None, "", tmp_path / "node" / job.folder)

    with pytest.raises(KeyboardInterrupt), _interrupted_at(50):
        run_task(Task(job, place.address, None, 1, expected_of(job), 60.0, str(tmp_path)))
    assert place.manifest(job.folder) is None
    outcome = run_task(Task(job, place.address, None, 1, expected_of(job), 60.0, str(tmp_path)))
    assert (outcome.status, outcome.error) == (DONE, "")
    assert place.manifest(job.folder)["started_from"][0] == 50
    result = tiny_study.whole_result(place, job.folder, tmp_path / "back")
    tiny_study.check_whole(result)
    assert result == expected
    assert not place.store.list(".dlib/checkpoints")


class _interrupted_at:
    """As if the node were taken away after an update."""

    def __init__(self, step):
        self.step = step

    def __enter__(self):
        from dlib.methods.unsupervised import training_loop

        self.original = training_loop.TrainingLoop._one_step

        def one_step(loop, progress):
            self.original(loop, progress)
            if loop.step == self.step:
                os.kill(os.getpid(), 15)

        training_loop.TrainingLoop._one_step = one_step

    def __exit__(self, *_):
        from dlib.methods.unsupervised import training_loop

        training_loop.TrainingLoop._one_step = self.original
        return False
