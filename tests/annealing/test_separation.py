import math

import numpy as np
import pytest

from dlib.annealing import bootstrap
from dlib.annealing.separation import best_gap, separate
from dlib.utils.errors import DlibError


def around(center, num=10):
    return center * np.linspace(0.95, 1.05, num)


def test_known_clusters_give_groups_sizes_and_pressures():
    points = {
        "scale": around(40),
        "posX": around(100),
        "orientation": around(8),
        "posY": around(105),
    }
    found = separate(points, 200, 1)
    assert found.groups == (("posY", "posX"), ("scale",), ("orientation",))
    assert found.group_sizes == (2, 1, 1)
    np.testing.assert_allclose(found.betas, [0.9 * 95, 0.9 * 38, 0.9 * 7.6])
    overlaps = {(pair.upper, pair.lower): pair.overlap for pair in found.overlaps}
    assert overlaps["posX", "scale"] == overlaps["scale", "orientation"] == 0
    assert overlaps["posY", "posX"] > 0.2
    assert separate(points, 200, 1, spare_latents=1).group_sizes == (3, 2, 2)


def test_a_pressure_does_not_go_beyond_the_middle_of_its_gap():
    found = separate({"a": around(100), "b": around(92)}, 200, 1, margin=0.5, tolerance=0.4)
    assert len(found.groups) == 2
    gap = best_gap([around(100)], [around(92)])
    assert found.betas[0] == pytest.approx(math.sqrt(gap.low * gap.high))


def test_equal_distributions_share_a_group_and_are_half_overlapped():
    found = separate({"a": around(50), "b": around(50)}, 200, 1)
    assert found.groups == (("a", "b"),)
    assert found.overlaps[0].overlap == pytest.approx(0.5)
    assert found.betas == (pytest.approx(0.9 * 47.5),)


def test_the_overlap_at_a_boundary_is_the_one_that_decides():
    # B and C do not overlap, but two of A's points lie below both.
    points = {
        "A": [100, 95, 90, 30, 25],
        "B": [70, 71, 72, 73, 74],
        "C": [50, 51, 52, 53, 54],
    }
    found = separate(points, 200, 1)
    assert found.groups == (("A", "B", "C"),)
    assert [(b.upper, b.lower, b.overlap) for b in found.overlaps] == [
        ("A", "B", 0.4),
        ("B", "C", 0.4),
    ]
    del points["A"]
    assert separate(points, 200, 1).groups == (("B",), ("C",))
    forbidden = separate(points, 200, 1, may_part=set())
    assert forbidden.groups == (("B", "C"),)
    assert [(b.overlap, b.may_part) for b in forbidden.overlaps] == [(0, False)]


def test_the_overlap_is_the_share_on_the_wrong_side():
    # One of five of the lower points lies among the upper ones; no pressure does better.
    gap = best_gap([np.array([10, 11, 12, 13, 14.0])], [np.array([1, 2, 3, 4, 12.5])])
    assert (gap.low, gap.high, gap.overlap) == (4, 10, 0.2)


def test_censored_points_bound_the_pressures():
    points = {"above": np.full(5, math.inf), "middle": around(50, 5), "below": np.zeros(5)}
    found = separate(points, 200, 1)
    assert found.groups == (("above",), ("middle",), ("below",))
    assert found.betas == (pytest.approx(180), pytest.approx(0.9 * 47.5), 1.0)


def test_the_median_of_half_censored_points_invents_no_number():
    # Three of six never froze: with 30, the middle of 0 and 60, the half would be ordered first.
    found = separate({"half": [0, 0, 0, 60, 60, 60], "all": np.full(6, 20.0)}, 200, 1)
    assert [(b.upper, b.lower) for b in found.overlaps] == [("all", "half")]
    found = separate({"early": [math.inf] * 3 + [30] * 3, "all": np.full(6, 40.0)}, 200, 1)
    assert [(b.upper, b.lower) for b in found.overlaps] == [("all", "early")]


@pytest.mark.parametrize("bound", [0.0, math.inf])
def test_factors_that_are_censored_alike_are_half_overlapped(bound):
    found = separate({"a": np.full(5, bound), "b": np.full(5, bound)}, 200, 1)
    assert (found.groups, found.overlaps[0].overlap) == ((("a", "b"),), 0.5)
    # Three of a's five are of unknown order to b's, and the two others are on the right side.
    mixed = [np.array([0, 0, 0, 50, 60.0])], [np.zeros(5)]
    assert best_gap(*mixed).overlap == 0.5
    assert best_gap([np.array([0, 0, 50, 60, 70.0])], [np.zeros(5)]).overlap == 0.4


def test_the_gap_is_that_of_trying_every_pressure():
    rng = np.random.RandomState(0)
    for _ in range(20):
        upper = [np.sort(rng.choice([0, *rng.uniform(20, 90, 8), math.inf], 6)) for _ in range(2)]
        lower = [np.sort(rng.choice([0, *rng.uniform(10, 60, 8), math.inf], 7)) for _ in range(3)]
        pressures = np.geomspace(1, 100, 20000)
        wrong = [np.mean(u[:, None] < pressures, axis=0) for u in upper]
        wrong += [np.mean(x[:, None] > pressures, axis=0) for x in lower]
        worst = np.max(wrong, axis=0).min()
        gap = best_gap(upper, lower)
        assert gap.overlap == pytest.approx(worst) or gap.overlap == pytest.approx(
            min(
                max(
                    [np.mean(u < e) + np.mean(u == e) / 2 for u in upper]
                    + [np.mean(x > e) + np.mean(x == e) / 2 for x in lower]
                )
                for e in (0, math.inf)
            )
        )


def test_a_boundary_at_the_tolerance_is_told_to_be_unsure():
    # One of b's five points lies above all of a's: 20 % overlap, which parts. A draw parts, too, if
    # it has that point at most once: (4/5)^5 + 5 (1/5) (4/5)^4 = 0.737.
    points = {"a": np.full(5, 50.0), "b": np.array([10, 10, 10, 10, 60.0])}
    drawn = bootstrap.resampled(points, np.random.RandomState(0), draws=4000)
    found = separate(points, 200, 1, resampled=drawn)
    assert (found.overlaps[0].overlap, len(found.groups)) == (0.2, 2)
    assert found.overlaps[0].parted_in == pytest.approx(0.737, abs=0.03)
    apart = {"a": around(100), "b": around(10)}
    drawn = bootstrap.resampled(apart, np.random.RandomState(0), draws=50)
    assert separate(apart, 200, 1, resampled=drawn).overlaps[0].parted_in == 1
    assert separate(apart, 200, 1, resampled=drawn, may_part=()).overlaps[0].parted_in == 0
    assert separate(apart, 200, 1).overlaps[0].parted_in is None


def test_wrong_input_is_told():
    with pytest.raises(DlibError, match="4 freezing points of 'a' are too few"):
        separate({"a": around(5, 4)}, 200, 1)
    with pytest.raises(DlibError, match=r"too few .* \(3 more tests never fell silent; annealing"):
        separate({"a": around(5, 4)}, 200, 1, left_out=3)
    with pytest.raises(DlibError, match="separation.min_repeats must be a whole number >= 1"):
        separate({"a": []}, 200, 1, min_repeats=0)
    with pytest.raises(DlibError, match="below 0.5"):
        separate({"a": around(5)}, 200, 1, tolerance=0.5)
