"""The scripts of tracked trainings from nothing at the smoke budget, on small batches and data."""

import argparse
import csv
import importlib
from pathlib import Path

import pytest

from dlib.evaluation import array_scores

SCRIPTS = Path(__file__).resolve().parents[2] / "reproduce"
SMALL = ["dataset.name = 'triangle_correlated'", "model.batch_size = 4", "tracker.num_points = 300"]
SMALL += ["tracker.num_samples = 50"]
VOTES = {"num_train": 200, "num_eval": 100}  # of the beta-VAE metric, most of a visit's time


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def script(monkeypatch, runs, tmp_path):
    """Runs a script; returns what it obtained by quantity."""
    monkeypatch.syspath_prepend(SCRIPTS)
    monkeypatch.setattr(array_scores, "SIZES", {**array_scores.SIZES, **VOTES})

    def run(name, *flags):
        bindings = [f"--gin_bindings={line}" for line in SMALL]
        common = ["--budget=smoke", f"--runs={runs}", f"--output={tmp_path}", "--workers=0"]
        assert importlib.import_module(name).main([*common, *flags, *bindings]) == 0
        with open(tmp_path / "obtained.csv", encoding="utf-8", newline="") as file:
            return {row["quantity"]: row["obtained"] for row in csv.DictReader(file)}

    return run


def pictures(folder):
    return {path.stem for path in folder.glob("*.png") if path.with_suffix(".csv").exists()}


def test_figure_2_has_three_scores(script, tmp_path):
    numbers = script("figure02")
    for score in ("β-VAE metric", "MIG", "DCI disentanglement"):
        for label in ("β-VAE", "β-TCVAE", "AnnealedVAE", "CascadeVAEC"):
            assert 0 <= float(numbers[f"{score} at the end, {label}, median"]) <= 1
    assert pictures(tmp_path) == {"scores"}


def test_figure_3_takes_the_run_of_figure_2(script, tmp_path):
    numbers = script("figure03")
    factors = ("posX", "posY", "orientation")
    assert {f"diffusion index, {name}" for name in factors} <= {
        n.split(", median")[0] for n in numbers
    }
    assert pictures(tmp_path) == {"nmi"}


def test_figure_7_draws_the_capacity(script, tmp_path):
    numbers = script("figure07")
    quantity = "mutual information I(x; z), nats at the end"
    assert {f"{quantity}, {m}, median" for m in ("CascadeVAEC", "DEFT")} < set(numbers)
    gap = float(numbers["C - I(x; z) at the end, nats, AnnealedVAE, median"])
    information = float(numbers[f"{quantity}, AnnealedVAE, median"])
    assert gap + information == pytest.approx(25.0)  # the threshold is at 60 % of the updates
    assert pictures(tmp_path) == {"information"}


def test_a_course_ends_with_the_median_of_its_runs_and_an_interval(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(SCRIPTS)
    exhibit, tracked = map(importlib.import_module, ("exhibit", "tracked"))
    from dlib.evaluation.tracks import Track
    from dlib.visualize.run_groups import Group

    courses = [[0.1, 0.4, 0.2], [0.3, 0.6, 0.5], [0.2, 0.5, 0.3]]
    found = [
        Track(tmp_path, {}, [{"step": 10 * i, "mig": mig} for i, mig in enumerate(course)])
        for course in courses
    ]
    report = exhibit.Report("x", "a claim", argparse.Namespace(output=tmp_path))
    tracked.add_course(report, [Group("DEFT", found)], "mig", "MIG")
    (row,) = report.rows
    assert row["quantity"] == "MIG at the end, DEFT, median"
    assert row["obtained"] == pytest.approx(0.3)
    # The least of three is the median of a resample in 7 of 27 cases, so is the greatest.
    assert (row["ci_low"], row["ci_high"], row["runs"]) == (0.2, 0.5, 3)
    assert row["note"] == "largest median 0.500 at update 10"


def test_figure_6_answers_for_each_gamma(script, tmp_path):
    numbers = script("figure06_gamma")
    assert float(numbers["gain of I(x; z) in stage 2, nats, the first group, gamma 0"]) == 0.0
    assert sum(name.startswith("NMI2 after stage 2") for name in numbers) == 5
    assert pictures(tmp_path) == {"nmi_by_gamma"}
    with open(tmp_path / "gamma.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["gamma"] for row in rows] == ["0.0", "0.1", "0.3", "0.5", "1.0"]
    assert float(rows[0]["encoder_change"]) == 0.0 < float(rows[1]["encoder_change"])
