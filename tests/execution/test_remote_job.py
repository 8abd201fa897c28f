"""A job on a node: from the place to the place."""

import json
import os
import shutil
import signal

import pytest

from dlib.execution import mirror, remote_job
from dlib.execution.jobs import DONE, FAILED, Job
from dlib.execution.place import Place
from dlib.execution.remote_job import Task, run_task
from dlib.execution.run_job import run_job
from dlib.execution.versions import expected_of
from dlib.methods.unsupervised import training_loop

LINES = (
    "dataset.name = 'dummy_data'",
    "model.model = @vae()",
    "vae.beta = 1.0",
    "encoder.num_latent = 2",
    "encoder.encoder_fn = @test_encoder",
    "decoder.decoder_fn = @test_decoder",
    "reconstruction_loss.loss_fn = @l2_loss",
    "vae_optimizer.optimizer_fn = @AdamOptimizer",
    "model.batch_size = 2",
    "model.training_steps = 12",
    "model.eval_steps = 1",
    "model.random_seed = 3",
    "train.checkpoint_every = 4",
    "train.log_every = 2",
    "train.progress = False",
)


@pytest.fixture
def job():
    return Job("s/5", (), LINES, "s/5")


def task(job, tmp_path, scratch="node"):
    return Task(job, str(tmp_path / "study"), None, 1, expected_of(job), 60.0,
                str(tmp_path / scratch))  # fmt: skip


def computed(folder):
    rows = [json.loads(line) for line in (folder / "model" / "train_log.jsonl").read_text()
            .splitlines()]  # fmt: skip
    for row in rows:
        row.pop("images_per_second")
    weights = {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.safetensors")
    }
    return rows, weights


@pytest.fixture
def taken_away(monkeypatch):
    """The node is taken away after the sixth update."""
    one_step = training_loop.TrainingLoop._one_step

    def then_die(loop, progress):
        one_step(loop, progress)
        if loop.step == 6:
            monkeypatch.setattr(training_loop.TrainingLoop, "_one_step", one_step)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(training_loop.TrainingLoop, "_one_step", then_die)


def test_a_job_goes_on_elsewhere_as_if_it_had_not_stopped(job, tmp_path, taken_away):
    place = Place(tmp_path / "study")
    with pytest.raises(KeyboardInterrupt):
        run_task(task(job, tmp_path, "first node"))
    assert place.manifest("s/5") is None
    assert place.read_note("running", "s/5")["step"] == 6
    assert not list((tmp_path / "first node").rglob("*.safetensors"))
    outcome = run_task(task(job, tmp_path, "second node"))
    assert (outcome.status, outcome.error) == (DONE, "")
    manifest = place.manifest("s/5")
    assert manifest["started_from"] == [6, 0]
    assert manifest["job"] == job.as_dict()
    assert run_job(job, tmp_path / "alone", threads=1).status == DONE
    expected = computed(tmp_path / "alone" / "s/5")
    assert len(expected[0]) == 6
    assert expected[1]
    assert computed(tmp_path / "study" / "s/5") == expected
    assert place.notes("running") == {}
    assert not place.store.list(".dlib/checkpoints")
    # What is there is not done again.
    before = (tmp_path / "study" / "s/5" / "job.json").stat().st_mtime_ns
    assert run_task(task(job, tmp_path)).status == DONE
    assert (tmp_path / "study" / "s/5" / "job.json").stat().st_mtime_ns == before


def test_a_node_that_comes_back_too_late_leaves_nothing(job, tmp_path, monkeypatch):
    place, publish = Place(tmp_path / "study"), Place.publish

    def after_another(self, name, folder, attempt, about=None):
        monkeypatch.setattr(Place, "publish", publish)
        assert run_task(task(job, tmp_path, "other node")).status == DONE
        monkeypatch.setattr(Place, "publish", after_another)
        before = place.manifest(name)["attempt"]
        assert not publish(self, name, folder, attempt, about)
        assert place.manifest(name)["attempt"] == before

    monkeypatch.setattr(Place, "publish", after_another)
    assert run_task(task(job, tmp_path)).status == DONE
    assert not list((tmp_path / "study" / ".dlib" / "parts").iterdir())


def test_a_job_that_fails_says_why_in_the_place(job, tmp_path):
    wrong = Job("s/6", (), (*LINES, "model.batch_size = 0"), "s/6")
    outcome = run_task(task(wrong, tmp_path))
    assert outcome.status == FAILED
    assert "model.batch_size" in outcome.error
    note = Place(tmp_path / "study").read_note("failed", "s/6")
    assert note["error"] == outcome.error
    assert "Traceback" in note["traceback"]


def test_the_scratch_of_a_killed_attempt_is_removed(tmp_path):
    with remote_job._scratch(str(tmp_path)) as first:
        (first / "kept").write_text("")
        dead = first.with_name("dead")
        dead.mkdir()
        dead.with_suffix(".lock").write_text("")  # nobody holds it
        with remote_job._scratch(str(tmp_path)) as second:
            assert second != first
            assert not dead.exists()
        assert not second.exists()
        assert (first / "kept").exists()


def test_progress_grows_with_checkpoints_then_with_steps(tmp_path):
    assert mirror.progress_of(tmp_path) == (0, 0)
    chunks = tmp_path / "annealing" / "chunks"
    chunks.mkdir(parents=True)
    for name in ("posX_0.npz", "posX_2.npz", ".posX_4.npz.1.tmp"):
        (chunks / name).write_text("")
    assert mirror.progress_of(tmp_path) == (0, 2)  # what is half written does not count
    annealed = tmp_path / "annealing" / "results" / "aggregate" / "anneal.json"
    annealed.parent.mkdir(parents=True)
    annealed.write_text("{}")
    shutil.rmtree(chunks)
    assert mirror.progress_of(tmp_path) == (0, 10**6)
    (tmp_path / "model" / "checkpoint").mkdir(parents=True)
    (tmp_path / "model" / "checkpoint" / "step_0000000040.safetensors").write_text("")
    assert mirror.progress_of(tmp_path) == (40, 10**6)
    for folder in ("model", "postprocessed/mean"):
        path = tmp_path / folder / "results" / "aggregate" / "train.json"
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    trained = mirror.progress_of(tmp_path)
    assert trained > (10**10, 0)
    assert trained[1] == 3 * 10**6


def test_the_process_of_a_slurm_task_writes_its_outcome(job, tmp_path, monkeypatch):
    path = tmp_path / "task.json"
    path.write_text(task(job, tmp_path).as_json())
    monkeypatch.setattr(remote_job, "_stop_with_parent", lambda: None)
    previous = signal.getsignal(signal.SIGTERM)
    try:
        assert remote_job.main([str(path)]) == 0
    finally:
        signal.signal(signal.SIGTERM, previous)
    outcome = json.loads((tmp_path / "task.json.outcome").read_text())
    assert outcome["status"] == DONE
    assert Place(tmp_path / "study").names() == {"s/5"}
