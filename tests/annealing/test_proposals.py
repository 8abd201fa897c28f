"""A known spectrum of latents, with and without noise, gives the right groups."""

import math

import numpy as np
import pytest

from dlib.annealing.batched_test import Curve
from dlib.annealing.chunks import Test
from dlib.annealing.freezing_point import Criterion
from dlib.annealing.proposals import (
    begin_of_groups,
    check_settings,
    from_factors,
    from_whole_set,
    points_by_rank,
)
from dlib.annealing.schedule import Schedule
from dlib.utils.errors import DlibError

SCHEDULE = Schedule(start=100, end=1, steps=4000)


def a_test(repeat, spectrum, settled=True):
    """What a network on linear-Gaussian data of this spectrum shows, in an order of its own."""
    rng = np.random.RandomState(repeat)
    betas = SCHEDULE.betas() if settled else np.zeros(0)
    spectrum = rng.permutation(np.array(spectrum) * np.exp(0.03 * rng.randn(len(spectrum))))
    nats = np.maximum(0, 0.5 * np.log(spectrum / betas[:, None]))  # [T, D]
    nats = np.maximum(0, nats + 0.01 * rng.randn(*nats.shape))
    held = nats[:0].sum(1), nats[:0]
    curve = Curve(betas, nats.sum(1), nats, 100 - nats.sum(1), 9, settled, *held)
    return Test("whole_set", repeat, (), curve)


def propose_factors(tests):
    return from_factors(tests, SCHEDULE, Criterion(), np.random.RandomState(0))


def propose(tests):
    return from_whole_set(tests, SCHEDULE, Criterion(), np.random.RandomState(0))


def test_clusters_of_a_spectrum_give_groups_sizes_and_pressures():
    # Two, two and one direction; the rest freezes below the end of the fall.
    tests = [a_test(r, [60, 56, 18, 17, 4, 0.5, 0.3]) for r in range(6)]
    found = propose(tests).separation
    assert found.groups == (("latent_1", "latent_2"), ("latent_3", "latent_4"), ("latent_5",))
    assert found.group_sizes == (2, 2, 1)
    # Each pressure lies below its cluster's points (l exp(-0.2)) and above the next cluster.
    for beta, own, following in zip(found.betas, (56, 17, 4), (18, 4, 0), strict=True):
        assert following < beta < own * math.exp(-0.2)
    assert found.group_overlaps == (0, 0)
    overlaps = {(pair.upper, pair.lower): pair.overlap for pair in found.overlaps}
    assert overlaps["latent_2", "latent_3"] == overlaps["latent_4", "latent_5"] == 0
    # The increment changes at three pressures only.
    assert [pair.may_part for pair in found.overlaps] == [False, True, False, True]


def test_change_points_are_those_of_the_spectrum():
    found = propose([a_test(r, [50, 50, 10, 10, 10]) for r in range(6)]).change_points
    assert [point.rises for point in found] == [True, True]
    for point, (beta, before, after) in zip(found, [(50, 0, 1), (10, 1, 2.5)], strict=True):
        assert point.beta == pytest.approx(beta, rel=0.1)
        assert (point.before, point.after) == pytest.approx((before, after), abs=0.1)
        assert point.low <= point.beta <= point.high
        assert point.found == 1


def test_a_single_cluster_is_one_group():
    found = propose([a_test(r, [30, 29, 28]) for r in range(5)]).separation
    assert found.group_sizes == (3,)
    assert found.betas[0] < 28 * math.exp(-0.2)


def test_latents_are_told_apart_by_the_order_of_freezing():
    points = points_by_rank([a_test(r, [60, 20, 0.5]) for r in range(5)], Criterion())
    assert list(points) == ["latent_1", "latent_2"]
    np.testing.assert_allclose(np.median(points["latent_1"]), 60 * math.exp(-0.2), rtol=0.1)
    np.testing.assert_allclose(np.median(points["latent_2"]), 20 * math.exp(-0.2), rtol=0.1)


def test_a_change_point_belongs_to_the_widest_step_near_it_or_to_what_lies_below():
    points = {"latent_1": [30.0], "latent_2": [10.0], "latent_3": [9.0], "latent_4": [2.0]}
    assert begin_of_groups([9.2], points) == {"latent_2"}
    assert begin_of_groups([33.0], points) == {"latent_1"}
    assert begin_of_groups([5.0], points) == {"latent_4"}
    assert begin_of_groups([1.0], points) == set()
    with pytest.raises(DlibError, match="reach"):
        begin_of_groups([], points, reach=1)


def test_nothing_that_froze_and_nothing_that_fell_silent_are_told():
    with pytest.raises(DlibError, match=r"no latent passed 0.1 nats .* of the 5 tests"):
        propose([a_test(r, [0.5, 0.4]) for r in range(5)])
    with pytest.raises(DlibError, match="6 of 10 networks were not silent at beta 100"):
        propose([a_test(r, [30, 20], settled=r < 4) for r in range(10)])
    assert propose([a_test(r, [30, 20], settled=r < 5) for r in range(10)]).left_out == 5
    # Those that are left are too few, or froze in too few.
    with pytest.raises(DlibError, match=r"3 freezing points of 'latent_1' .* \(2 more tests never"):
        propose([a_test(r, [30, 20], settled=r > 1) for r in range(5)])
    with pytest.raises(DlibError, match=r"no latent passed 0.1 nats in half of the 5 tests"):
        propose([a_test(r, [30 if r < 4 else 0.5], settled=r > 1) for r in range(7)])


def test_networks_that_never_fell_silent_spoil_nothing():
    # Clear latents at 49 and 15; the network of seed 2 has a spurious one between them.
    spectra = [np.array([49, 15, 25 if r == 2 else 0.3]) * math.exp(0.2) for r in range(7)]
    found = propose([a_test(r, spectra[r], settled=r > 1) for r in range(7)])
    assert found.left_out == 2
    assert {name: len(values) for name, values in found.points.items()} == {
        "latent_1": 5, "latent_2": 5
    }  # fmt: skip
    assert len(found.curve.increment.rows) == 5
    assert found.separation.groups == (("latent_1",), ("latent_2",))
    assert 15 < found.separation.betas[0] < 49 / 1.03
    assert found.separation.overlaps[0].overlap <= 0.2
    assert found.intervals["latent_1"][0] > 40
    assert found.intervals["latent_2"][1] < 30


def test_intervals_are_those_of_the_median_over_seeds():
    spectra = [[c] for c in (40, 44, 48, 52, 56, 60, 64, 68, 72)]
    found = propose([a_test(r, spectrum) for r, spectrum in enumerate(spectra)])
    low, high = found.intervals["latent_1"]
    middle = np.median(found.points["latent_1"])
    assert min(found.points["latent_1"]) < low < middle < high < max(found.points["latent_1"])
    # With labels each factor's tests are drawn by themselves.
    found = propose_factors([a_test(r, [30 if r < 5 else 0.5]) for r in range(9)])
    low, high = found.intervals["whole_set"]
    assert (low, high) == (0, pytest.approx(30 * math.exp(-0.2), rel=0.15))


def test_factors_of_which_none_ever_froze_are_told():
    with pytest.raises(DlibError, match=r"none of the 5 tests passed 0.1 nats down to beta 1:"):
        propose_factors([a_test(r, [0.5]) for r in range(5)])
    # One is enough for a proposal, and those that never froze are points below the end.
    found = propose_factors([a_test(r, [30 if r == 2 else 0.5]) for r in range(5)])
    assert sorted(found.points["whole_set"])[:4] == [0, 0, 0, 0]
    assert found.points["whole_set"][2] == pytest.approx(30 * math.exp(-0.2), rel=0.1)


def test_factors_that_are_frozen_at_the_start_are_told():
    with pytest.raises(DlibError, match=r"all 5 tests .* at beta 100 already: raise annealing_sch"):
        propose_factors([a_test(r, [30], settled=False) for r in range(5)])
    found = propose_factors([a_test(r, [30], settled=r == 0) for r in range(5)])
    assert found.separation.betas == (pytest.approx(0.9 * 30 * math.exp(-0.2), rel=0.15),)


def test_a_half_censored_latent_is_near_no_change_point():
    # Half of latent_4's seeds never froze. Were its point 21, the middle of 0 and 42, it would be
    # the one of the widest step; of those with a number the first is.
    points = {"latent_1": [30.0] * 2, "latent_2": [26.0] * 2, "latent_3": [25.0] * 2}
    assert begin_of_groups([21.0], points | {"latent_4": [0.0, 42.0]}) == {"latent_2"}


def test_a_fall_without_room_for_a_window_is_told():
    check_settings("factors", 5, Schedule(steps=9), Criterion(window=9))
    words = "annealing_schedule.steps = 8 must be at least freezing_point.window = 9"
    with pytest.raises(DlibError, match=words):
        check_settings("factors", 5, Schedule(steps=8), Criterion(window=9))


@pytest.mark.parametrize("variant", ["factors", "whole_set"])
def test_a_hold_without_room_for_a_window_is_told(variant):
    check_settings(variant, 5, Schedule(hold=9), Criterion(window=9))
    words = "annealing_schedule.hold = 8 must be at least freezing_point.window = 9"
    with pytest.raises(DlibError, match=words):
        check_settings(variant, 5, Schedule(hold=8), Criterion(window=9))
