"""The tables of the benchmarks, from points made by hand."""

import importlib
import math
from pathlib import Path

import numpy as np
import pytest

from dlib.annealing.batched_test import Curve

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
INF = math.inf


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module


def test_censored_points_count_in_medians_and_a_ratio_needs_two_numbers(benchmark):
    table = benchmark("annealing_invariance")
    points = {
        "standard": {"posX": [70.0, 80, 90, 100, 110], "shape": [0.0, 0, 0, 6, 8]},
        "lite": {"posX": [0.0, 0, 30, 45, 60], "shape": [6.0, 7, 8, 9, INF]},
        "late": {"posX": [0.0, 0, 0, 10, 12], "shape": [0.0, 0, 0, 0, 0]},
        "early": {"posX": [INF, INF, INF, INF, 120], "shape": [2.0, 2, 2, 2, 2]},
    }
    lines = table.as_markdown(points, [200.0, 1.0]).splitlines()
    assert lines[0] == "| factor | standard | lite | late | early |"
    # Of the found alone the medians would be 45, 11 and 120.
    assert lines[2].split(" | ")[1:] == [
        "90 (80 to 100), x1.00",
        "30 (below 1 to 45), x0.33, 2 censored",
        "below 1 (below 1 to 10), 3 censored",
        "above 200 (above 200 to above 200), 4 censored |",
    ]
    assert lines[3].split(" | ")[1:] == [
        "below 1 (below 1 to 6), 3 censored",
        "8 (7 to 9), 1 censored",
        "below 1 (below 1 to below 1), 5 censored",
        "2 (2 to 2) |",
    ]
    rows = table.as_csv(points, [200.0, 1.0]).splitlines()
    assert rows[0] == "setting,factor,tests,censored,lower,median,upper"
    assert rows[3] == "lite,posX,5,2,below 1,30,45"


def test_the_lag_of_a_direction_that_has_no_number_is_told_in_words(benchmark):
    lag = benchmark("annealing_lag")
    assert [lag.cell(median, 20.0).strip() for median in (15.0, 0.0, INF)] == [
        "0.750",
        "never",
        "at once",
    ]


def test_a_network_that_never_fell_silent_was_frozen_at_once(benchmark, monkeypatch):
    lag = benchmark("annealing_lag")
    none = np.zeros(0)
    curve = Curve(none, none, np.zeros((0, 3)), none, 300, False, none, np.zeros((0, 3)))
    monkeypatch.setattr(lag, "run_tests", lambda *_, **__: [curve])
    assert lag.points(100, 0) == [INF, INF, INF]
