"""Series with known plateaus."""

import json
import math

import numpy as np
import pytest

from dlib.methods.unsupervised.information_plateau import InformationPlateau
from dlib.utils.errors import DlibError


def updates_until_the_plateau(series, **settings):
    plateau = InformationPlateau(**settings)
    return next((t for t, kl in enumerate(series, 1) if plateau.is_reached(kl)), None)


SHARP = {"patience": 10, "tolerance": 0.05, "min_steps": 10, "window": 1}


def test_a_ramp_that_levels_off_ends_a_patience_after_its_last_growth():
    # 0.1 nats an update until update 30: each update there is growth, none later is.
    series = [0.1 * min(t, 30) for t in range(1, 100)]
    assert updates_until_the_plateau(series, **SHARP) == 30 + 10


def test_slow_growth_counts_when_it_has_added_up():
    # 0.008 nats an update pass a tolerance of 0.05 every seventh update: within the patience.
    assert updates_until_the_plateau(0.008 * np.arange(200), **SHARP) is None
    # 0.004 pass it every thirteenth: beyond the patience.
    assert updates_until_the_plateau(0.004 * np.arange(200), **SHARP) == 1 + 10


def test_a_group_that_learns_nothing_ends_at_the_least_number_of_updates():
    settings = {**SHARP, "min_steps": 25}
    assert updates_until_the_plateau(np.zeros(100), **settings) == 25


def test_the_kl_of_a_fresh_network_is_no_mark():
    # 5 nats at first, then silence, then growth to 3 nats between updates 30 and 60.
    series = [5.0] * 5 + [0.0] * 25 + [0.1 * min(t, 30) for t in range(1, 100)]
    assert updates_until_the_plateau(series, **{**SHARP, "min_steps": 35}) == 30 + 30 + 10
    # Looked at from the start, it is taken for information.
    assert updates_until_the_plateau(series, **SHARP) == 1 + 10


def test_an_exponential_approach_ends_where_a_patience_adds_less_than_the_tolerance():
    # a (1 - exp(-t / tau)) grows by a exp(-t / tau) (1 - exp(-p / tau)) over p updates.
    tau, height, patience, tolerance = 100.0, 3.0, 50, 0.05
    t = np.arange(1, 2000)
    ended = updates_until_the_plateau(
        height * (1 - np.exp(-t / tau)),
        patience=patience, tolerance=tolerance, min_steps=50, window=1,
    )  # fmt: skip
    last_mark = tau * math.log(height * (1 - math.exp(-patience / tau)) / tolerance)
    # The last mark is the first that lies there or later; marks are less than a patience apart.
    assert last_mark <= ended - patience < last_mark + patience


def test_noise_is_smoothed():
    noise = np.random.RandomState(0).normal(0, 0.3, 3000)
    ramp = 3 * np.minimum(np.arange(3000) / 1500, 1)
    settings = {"patience": 200, "tolerance": 0.1, "min_steps": 400}
    ended = updates_until_the_plateau(ramp + noise, **settings)
    assert 1500 < ended <= 1500 + 2 * 100 + 2 * 200


def test_the_smoothing_is_a_mean_and_then_an_exponential_one():
    plateau = InformationPlateau(window=2)
    smoothed = []
    for kl in (4.0, 2.0, 1.0, 3.0):
        plateau.is_reached(kl)
        smoothed.append(plateau.smoothed)
    assert smoothed == [4.0, 3.0, 2.0, 2.5]


def test_a_restart_forgets_and_a_state_remembers():
    series = [0.07 * min(t, 20) for t in range(1, 60)]
    whole, parts = InformationPlateau(**SHARP), InformationPlateau(**SHARP)
    answers = [whole.is_reached(kl) for kl in series]
    found = []
    for kl in series:
        found.append(parts.is_reached(kl))
        state = json.loads(json.dumps(parts.state()))
        parts = InformationPlateau(**SHARP)
        parts.load_state(state)
    assert found == answers
    assert any(answers)
    whole.restart()
    assert [whole.is_reached(kl) for kl in series] == answers


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"patience": 0}, "patience must be a whole number >= 1"),
        ({"tolerance": -0.1}, "tolerance must be a number >= 0"),
        ({"min_steps": 2.5}, "min_steps must be a whole number"),
        ({"window": 501}, "window = 501 must not exceed information_plateau.patience = 500"),
        ({"min_steps": 499}, "patience = 500 must not exceed information_plateau.min_steps = 499"),
    ],
)
def test_contradictions(settings, message):
    with pytest.raises(DlibError, match=message):
        InformationPlateau(**settings)
