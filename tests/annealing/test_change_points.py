import math

import numpy as np
import pytest

from dlib.annealing.change_points import change_points
from dlib.utils.errors import DlibError

BETAS = np.geomspace(100, 1, 99)
LEVELS = np.select([BETAS > 40, BETAS > 10, BETAS > 4], [0.0, 0.5, 1.5], 2.0)


def noisy(seed, deviation=0.05):
    return LEVELS + deviation * np.random.RandomState(seed).randn(99)


def test_steps_are_found_where_they_are_and_with_their_levels():
    found = change_points(BETAS, LEVELS)
    assert [point.rises for point in found] == [True, True, True]
    for point, beta in zip(found, (40, 10, 4), strict=True):
        assert point.beta == pytest.approx(beta, rel=0.03)
        assert math.isnan(point.low)
        assert math.isnan(point.found)
    np.testing.assert_allclose([p.before for p in found], [0, 0.5, 1.5])
    np.testing.assert_allclose([p.after for p in found], [0.5, 1.5, 2.0])


def test_noise_moves_them_little_and_resampling_tells_how_much():
    resampled = [noisy(seed, 0.2) for seed in range(1, 60)]
    found = change_points(BETAS, noisy(0, 0.2), resampled)
    assert len(found) == 3
    for point, beta in zip(found, (40, 10, 4), strict=True):
        assert point.low <= point.beta <= point.high
        assert point.low <= beta * 1.05
        assert point.high >= beta * 0.95
        assert point.high / point.low < 1.5
        assert point.found >= 0.9
    # The largest step is the most certain.
    widths = [point.high / point.low for point in found]
    assert min(widths) == widths[1]


def test_what_falls_is_told_from_what_rises():
    found = change_points(BETAS, np.where((BETAS < 30) & (BETAS > 20), 2.0, 0.5))
    assert [point.rises for point in found] == [True, False]


def test_a_level_a_drift_below_the_least_jump_and_a_short_curve_have_none():
    assert change_points(BETAS, np.full(99, 0.7)) == ()
    assert change_points(BETAS, np.linspace(0, 0.2, 99)) == ()
    assert change_points(BETAS[:5], LEVELS[:5]) == ()
    small = np.where(BETAS > 10, 0.0, 0.3)
    assert len(change_points(BETAS, small)) == 1
    assert change_points(BETAS, small, least_jump=0.35) == ()


def test_pure_noise_has_none():
    noise = np.random.RandomState(3).randn(99)
    assert change_points(BETAS, noise) == ()


@pytest.mark.parametrize(
    "wrong", [{"penalty": -1}, {"least_jump": 0}, {"least_steps": 0}, {"reach": 1}]
)
def test_wrong_settings_are_told(wrong):
    with pytest.raises(DlibError, match=f"change_points.{next(iter(wrong))}"):
        change_points(BETAS, LEVELS, **wrong)


def test_a_rise_by_degrees_is_one_and_equal_rises_further_apart_are_two():
    by_degrees = np.select([BETAS > 12, BETAS > 10], [0.0, 0.6], 2.0)
    (found,) = change_points(BETAS, by_degrees)
    assert found.beta == pytest.approx(10, rel=0.03)  # where most of it is
    assert len(change_points(BETAS, by_degrees, least_ratio=1.1)) == 2
    assert len(change_points(BETAS, np.select([BETAS > 14, BETAS > 10], [0.0, 0.6], 2.0))) == 2


@pytest.mark.parametrize("seed", range(5))
def test_an_interval_holds_its_own_estimate(seed):
    # The rises at 12 and 10 are one; a split of the resamples into two pieces would take the two of
    # them and give the second one, at 10, to the change at 4.
    levels = np.select([BETAS > 12, BETAS > 10, BETAS > 4], [0.0, 0.8, 1.6], 1.9)
    rng = np.random.RandomState(seed)
    resampled = [levels + 0.05 * rng.randn(99) for _ in range(60)]
    found = change_points(BETAS, levels + 0.05 * rng.randn(99), resampled)
    assert len(found) == 2
    for point in found:
        assert point.low <= point.beta <= point.high
        assert point.found == 1
    assert found[0].low > 9.9
    assert found[1].high == pytest.approx(4, rel=0.05)


def test_it_is_told_in_how_many_resamplings_a_change_is_there():
    falls = np.where(BETAS < 10, -1.0, 0.0)
    resampled = [LEVELS] * 6 + [np.zeros(99)] + [falls] * 3  # none, and one that goes the other way
    middle = change_points(BETAS, LEVELS, resampled)[1]
    assert middle.found == pytest.approx(0.6)
    assert middle.low == middle.beta == middle.high
    (only,) = change_points(BETAS, falls, [LEVELS])
    assert (only.found, only.low, only.high) == (0, only.beta, only.beta)
    near = np.where(BETAS < 12, 1.0, 0.0)
    (only,) = change_points(BETAS, -falls, [near], reach=1.1)
    assert only.found == 0
    (only,) = change_points(BETAS, -falls, [near] * 10, reach=1.3)
    assert (only.found, only.low) == (1, only.beta)
    assert only.high == pytest.approx(12, rel=0.03)


def test_two_changes_do_not_share_one_of_a_resampling():
    ours = np.select([BETAS > 14, BETAS > 10], [0.0, 1.0], 2.0)
    one = np.where(BETAS > 11, 0.0, 2.0)  # nearer to 10 than to 14, within reach of both
    first, second = change_points(BETAS, ours, [one])
    assert (first.found, second.found) == (0, 1)
    assert second.high == pytest.approx(11, rel=0.03)
