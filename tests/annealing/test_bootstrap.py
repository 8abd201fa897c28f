import math

import numpy as np
import pytest

from dlib.annealing.bootstrap import median_interval, resampled

INF = math.inf


def test_what_was_seen_together_is_drawn_together():
    points = {"first": [1.0, 2, 3, 4, 5], "second": [10.0, 20, 30, 40, 50]}
    together = resampled(points, np.random.RandomState(0), together=True, draws=30)
    assert together["first"].shape == (30, 5)
    np.testing.assert_array_equal(10 * together["first"], together["second"])
    apart = resampled(points, np.random.RandomState(0), draws=30)
    assert (10 * apart["first"] != apart["second"]).any()
    assert set(np.unique(apart["second"])) == set(points["second"])


def test_the_interval_of_a_median_has_the_binomials_coverage():
    # The median of 5 draws of 1 ... 5 is at most 1 if three or more are 1: 0.0579. So 2.5 % of the
    # draws lie below 1 and none below it.
    rows = resampled({"a": [1.0, 2, 3, 4, 5]}, np.random.RandomState(0), draws=4000)["a"]
    assert np.mean(np.median(rows, axis=1) == 1) == pytest.approx(0.0579, abs=0.015)
    assert median_interval(rows) == (1, 5)
    assert median_interval(rows, level=0.5) == (2, 4)  # at most 2: 0.317


def test_points_without_a_number_count_by_their_rank():
    rows = resampled({"a": [0.0, 0, 20, 30, INF]}, np.random.RandomState(0))["a"]
    assert median_interval(rows) == (0, INF)
    assert median_interval([[0.0, 0, 30], [0, 30, 30], [30, 30, 30]], level=0.4) == (0, 30)
