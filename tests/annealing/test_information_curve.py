import numpy as np
import pytest

from dlib.annealing.batched_test import Curve
from dlib.annealing.information_curve import information_curve, means_of_steps, resampled_medians
from dlib.annealing.schedule import Schedule
from dlib.utils.errors import DlibError

SPECTRUM = np.array([50.0, 20.0, 5.0])


def carried(betas):
    """Nats of linear-Gaussian data of a spectrum (observation variance 1), in closed form."""
    return np.maximum(0, 0.5 * np.log(SPECTRUM / np.asarray(betas)[:, None])).sum(1)


def curve_of(schedule, noise=0.0, seed=0):
    betas = schedule.betas()
    information = carried(betas) + noise * np.random.RandomState(seed).randn(len(betas))
    silent, held = np.zeros((len(betas), 3)), (np.zeros(0), np.zeros((0, 3)))
    return Curve(betas, information, silent, 100 - information, 5, True, *held)


@pytest.mark.parametrize("shape", ["exponential", "linear"])
def test_the_increment_is_half_the_number_of_frozen_latents(shape):
    schedule = Schedule(start=100, end=1, steps=8000, shape=shape)
    found = information_curve([curve_of(schedule)], schedule, np.random.RandomState(0), 60)
    frozen = (found.between[:, None] < SPECTRUM).sum(1)
    # Away from the three pressures, where a step holds both sides.
    clear = np.abs(np.log(found.between[:, None] / SPECTRUM)).min(1) > 0.2
    np.testing.assert_allclose(found.increment.median[clear], frozen[clear] / 2, atol=0.03)
    np.testing.assert_allclose(found.information.median, carried(found.betas), atol=0.03)
    np.testing.assert_allclose(
        found.reconstruction.median, 100 - found.information.median, rtol=1e-12
    )


def test_the_band_holds_the_median_and_narrows_with_seeds():
    schedule = Schedule(start=100, end=1, steps=400)

    def width(count):
        curves = [curve_of(schedule, 0.5, seed) for seed in range(count)]
        found = information_curve(curves, schedule, np.random.RandomState(0), 40, 300)
        assert found.information.rows.shape == (count, 40)
        assert found.resampled.shape == (300, 39)
        assert (found.increment.low <= found.increment.median).all()
        assert (found.increment.median <= found.increment.high).all()
        return (found.information.high - found.information.low).mean()

    assert width(40) < 0.6 * width(8)
    assert width(1) == 0


def test_medians_of_drawn_seeds():
    rows = [[0.0, 10.0], [1.0, 20.0], [5.0, 0.0]]
    drawn = np.array([[0, 0, 2], [1, 1, 1]])
    np.testing.assert_array_equal(resampled_medians(rows, drawn), [[0, 10], [1, 20]])


def test_steps_without_an_update_are_joined_by_a_line():
    edges = np.array([16.0, 8, 4, 2, 1])
    means = means_of_steps([16, 10, 7, 1], [1, 3, 4, 10], edges)
    np.testing.assert_allclose(means, [2, 4, 7, 10])


@pytest.mark.parametrize("wrong", [{"num_steps": 2}, {"draws": 0}, {"level": 1.0}, {"level": 0}])
def test_wrong_settings_are_told(wrong):
    schedule = Schedule(steps=100)
    with pytest.raises(DlibError, match=f"information_curve.{next(iter(wrong))}"):
        information_curve([], schedule, None, **wrong)
    with pytest.raises(DlibError, match="at most half"):
        information_curve([], schedule, None, num_steps=51)
