"""The whole test on drawn squares: their side tells much (it freezes first), a corner little."""

import csv

import pytest

from dlib.annealing.anneal import anneal_with_gin
from dlib.commands import anneal as command
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
    short = ["model.batch_size = 4", "model.eval_steps = 1", "train.callbacks = []"]
    train_with_gin(tmp_path / "model", False, [config], short)
    trained = files.read_json(tmp_path / "model" / "results" / "aggregate" / "train.json")
    assert trained["train_results.global_step"] == 2


def test_a_test_that_is_done_is_not_done_again(done, monkeypatch):
    folder, found = done
    monkeypatch.setattr("dlib.annealing.anneal._run", None)
    assert anneal_with_gin(folder, gin_bindings=[SETTINGS]) == found


def test_a_folder_of_other_settings_is_refused_in_one_line(done, capsys):
    bindings = f"--gin_bindings={SETTINGS}"
    args = [f"--output_dir={done[0]}", "--gin_config=method/beta_vae.gin", bindings]
    assert command.main(args) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_draws_the_points_beside_them(done):
    command.draw(done[0])
    assert (done[0] / "freezing_points.png").read_bytes().startswith(b"\x89PNG")
    assert (done[0] / "freezing_points.pdf").read_bytes().startswith(b"%PDF")
    assert (done[0] / "curve_side.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("binding", "words"),
    [
        ("dataset.name = 'annealing_unlabelled'", "has no labels"),
        ("dataset.name = 'identity'", "use a data set of images"),
        ("annealing.factors = ['color']", "has one value"),
        ("annealing.repeats = 4", "too few"),
        ("annealing_schedule.end = 90.0", "must lie above"),
        ("annealing_test.information = 'bits'", "annealing_test.information"),
    ],
)
def test_wrong_settings_are_told_before_any_work(binding, words, tmp_path):
    with pytest.raises(DlibError, match=words):
        anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS, binding])
