"""The whole test on drawn squares: their side tells much (it freezes first), a corner little."""

import csv
import re
import shlex
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from dlib.annealing import auto, pictures
from dlib.annealing.anneal import _say, anneal_with_gin
from dlib.annealing.batched_test import Curve
from dlib.annealing.chunks import Test
from dlib.annealing.freezing_point import Criterion
from dlib.annealing.schedule import Schedule
from dlib.commands import anneal as command
from dlib.commands import train
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import files, gin_utils
from dlib.utils.errors import DlibError

SETTINGS = """
dataset.name = "annealing_squares"
decoder.decoder_fn = @standard_decoder
annealing_test.encoder_fn = @lite_encoder
lite_encoder.start = "he_uniform"  # wakes up within the few updates of a test
standard_decoder.start = "he_uniform"
annealing_schedule.start = 60.0
annealing_schedule.steps = 60
annealing_schedule.hold = 60
freezing_point.window = 3
annealing.repeats = 5
annealing.random_seed = 0
annealing.stage_steps = 1
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.learning_rate = 0.004
reconstruction_loss.loss_fn = @bernoulli_loss
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("anneal") / "out"
    return folder, anneal_with_gin(folder, gin_bindings=[SETTINGS])


def test_the_stronger_factor_freezes_first_and_the_weaker_in_a_group_of_its_own(done):
    _, found = done
    assert found["groups"] == [["side"], ["corner"]]  # not the color, which has one value
    assert found["group_sizes"] == [1, 1]
    assert 60 >= found["betas"][0] > found["betas"][1] >= 1


def test_tables_hold_a_row_for_each_test_and_all_settings(done):
    folder, found = done
    with open(folder / "points.csv") as file:
        points = list(csv.DictReader(file))
    assert [(row["factor"], row["repeat"]) for row in points] == [
        (factor, str(repeat)) for factor in ("side", "corner") for repeat in range(5)
    ]
    found_points = [float(row["beta"]) for row in points if row["outcome"] == "found"]
    assert found_points
    assert all(1 <= beta <= 60 for beta in found_points)
    with open(folder / "curves.csv") as file:
        curves = list(csv.DictReader(file))
    assert {(row["factor"], row["repeat"]) for row in curves} <= {
        (row["factor"], row["repeat"]) for row in points
    }
    aggregate = files.read_json(folder / "results" / "aggregate" / "anneal.json")
    assert aggregate["anneal_results.betas"] == found["betas"]
    assert aggregate["anneal_config.annealing_schedule.shape"] == "'exponential'"
    assert aggregate["anneal_config.freezing_point.threshold"] == "0.1"


def test_deft_trains_from_the_file_as_it_is(done, tmp_path):
    config = str(done[0] / "deft.gin")
    with gin_utils.configured([config]):
        assert gin_utils.query("dataset.name") == "annealing_squares"
        assert gin_utils.query("deft.betas") == [float(f"{b:.4g}") for b in done[1]["betas"]]
        assert gin_utils.query("standard_decoder.start") == "he_uniform"  # as in the test
        # The encoder is DEFT's own.
        assert gin_utils.query("lite_encoder.start", None) is None
    short = ["model.batch_size = 4", "model.eval_steps = 1", "train.callbacks = []"]
    train_with_gin(tmp_path / "model", False, [config], short)
    trained = files.read_json(tmp_path / "model" / "results" / "aggregate" / "train.json")
    assert trained["train_results.global_step"] == 2


def test_the_command_that_is_told_next_trains_each_proposal_in_a_folder_of_its_own(
    done, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "squares.gin").write_text(SETTINGS)
    tiny = ["model.batch_size = 4", "model.eval_steps = 1", "train.progress = False"]
    tiny += ["train.callbacks = []", "pipeline.evaluation = []", "pipeline.visualize = False"]
    for name in ("my proposal", "other"):
        shutil.copytree(done[0], name, ignore=shutil.ignore_patterns(".dlib.lock"))
        assert command.main(["--gin_config=squares.gin", f"--output_dir={name}"]) == 0
        (line,) = re.findall("^next: (.*)$", capsys.readouterr().out, re.MULTILINE)
        program, *argv = shlex.split(line)
        assert program == "dlib_train"
        if name == "other":  # other pressures, as of another data set
            path = tmp_path / name / "deft.gin"
            path.write_text(re.sub(r"deft.betas = .*", "deft.betas = [9.0, 2.0]", path.read_text()))
        assert train.main([*argv, *(f"--gin_bindings={line}" for line in tiny)]) == 0
        trained = files.read_json(f"{name}_deft/model/results/aggregate/train.json")
        assert trained["train_results.global_step"] == 2
        assert trained["train_config.AdamOptimizer.learning_rate"] == "0.004"  # as in the test
        assert (tmp_path / f"{name}_deft" / "postprocessed").is_dir()
    assert trained["train_config.deft.betas"] == "[9.0, 2.0]"


def test_a_test_that_is_done_is_not_done_again(done, monkeypatch):
    folder, found = done
    monkeypatch.setattr("dlib.annealing.anneal._run", None)
    assert anneal_with_gin(folder, gin_bindings=[SETTINGS]) == found


def test_a_folder_of_other_settings_is_refused_in_one_line(done, capsys):
    bindings = f"--gin_bindings={SETTINGS}"
    args = [f"--output_dir={done[0]}", "--gin_config=method/beta_vae.gin", bindings]
    assert command.main(args) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_drawing_that_is_interrupted_is_done_again(done, tmp_path, monkeypatch):
    folder = tmp_path / "annealing"
    shutil.copytree(done[0], folder, ignore=shutil.ignore_patterns("*.png", "*.pdf", ".dlib.lock"))
    monkeypatch.setattr(auto, "anneal", lambda *_: done[1])
    monkeypatch.setattr(auto, "_check_training", lambda config: None)

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with gin_utils.configured(bindings=[SETTINGS, "schedule.source = @auto_annealing"]):
        with monkeypatch.context() as patched:
            patched.setattr(pictures.freezing_points, "draw_curve", interrupted)
            with pytest.raises(KeyboardInterrupt):
                auto.find_schedule(folder)
        assert not (folder / "freezing_points.pdf").exists()
        auto.find_schedule(folder)
        assert (folder / "curve_side.pdf").is_file()
        assert (folder / "freezing_points.pdf").is_file()
        monkeypatch.setattr(pictures, "draw", interrupted)  # what is drawn is not drawn again
        auto.find_schedule(folder)


def test_the_command_draws_the_points_beside_them(done):
    pictures.draw(done[0])
    assert (done[0] / "freezing_points.png").read_bytes().startswith(b"\x89PNG")
    assert (done[0] / "freezing_points.pdf").read_bytes().startswith(b"%PDF")
    assert (done[0] / "curve_side.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("binding", "words"),
    [
        ("dataset.name = 'annealing_unlabelled'", "has no labels"),
        ("dataset.name = 'identity'", "use a data set of images"),
        ("annealing.factors = ['color']", "has one value"),
        ("annealing.factors = []", "annealing.factors must be a list"),
        ("annealing.factors = ['side', 1]", "has 'side' twice"),
        ("annealing_schedule.hold = 2", "must be at least freezing_point.window = 3"),
        ("dataset.name = 'triangle_correlated'", "annealing.variant = 'whole_set'"),
        ("annealing.repeats = 4", "too few"),
        ("annealing_schedule.end = 90.0", "must lie above"),
        ("annealing_test.information = 'bits'", "annealing_test.information"),
        ("annealing_test.at_least = 0", "annealing_test.at_least must be a whole number >= 1"),
        ("separation.min_repeats = 0", "separation.min_repeats must be a whole number >= 1"),
        ("annealing_schedule.steps = 2", "must be at least freezing_point.window = 3"),
    ],
)
def test_wrong_settings_are_told_before_any_work(binding, words, tmp_path):
    with pytest.raises(DlibError, match=words):
        anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS, binding])
    assert not (tmp_path / "out").exists()


def test_factors_that_never_freeze_are_told_and_the_curves_are_there_to_look_at(tmp_path):
    high = "annealing_schedule.start = 4000.0", "annealing_schedule.end = 3000.0"
    short = "annealing_schedule.steps = 5", "annealing.factors = ['corner']"
    with pytest.raises(DlibError, match="none of the 5 tests passed 0.1 nats down to beta 3000"):
        anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS, *high, *short])
    rows = (tmp_path / "out" / "points.csv").read_text().splitlines()[1:]
    assert [row.split(",")[2] for row in rows] == ["never"] * 5
    assert not (tmp_path / "out" / "deft.gin").exists()


def test_the_median_of_a_subject_counts_what_never_froze(capsys):
    def a_test(beta):
        betas = np.geomspace(200, 1, 50)
        nats = np.where(betas < beta, 1.0, 0.0)
        held = np.zeros(0), np.zeros((0, 1))
        return Test("posX", 0, (), Curve(betas, nats, nats[:, None], nats, 100, True, *held))

    test = SimpleNamespace(criterion=Criterion(window=1), schedule=Schedule())
    _say("posX", [a_test(beta) for beta in (0, 0, 0, 50, 60)], test)
    _say("posX", [a_test(beta) for beta in (0, 30, 50)], test)
    first, second = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"  posX: median below 1, below 1 to 6\d\.\d \(2 of 5 found\)", first)
    assert re.fullmatch(r"  posX: median 3\d(\.\d)?, below 1 to 5\d\.\d \(2 of 3 found\)", second)
