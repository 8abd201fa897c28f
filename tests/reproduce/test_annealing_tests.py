"""Medians of freezing points in the reports of the scripts, with censored ones among them."""

import csv
import importlib
import math
from pathlib import Path

import numpy as np
import pytest

from dlib.annealing.pictures import read_points

SCRIPTS = Path(__file__).resolve().parents[2] / "reproduce"


class Report:
    """Takes down what is added, as a script's report does."""

    def __init__(self, exhibit):
        self.rows = []
        self._own = exhibit.Report

    def add(self, *given, **named):
        self._own.add(self, *given, **named)

    def add_scores(self, *given):
        self._own.add_scores(self, *given)


@pytest.fixture
def added(monkeypatch):
    """The row that some points become."""
    monkeypatch.syspath_prepend(SCRIPTS)
    exhibit, tests = importlib.import_module("exhibit"), importlib.import_module("annealing_tests")

    def add(points, paper=""):
        report = Report(exhibit)
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
