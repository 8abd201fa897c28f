import math

import numpy as np
import pytest

from dlib.annealing.freezing_point import Criterion
from dlib.utils.errors import DlibError

BETAS = np.geomspace(100.0, 1.0, 201)


def test_the_crossing_is_interpolated_between_updates():
    # I = 0.5 ln(20 / beta) below 20: 0.1 nats at 20 exp(-0.2), between two updates.
    information = np.maximum(0, 0.5 * np.log(20 / BETAS))
    point = Criterion(threshold=0.1, window=5).find(BETAS, information)
    assert point.outcome == "found"
    assert point.beta == pytest.approx(20 * math.exp(-0.2), rel=1e-9)
    assert point.beta not in BETAS
    assert point.bound() == point.beta


def test_one_noisy_update_does_not_count():
    information = np.where(BETAS < 10, 1.0, 0.0)
    information[5] = 50.0
    point = Criterion(window=3).find(BETAS, information)
    assert point.beta == pytest.approx(10, rel=0.02)
    assert Criterion(window=1).find(BETAS, information).beta > 85


@pytest.mark.parametrize("window", [1, 3, 9])
def test_noise_in_the_last_updates_is_no_crossing(window):
    half = window // 2
    criterion, noisy = Criterion(window=window), np.zeros(201)
    noisy[len(noisy) - half :] = 50.0  # as many as a whole window outvotes
    assert criterion.find(BETAS, noisy).outcome == "never"
    # One more is the majority of the last whole window, for the batched test as for this.
    noisy[-half - 1] = 50.0
    assert criterion.is_over(noisy)
    found = criterion.find(BETAS, noisy)
    assert found.outcome == "found"
    assert BETAS[-half - 1] <= found.beta <= BETAS[-half - 2]


def test_a_fall_shorter_than_half_a_window_has_no_crossing():
    assert Criterion(window=9).find(BETAS[:3], np.ones(3)).outcome == "never"


def test_censored_points_are_outcomes_and_not_numbers():
    never = Criterion().find(BETAS, np.full(201, 0.1))  # at the threshold is not above it
    at_once = Criterion().find(BETAS, np.full(201, 0.2))
    assert (never.outcome, at_once.outcome) == ("never", "at_once")
    assert math.isnan(never.beta)
    assert math.isnan(at_once.beta)
    assert (never.bound(), at_once.bound()) == (0.0, math.inf)


def test_a_growing_curve_is_over_exactly_when_its_crossing_is_final():
    information = np.where(BETAS < 10, 1.0, 0.0)
    criterion = Criterion(window=5)
    whole = criterion.find(BETAS, information)
    t = next(t for t in range(1, 201) if criterion.is_over(information[:t]))
    assert criterion.find(BETAS[:t], information[:t]) == whole
    assert not criterion.is_over(information[: t - 1])


def test_what_was_seen_before_the_fall_completes_the_first_windows():
    criterion = Criterion(window=5)
    # Two noisy updates begin the fall: of five values around the first update they are a minority.
    information = np.where(BETAS < 10, 1.0, 0.0)
    information[:2] = 0.3
    assert criterion.find(BETAS, information).outcome == "at_once"
    assert criterion.find(BETAS, information, [9.0, 0.0, 0.0]).beta == pytest.approx(10, rel=0.03)
    # Medians of 5 6 1 2 3, 6 1 2 3 4, 1 2 3 4 and 2 3 4.
    assert criterion.smooth([1.0, 2, 3, 4], [9, 5, 6]).tolist() == [3, 3, 2.5, 3]
    assert Criterion(window=1).smooth([1.0, 2.0], [7.0]).tolist() == [1, 2]


def test_silence_has_a_margin_of_half_the_threshold():
    criterion = Criterion(threshold=0.1, window=3)
    assert criterion.is_silent([0.05, 0.05, 0.05])
    assert not criterion.is_silent([0.051, 0.051, 0.051])


def test_silence_needs_a_whole_window():
    criterion = Criterion(window=3)
    assert not criterion.is_silent([0.0, 0.0])
    assert criterion.is_silent([5.0, 0.0, 0.0, 9.0])
    assert not criterion.is_silent([0.0, 5.0, 5.0])


@pytest.mark.parametrize("wrong", [{"threshold": 0}, {"window": 4}, {"window": 0}])
def test_wrong_settings_are_told(wrong):
    with pytest.raises(DlibError, match=f"freezing_point.{next(iter(wrong))}"):
        Criterion(**wrong)
