"""Each script from nothing at the smoke budget, on small batches, small data and one metric."""

import csv
import importlib
import math
from pathlib import Path

import gin
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from dlib.data.ground_truth.ground_truth_data import GroundTruthData, IndexedData
from dlib.data.ground_truth.registry import register
from dlib.report.figures import distributions
from dlib.utils import files
from dlib.visualize import nmi_matrix, visualize_dataset, visualize_model

SCRIPTS = Path(__file__).resolve().parents[2] / "reproduce"
# The methods of Figures 14, 15 and 17, in the order of section 5.4.
THREE = ("cascade_vae_c", "beta_tc_vae", "deft")
LABELS = ("CascadeVAEC", "β-TCVAE", "DEFT")
SMALL = ["model.batch_size = 4", 'pipeline.evaluation = ["metric/mig.gin"]']
# Linear networks: a latent freezes where beta is the variance that it can explain.
LINEAR = [
    "annealing_test.encoder_fn = @exhibit_linear_encoder",
    "whole_set_test.encoder_fn = @exhibit_linear_encoder",
    "whole_set_test.num_latent = 2",
    "whole_set_test.batch_size = 64",
    "whole_set_test.at_once = 5",
    "decoder.decoder_fn = @exhibit_linear_decoder",
    "reconstruction_loss.loss_fn = @exhibit_gaussian_loss",
    "annealing_schedule.start = 40.0",
    "annealing_schedule.end = 3.0",
    "annealing_schedule.steps = 900",
    "freezing_point.window = 25",
    "information_curve.num_steps = 50",
    "information_curve.draws = 100",
    "annealing.processes = 1",
    "AdamOptimizer.learning_rate = 0.1",
]
FACTORS = ["dataset.name = 'exhibit_grid'", *LINEAR]
WHOLE_SET = ["dataset.name = 'exhibit_points'", *LINEAR]


@register("exhibit_points")
class Points(IndexedData):
    """Unlabelled points with variances 30 and 6, exactly."""

    source = "drawn"
    factor_names = ()
    factors_num_values = ()
    observation_shape = (1, 2, 1)
    num_images = 64

    def __init__(self):
        axes = np.sqrt(2 * np.diag([30.0, 6.0]))
        self.points = np.tile(np.concatenate([axes, -axes]), (16, 1)).astype(np.float32)

    def sample_factors(self, num, random_state):
        return np.zeros((num, 0), np.int64)

    def sample_indices(self, factors, random_state):
        return random_state.randint(self.num_images, size=len(factors))

    def observations_at(self, indices, random_state):
        return self.points[indices].reshape(-1, 1, 2, 1)


class Linear(nn.Module):
    """Linear means and one free log-variance for each latent."""

    def __init__(self, inputs, latents):
        super().__init__()
        self.mean = nn.Linear(inputs, latents)
        nn.init.normal_(self.mean.weight, std=0.01)
        self.logvar = nn.Parameter(torch.zeros(latents))

    def forward(self, images):
        mean = self.mean(images.flatten(1))
        return mean, self.logvar.expand_as(mean)


@gin.configurable("exhibit_linear_encoder", denylist=["observation_shape", "num_latent"])
def linear_encoder(observation_shape, num_latent):
    return Linear(math.prod(observation_shape), num_latent)


@gin.configurable("exhibit_linear_decoder", denylist=["num_latent", "observation_shape"])
def linear_decoder(num_latent, observation_shape):
    layer = nn.Linear(num_latent, math.prod(observation_shape))
    nn.init.normal_(layer.weight, std=0.01)
    return nn.Sequential(layer, nn.Unflatten(1, (1, 1, 2)))


@gin.configurable("exhibit_gaussian_loss", allowlist=[])
def gaussian_loss(true_images, reconstructed_images, activation):
    return (true_images - reconstructed_images).square().flatten(1).sum(1) / 2


@register("exhibit_grid")
class Grid(GroundTruthData):
    """Points with two factors, of variance 30 and 6."""

    source = "drawn"
    factor_names = ("wide", "narrow")
    factors_num_values = (2, 2)
    observation_shape = (1, 2, 1)

    def sample_factors(self, num, random_state):
        return random_state.randint(2, size=(num, 2))

    def sample_observations_from_factors(self, factors, random_state):
        signs = 2.0 * np.asarray(factors) - 1
        return (signs * np.sqrt([30.0, 6.0])).astype(np.float32).reshape(-1, 1, 2, 1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def script(monkeypatch, runs, tmp_path):
    """Runs a script at the smoke budget; returns its numbers by quantity, and its report."""
    monkeypatch.syspath_prepend(SCRIPTS)

    def run(name, *flags, gin=SMALL):
        module = importlib.import_module(name)
        bindings = [f"--gin_bindings={line}" for line in gin]
        common = ["--budget=smoke", f"--runs={runs}", f"--output={tmp_path}", "--workers=0"]
        assert module.main([*common, *flags, *bindings]) == 0
        with open(tmp_path / "obtained.csv", encoding="utf-8", newline="") as file:
            numbers = {row["quantity"]: row for row in csv.DictReader(file)}
        return numbers, files.read_json(tmp_path / "report.json")

    return run


def chairs_of_grey(folder):
    """Files of 3D Chairs: two models, 62 views each, a grey square on white."""
    for number in range(2):
        renders = folder / "chairs3d" / "rendered_chairs" / f"model{number}" / "renders"
        renders.mkdir(parents=True)
        for view in range(62):
            pixels = np.full((64, 64), 255, np.uint8)
            pixels[20:40, 10 + view // 2 : 30 + view // 2] = 100 * number
            Image.fromarray(pixels).save(renders / f"image_{view:03}.png")


def pictures(folder):
    return {path.name for path in folder.glob("*.png") if path.stat().st_size > 1000}


def test_figure_1(script, tmp_path):
    numbers, told = script("figure01", "--seeds=1")
    for label in ("β-VAE", "β-TCVAE", "AnnealedVAE"):
        row = numbers[f"MIG, {label}, median"]
        assert 0 <= float(row["obtained"]) < 0.5
        assert (row["runs"], row["ci_low"]) == ("1", "")
    assert pictures(tmp_path) == {"scores.png"}
    assert told["budget"] == "smoke"
    assert told["seconds_of_trainings"] > 0


def test_table_4_and_figure_13_share_their_runs(script, tmp_path, runs, capsys):
    flags = ("--datasets=dsprites_full,smallnorb", "--seeds=1")
    numbers, told = script("table04_figures10_11_12", *flags)
    paper = {"DEFT": 8, "β-VAE": 16, "β-TCVAE": 2, "AnnealedVAE": 0, "CascadeVAEC": 0}
    for method, percent in paper.items():
        rate = numbers[f"failure rate (%), {method}, dSprites"]
        assert (rate["obtained"], float(rate["paper"]), rate["runs"]) == ("100.0", percent, "1")
    assert numbers["smallnorb"]["obtained"] == "not run"  # its files are not there
    assert "dlib_download_data smallnorb" in numbers["smallnorb"]["note"]
    for stage in (1, 2, 3, 4):  # not the MIG that Figure 10 shows
        note = numbers[f"MIG of DEFT after stage {stage}, dSprites, median"]["note"]
        assert "of its own draw" in note
    assert any("smoke (80 updates)" in note for note in told["notes"])
    drawn = pictures(tmp_path)
    assert {"table4_failure_rate.png", "figure12_mig_per_stage.png"} < drawn
    trained = [path.stat().st_mtime_ns for path in runs.rglob("train_results.json")]
    capsys.readouterr()
    numbers, _ = script("figure13", "--datasets=dsprites_full", "--seeds=1")
    assert 0 <= float(numbers["highest MIG of DEFT, dSprites"]["obtained"]) < 0.1
    assert "traversals_dsprites_full.png" in pictures(tmp_path)
    assert trained == [path.stat().st_mtime_ns for path in runs.rglob("train_results.json")]
    assert "lowest freezing point" in capsys.readouterr().out  # the claim


def test_figure_8(script, tmp_path, monkeypatch):
    drawn = []
    draw_rows = _recording(drawn, "rows", visualize_dataset.draw_rows)
    monkeypatch.setattr(visualize_dataset, "draw_rows", draw_rows)
    numbers, _ = script("figure08", "--datasets=dsprites_full,smallnorb")
    row = numbers["values of the factors, dsprites_full"]
    assert row["obtained"] == row["paper"] == "3, 6, 40, 32, 32"
    assert "factors.png" in pictures(tmp_path / "dsprites_full")
    assert [given[0] for _, given in drawn] == ["dSprites"]  # as the paper prints it
    assert numbers["smallnorb"]["obtained"] == "not run"
    assert str(Path.cwd()) not in numbers["smallnorb"]["note"]  # the results are kept


def test_figure_8_has_all_four_data_sets_of_its_own_accord(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(SCRIPTS)
    figure08, asked = importlib.import_module("figure08"), []
    monkeypatch.setattr(figure08, "draw", lambda report: asked.extend(report.flags.datasets))
    assert figure08.main([f"--output={tmp_path}"]) == 0
    assert sorted(asked) == ["color_dsprites", "dsprites_full", "scream_dsprites", "smallnorb"]


def test_figures_14_and_15_share_their_runs(script, tmp_path, runs, monkeypatch):
    drawn = recorded(monkeypatch)
    numbers, _ = script("figure14", "--seeds=2")
    assert pictures(tmp_path) == {"a_data.png", "b_nmi.png", "c_scores.png"}
    matrices = [given[0] for name, given in drawn if name == "nmi_heat_map"]
    ((_, groups, *caption),) = (given for name, given in drawn if name == "wrapped")
    # One order everywhere, that of section 5.4, and no line where a run counts as failed.
    assert list(groups) == list(THREE)
    assert [q for q in numbers if q.startswith("MIG")] == [f"MIG, {m}, median" for m in LABELS]
    assert caption == [("Budget: smoke. Runs of each: 2. Line: median.",)]
    count = len(list(runs.rglob("train_results.json")))
    drawn.clear()
    numbers, _ = script("figure15", "--seeds=2")
    for label in LABELS:
        assert float(numbers[f"its reconstruction error, {label}"]["obtained"]) > 0
    assert pictures(tmp_path) >= {"traversals.png", *(f"traversals_{m}.png" for m in THREE)}
    assert count == len(list(runs.rglob("train_results.json")))
    # Both say the same of a latent.
    traversed = [given[1].nmi for name, given in drawn if name == "traversal_picture"]
    assert len(traversed) == len(matrices) == 3
    for pair in zip(traversed, matrices, strict=True):
        np.testing.assert_array_equal(*pair)


def recorded(monkeypatch):
    """Names and arguments of the pictures that are drawn from now on."""
    calls = []
    for module, name in (
        (nmi_matrix, "nmi_heat_map"), (visualize_model, "traversal_picture"),
        (distributions, "wrapped"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, _recording(calls, name, getattr(module, name)))
    return calls


def _recording(calls, name, function):
    def call(*given):
        calls.append((name, given))
        return function(*given)

    return call


def test_figure_17(script, tmp_path, monkeypatch):
    chairs_of_grey(tmp_path / "data")
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
    numbers, _ = script("figure17", gin=["model.batch_size = 4"])
    for label in LABELS:
        assert float(numbers[f"reconstruction error, {label}"]["obtained"]) > 0
        assert 0 <= int(numbers[f"latents with 0.1 nats or more, {label}"]["obtained"]) <= 9
    assert pictures(tmp_path) == {"traversals.png", *(f"traversals_{m}.png" for m in THREE)}


def test_figure_17_without_its_files(script, tmp_path):
    numbers, _ = script("figure17")
    assert numbers["chairs3d"]["obtained"] == "not run"
    assert pictures(tmp_path) == set()


def test_figure_4(script, tmp_path):
    numbers, _ = script("figure04", "--datasets=triangle_correlated", gin=WHOLE_SET)
    assert numbers["freezing point of the whole set, triangle_correlated, median"]["paper"] == "32"
    for rank, variance, lag in (("first", 30, 0.3), ("second", 6, 0.4)):  # a fast fall
        row = numbers[f"freezing point of the {rank} latent, triangle_correlated, median"]
        assert float(row["obtained"]) == pytest.approx(variance, rel=lag)
    assert "changes of the increment, triangle_correlated" in numbers
    assert "triangle_correlated_information.png" in pictures(tmp_path)


def test_figure_9(script, tmp_path):
    numbers, _ = script("figure09", "--datasets=triangle_correlated", gin=FACTORS)
    for name, variance in (("wide", 30), ("narrow", 6)):
        row = numbers[f"freezing point, {name} of triangle_correlated, median"]
        assert float(row["obtained"]) == pytest.approx(variance, rel=0.3)
        assert row["note"] == ""  # none is censored
    assert "triangle_correlated_freezing_points.png" in pictures(tmp_path)


def test_figure_16(script, tmp_path):
    numbers, _ = script("figure16", "--datasets=triangle_correlated", gin=WHOLE_SET)
    assert numbers["pressures, triangle_correlated"]["runs"] == "5"
    assert "changes of the increment, triangle_correlated" in numbers
    assert "triangle_correlated_increment.png" in pictures(tmp_path)
