"""From a configuration without a schedule to a trained DEFT."""

import os
import signal
import threading

import gin
import pytest

from dlib.annealing import auto, auto_report, shared_folder, work
from dlib.commands import train
from dlib.execution.jobs import DONE, Job
from dlib.execution.run_job import run_job
from dlib.methods.unsupervised.callbacks import Callback
from dlib.utils import files, gin_utils


@gin.configurable("auto_signal_at")
class SignalAt(Callback):
    """Sends a signal to this process after an update."""

    def __init__(self, step):
        self.step = step

    def on_update(self, loop):
        if loop.step == self.step:
            os.kill(os.getpid(), signal.SIGTERM)


CALLS = []


@gin.configurable("auto_known_schedule")
def known_schedule(output_dir, overwrite=False):
    """A source that knows its answer."""
    CALLS.append((str(output_dir), overwrite, gin_utils.as_dict(gin_utils.config_text())))
    return {
        "betas": [31.41592, 4.0],
        "group_sizes": [1, 2],
        "groups": [["side"], ["corner"]],
    }


TRAINING = """
include "deft_auto.gin"
dataset.name = "annealing_squares"
schedule.source = @auto_known_schedule
deft.epochs_per_stage = None
deft.stage_steps = 8
information_plateau.window = 1
information_plateau.patience = 2
information_plateau.min_steps = 3
model.batch_size = 4
model.eval_steps = 1
train.progress = False
train.callbacks = []
pipeline.postprocess = []
pipeline.evaluation = []
pipeline.visualize = False
"""
REAL = """
schedule.source = @auto_annealing
annealing.processes = 1
annealing_test.encoder_fn = @lite_encoder
lite_encoder.start = "he_uniform"
standard_decoder.start = "he_uniform"
annealing_schedule.start = 60.0
annealing_schedule.steps = 60
annealing_schedule.hold = 60
freezing_point.window = 3
annealing.repeats = 5
vae/AdamOptimizer.learning_rate = 0.004
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "squares.gin").write_text(TRAINING)
    CALLS.clear()
    return tmp_path


def dlib_train(*bindings, **flags):
    argv = ["--gin_config=squares.gin", *(f"--gin_bindings={line}" for line in bindings)]
    return train.main(argv + [f"--{name}={value}" for name, value in flags.items()])


def trained_config(run):
    aggregate = files.read_json(run / "model/results/aggregate/train.json")
    return {k.removeprefix("train_config."): v for k, v in aggregate.items()}


def test_one_command_finds_the_schedule_and_trains_with_it(here, capsys):
    assert dlib_train(REAL) == 0
    run = here / "output/squares/0"
    found = files.read_json(run / "annealing/schedule.json")
    assert found["groups"] == [["side"], ["corner"]]
    assert found["group_sizes"] == [2, 2]
    assert 60 >= found["betas"][0] > found["betas"][1] >= 1
    assert found["medians"].keys() == {"side", "corner"}
    assert found["medians"]["side"] > found["medians"]["corner"]
    assert found["table_2"] is None
    betas = [float(f"{beta:.4g}") for beta in found["betas"]]
    config = trained_config(run)
    assert config["deft.betas"] == str(betas)
    assert config["deft.group_size"] == "[2, 2]"
    assert config["encoder.num_latent"] == "4"
    # The printed report says how inseparable the factors are.
    told = capsys.readouterr().out
    assert "| 2 | " in told
    (pair,) = found["overlaps"]
    assert (pair["upper"], pair["lower"]) == ("side", "corner")
    assert f"- between side and corner: {pair['overlap']:.0%} on the wrong side (parted; " in told
    assert "- freezing point of side: " in told
    assert (run / "annealing/freezing_points.png").is_file()
    # Again, with other steps after the training: nothing is found or trained anew.
    before = {
        name: (run / name).read_bytes()
        for name in ("annealing/points.csv", "model/results/aggregate/train.json")
    }
    assert dlib_train(REAL, "pipeline.postprocess = ['postprocess/mean.gin']") == 0
    assert "trained already" in capsys.readouterr().out
    assert all((run / name).read_bytes() == content for name, content in before.items())
    # The test belongs to its settings.
    assert dlib_train(REAL, "annealing.random_seed = 1") == 2
    assert "annealing.random_seed" in capsys.readouterr().err


def test_an_interrupted_test_goes_on_and_the_training_follows(here, monkeypatch, capsys):
    lines = [REAL, "annealing_test.at_once = 2"]  # 5 repeats of 2 factors: 6 parts
    ran = []
    run_chunk = work.run_chunk

    def interrupted_after_two(*arguments):
        if len(ran) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        ran.append(arguments[1])
        return run_chunk(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(work, "run_chunk", interrupted_after_two)
        assert dlib_train(*lines) == 130
    assert "2 of 6 parts done; the same command goes on" in capsys.readouterr().err
    assert not (here / "output/squares/0/model").exists()
    with monkeypatch.context() as patched:
        patched.setattr(work, "run_chunk", lambda *a: (ran.append(a[1]), run_chunk(*a)))
        assert dlib_train(*lines) == 0
    assert len(ran) == len(set(ran)) == 6
    assert dlib_train(*lines, model_dir="whole/model") == 0
    parts, whole = (
        (here / run / "annealing/points.csv").read_bytes() for run in ("output/squares/0", "whole")
    )
    assert parts == whole


def test_without_labels_the_whole_set_is_tested(here):
    lines = [
        "dataset.name = 'annealing_unlabelled'",
        "whole_set_test.encoder_fn = @lite_encoder",
        "whole_set_test.batch_size = 16",
        "whole_set_test.num_latent = 3",
        "information_curve.num_steps = 20",
    ]
    assert dlib_train(REAL, *lines) == 0
    run = here / "output/squares/0"
    assert (run / "annealing/information.csv").is_file()
    assert (run / "annealing/increment.png").is_file()
    report = (run / "annealing/schedule.md").read_text()
    found = files.read_json(run / "annealing/schedule.json")
    assert found["groups"][0][0] == "latent_1"
    assert report.count("change at beta") == len(found["change_points"])
    assert trained_config(run)["deft.group_size"] == str(found["group_sizes"])


def test_an_interrupted_training_goes_on_with_the_schedule_that_was_found(here):
    callback = "train.callbacks = [@auto_signal_at()]"
    assert dlib_train(callback, "auto_signal_at.step = 2") == 130
    assert dlib_train() == 0
    assert trained_config(here / "output/squares/0")["deft.betas"] == "[31.42, 4.0]"


def test_the_source_sees_what_the_test_depends_on_and_nothing_else(here):
    assert dlib_train(overwrite="true") == 0
    (folder, overwrite, config) = CALLS[0]
    assert (folder, overwrite) == ("output/squares/0/annealing", True)
    assert config["dataset.name"] == "'annealing_squares'"
    assert config["vae/AdamOptimizer.learning_rate"] == "0.0005"
    assert config["annealing.repeats"] == "10"
    assert config["decoder.decoder_fn"] == "@standard_decoder"
    left_out = ("model.", "deft.", "pipeline.", "train.", "schedule.", "information_plateau.")
    assert not [name for name in config if name.startswith(left_out)]


def test_trainings_may_share_a_folder(here):
    for seed in (0, 1):
        assert dlib_train("schedule.folder = 'shared'", f"model.random_seed = {seed}") == 0
    assert [call[0] for call in CALLS] == ["shared", "shared"]
    assert (here / "shared/schedule.md").is_file()


def test_a_training_waits_while_another_looks_for_their_schedule(here, capsys):
    begun, ended = threading.Event(), threading.Event()

    def another():
        with shared_folder.waited_for("deep/shared"):
            begun.set()
            ended.wait(timeout=60)
            CALLS.append("another has found it")

    thread = threading.Thread(target=another)
    thread.start()
    begun.wait(timeout=60)
    threading.Timer(1.0, ended.set).start()
    assert dlib_train("schedule.folder = 'deep/shared'") == 0
    thread.join()
    assert CALLS[0] == "another has found it"
    assert [call[0] for call in CALLS[1:]] == ["deep/shared"]
    assert "another training looks for the schedule" in capsys.readouterr().err


def test_a_job_of_a_study_has_the_figures_too(here):
    job = Job("study/0", ["squares.gin"], [REAL], "study/0", "paper")
    outcome = run_job(job, here)
    assert (outcome.status, outcome.error) == (DONE, "")
    folder = here / "study/0/annealing"
    assert (folder / "freezing_points.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "curve_side.pdf").is_file()
    assert (folder / "schedule.md").is_file()


def test_without_a_source_nothing_is_asked(here):
    lines = ["deft.betas = [4.0]", "deft.group_size = 2", "encoder.num_latent = 2"]
    assert dlib_train("schedule.source = None", *lines) == 0
    assert not CALLS
    assert not (here / "output/squares/0/annealing").exists()


@pytest.mark.parametrize(
    ("bindings", "message"),
    [
        (["deft.betas = [4.0]"], "deft.betas is set, but schedule.source finds it"),
        (["encoder.num_latent = 10"], "encoder.num_latent is set, but"),
        (["deft.stage_steps = [8, 8]"], "deft.stage_steps has one value per stage"),
        (["model.training_steps = 16"], "model.training_steps must be None"),
        (["model.model = @vae()", "vae.beta = 1."], "but model.model is BetaVAE"),
        (["schedule.source = 'annealing'"], "schedule.source must be a function"),
        (["model.batch_size = 0"], "model.batch_size must be a whole number"),
        (["deft.stage_steps = None"], "needs the length of its stages once"),
        (["deft.stage_steps = 3"], "can never end it early"),
        (["train.precision = 'float8'"], "train.precision must be one of"),
        (["dataset.name = 'auto_squirrels'"], "there is no data set 'auto_squirrels'"),
    ],
)
def test_contradictions_are_one_line_before_any_work(here, capsys, bindings, message):
    assert dlib_train(*bindings) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not CALLS
    assert not (here / "output").exists()


def test_where_a_schedule_lies():
    assert str(train.schedule_directory("a/0/model")) == "a/0/annealing"
    assert str(train.schedule_directory("a/mine")) == "a/mine_annealing"


def test_the_report_sets_table_2_beside_it(tmp_path):
    (tmp_path / "points.csv").write_text(
        "factor,outcome,beta\nposX,found,100\nposX,found,120\nposX,at_once,\n"
        "shape,found,30\nshape,never,\nshape,never,\n"
    )
    found = {"betas": [95.0, 3.14159], "group_sizes": [3, 2], "groups": [["posX"], ["shape"]]}
    auto_report.write(tmp_path, found, "dsprites_full")
    report = files.read_json(tmp_path / "schedule.json")
    assert report["medians"] == {"posX": 120.0, "shape": 0.0}
    assert report["table_2"] == {"betas": [70.0, 30.0, 12.0, 4.0], "group_sizes": [3, 3, 3, 3]}
    text = (tmp_path / "schedule.md").read_text()
    for line in (
        "| 1 | 95 | 3 | posX (120) |",
        "| 2 | 3.142 | 2 | shape (below the last beta) |",
        "| stages (G) | 2 | 4 |",
        "| pressures | 95, 3.142 | 70, 30, 12, 4 |",
        "| latents per group (K) | 3, 2 | 3, 3, 3, 3 |",
    ):
        assert line in text


@pytest.mark.parametrize(
    ("name", "betas", "size"),
    [
        ("color_dsprites", [160, 105, 30, 4], 3),
        ("smallnorb", [50, 1], 5),
        ("scream_dsprites", [140, 1], 5),
    ],
)
def test_table_2_of_the_other_sets(name, betas, size):
    assert auto_report.table_2(name) == {"betas": betas, "group_sizes": [size] * len(betas)}


@pytest.mark.parametrize("name", ["deft_auto.gin", "deft_auto_dsprites_demo.gin"])
def test_the_shipped_configurations_could_train(name):
    with gin_utils.configured([name]):
        auto._check_nothing_is_set_twice()
        auto._check_training(gin_utils.config_text())
