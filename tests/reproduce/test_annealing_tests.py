"""Medians of freezing points in the reports of the scripts, with censored ones among them."""

import csv
import importlib
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dlib.annealing.pictures import read_points

SCRIPTS = Path(__file__).resolve().parents[2] / "reproduce"


def bare_report(exhibit):
    """A script's report that takes down what is added, without flags and folders."""
    report = object.__new__(exhibit.Report)
    report.rows = []
    return report


@pytest.fixture
def added(monkeypatch):
    """The row that some points become."""
    monkeypatch.syspath_prepend(SCRIPTS)
    exhibit, tests = importlib.import_module("exhibit"), importlib.import_module("annealing_tests")

    def add(points, paper=""):
        report = bare_report(exhibit)
        tests.add_points(report, "point", points, paper)
        (row,) = report.rows
        return row

    return add


def test_points_that_all_have_numbers_are_scores(added):
    row = added([30.0, 10.0, 20.0, 50.0, 40.0], 32)
    assert (row["quantity"], row["obtained"], row["paper"]) == ("point, median", 30, 32)
    assert (row["runs"], row["note"]) == (5, "")
    assert 10 <= row["ci_low"] < 30 < row["ci_high"] <= 50


def test_censored_points_count_by_their_rank(added):
    row = added([0, 10.0, 20.0, 30.0, math.inf, 25.0, 0])
    assert row["obtained"] == 20  # of the found alone it would be 22.5
    assert (row["ci_low"], row["ci_high"]) == ("below the last beta", 30)
    assert row["runs"] == 7
    assert row["note"] == "of 7: 2 never froze, 1 frozen at once"


def test_a_median_among_the_censored_is_told_in_words(added):
    assert added([0, 0, 0, 10.0, 20.0])["obtained"] == "below the last beta"
    assert added([math.inf] * 5)["obtained"] == "above the first beta"
    assert added([0] * 5)["ci_high"] == "below the last beta"


def test_figure_4_tells_the_points_of_the_whole_set_and_of_latents_and_the_changes(
    monkeypatch, tmp_path
):
    monkeypatch.syspath_prepend(SCRIPTS)
    exhibit, figure04 = importlib.import_module("exhibit"), importlib.import_module("figure04")
    rows = ["factor,repeat,latent,outcome,beta"]
    for repeat, whole in enumerate((30, 31, 32, 33, 34)):
        rows += [f"whole_set,{repeat},,found,{whole}", f"latent_1,{repeat},0,found,{whole - 5}"]
        rows += [f"latent_{d},{repeat},{d},found,{whole - 5 * d}" for d in (2, 3, 4)]
    (tmp_path / "points.csv").write_text("\n".join(rows) + "\n")
    losses = ["quantity,beta,median", "reconstruction,200,150.5", "reconstruction,1,20.25"]
    (tmp_path / "information.csv").write_text("\n".join(losses) + "\n")
    change = {"beta": 31.4, "low": 28, "high": 33, "found": 0.9}
    found = {"change_points": [
        change | {"before": 2, "after": 5},
        change | {"beta": 150, "before": 0, "after": 2},
        change | {"beta": 10, "before": 5, "after": 3},  # nothing freezes
    ]}  # fmt: skip
    monkeypatch.setattr(figure04.annealing_tests, "anneal", lambda *_: (tmp_path, found))
    report = bare_report(exhibit)
    report.flags = SimpleNamespace(budget="cpu", datasets=["dsprites_full"])
    report.available = lambda datasets: datasets
    figure04.draw(report)
    told = {row["quantity"]: row["obtained"] for row in report.rows}
    assert told == {
        "freezing point of the whole set, dsprites_full, median": 32,
        "freezing point of the first latent, dsprites_full, median": 27,
        "freezing point of the second latent, dsprites_full, median": 22,
        "freezing point of the third latent, dsprites_full, median": 17,
        "changes of the increment, dsprites_full": "31.4 [28, 33] in 90% of draws, "
        "150 [28, 33] in 90% of draws",
        "reconstruction loss before and after the fall, dsprites_full": "150.5 to 20.2 nats",
    }
    assert [row["paper"] for row in report.rows[:4]] == [32, "", "", ""]


def test_the_kept_results_of_figure_9_are_those_of_the_kept_points(added, tmp_path):
    folder = SCRIPTS / "results" / "figure09"
    (tmp_path / "points.csv").write_bytes((folder / "dsprites_full_points.csv").read_bytes())
    with open(folder / "obtained.csv", encoding="utf-8", newline="") as file:
        kept = {row["quantity"]: row for row in csv.DictReader(file)}
    for factor, points in read_points(tmp_path).items():
        row = kept[f"freezing point, {factor} of dsprites_full, median"]
        made = added(points)
        for column in ("obtained", "ci_low", "ci_high"):
            np.testing.assert_allclose(float(row[column]), made[column], rtol=1e-12)
        assert (row["runs"], row["note"]) == (str(made["runs"]), made["note"])
