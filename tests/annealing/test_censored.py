import math

import numpy as np
import pytest

from dlib.annealing import censored

INF = math.inf


@pytest.mark.parametrize(
    ("bounds", "middle"),
    [
        ([30.0, 10.0, 20.0], 20),
        ([10.0, 20.0], 15),
        # The same ranks, some without a number: three that never froze pull the median down.
        ([0.0, 0.0, 0.0, 40.0, 50.0], 0),
        ([0.0, 10.0, 20.0, 30.0], 15),
        ([INF, 10.0, 20.0, 30.0], 25),
        ([INF, INF, 30.0], INF),
        # Between a number and none there is no number; the lower one stands for it.
        ([0.0, 10.0], 0),
        ([10.0, INF], 10),
        ([0.0, INF], 0),
    ],
)
def test_the_median_needs_ranks_only(bounds, middle):
    assert censored.median(bounds) == middle
    assert censored.quantile(bounds, 0.5) == middle


def test_quantiles_are_numpys_where_all_points_have_numbers():
    bounds = np.random.RandomState(0).uniform(1, 200, 10)
    for share in (0, 0.025, 0.25, 0.5, 0.75, 1):
        assert censored.quantile(bounds, share) == np.quantile(bounds, share)
    assert censored.median(bounds) == np.median(bounds)


def test_a_quantile_among_the_censored_has_no_number():
    bounds = [0.0, 0.0, 8.0, 9.0, INF]
    assert [censored.quantile(bounds, q) for q in (0, 0.25, 0.5, 0.75, 1)] == [0, 0, 8, 9, INF]
    assert censored.quantile(bounds, 0.6) == pytest.approx(8.4)
    assert censored.quantile(bounds, 0.3) == 0  # between 0 and 8


def test_bounds_are_told_with_the_ends_of_the_fall():
    assert censored.told(12.345) == "12.3"
    assert censored.told(12.3461, digits=4) == "12.35"
    assert censored.told(0.0, 200, 1) == "below 1"
    assert censored.told(INF, 200.0, 1) == "above 200"
    assert censored.told(0.0) == "below the last beta"
    assert censored.told(INF) == "above the first beta"
