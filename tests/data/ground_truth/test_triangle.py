import numpy as np
import pytest
from scipy.stats import norm

from dlib.data.ground_truth.triangle import (
    ORIENTATION_NOISE,
    CorrelatedTriangle,
    orientation_bins,
    pointing_angles,
)
from dlib.utils.errors import DlibError


def orientation_of(x, y):
    return int(orientation_bins(pointing_angles([[x, y]]))[0])


@pytest.mark.parametrize(
    ("position", "orientation"),
    [
        ((0, 16), 0),  # at the left edge: points right, along +x
        ((0, 0), 4),  # 45 degrees: right and down
        ((16, 0), 8),  # points down, along +y
        ((31, 16), 16),
        ((16, 31), 24),
        ((31, 31), 20),
        ((0, 31), int((-np.degrees(np.arctan2(15, 16)) % 360) // 11.25)),
        ((16, 16), 16),  # the one fixed bin
    ],
)
def test_bins(position, orientation):
    assert orientation_of(*position) == orientation


def test_every_bin_occurs_and_holds_its_angles():
    data = CorrelatedTriangle()
    factors = data.sample_factors(5000, np.random.RandomState(0))
    assert set(factors[:, 2]) == set(range(32))
    angles = pointing_angles(factors[:, :2])
    assert ((angles >= 11.25 * factors[:, 2]) & (angles < 11.25 * (factors[:, 2] + 1))).all()


def test_an_epoch_is_1024_images_and_all_differ():
    data = CorrelatedTriangle()
    images = data.observations_at(np.arange(data.num_images))
    assert images.shape == (1024, 64, 64, 1)
    assert images.dtype == np.float32
    assert len(np.unique(images.reshape(1024, -1), axis=0)) == 1024
    assert images.min() == 0
    assert images.max() == 1


def test_the_triangle_lies_at_its_position_and_points_to_the_middle():
    data = CorrelatedTriangle()
    factors = data.sample_factors(200, np.random.RandomState(1))
    images = data.sample_observations_from_factors(factors, None)[..., 0]
    y, x = np.indices((64, 64))
    area = images.sum((1, 2))
    np.testing.assert_allclose(area, 6 * 10 / 2, rtol=0.005)
    centroid = np.stack([(images * x).sum((1, 2)), (images * y).sum((1, 2))], 1) / area[:, None]
    # The centroid of (5, 0), (-5, 3), (-5, -3), turned, is -5/3 along the direction of the tip.
    angle = np.radians(11.25 * factors[:, 2])
    direction = np.stack([np.cos(angle), np.sin(angle)], 1)
    np.testing.assert_allclose(centroid, 15 + factors[:, :2] - 5 / 3 * direction, atol=0.03)
    to_middle = 16 - factors[:, :2]
    away = np.linalg.norm(to_middle, axis=1) > 0
    cosine = (direction * to_middle).sum(1)[away] / np.linalg.norm(to_middle, axis=1)[away]
    assert (cosine > np.cos(np.radians(11.25))).all()


def test_draws_given_a_factor_stay_on_the_manifold():
    data = CorrelatedTriangle()
    values = np.arange(32).repeat(50)
    factors = data.sample_factors_given(2, values, np.random.RandomState(0))
    np.testing.assert_array_equal(factors[:, 2], values)
    np.testing.assert_array_equal(orientation_bins(pointing_angles(factors[:, :2])), values)
    of_first = np.unique(factors[values == 0][:, :2], axis=0)
    assert len(of_first) > 10  # 34 positions point that way


def test_off_the_manifold_is_an_error_but_not_for_a_variant():
    factors = [[0, 16, 2]]  # points right, 0; 22.5 degrees are within 30
    with pytest.raises(DlibError, match=r"no image has posX 0, posY 16, orientation 2"):
        CorrelatedTriangle().sample_observations_from_factors(factors, np.random.RandomState(0))
    image = CorrelatedTriangle("uniform").sample_observations_from_factors(factors, None)
    assert image.sum() == pytest.approx(30, rel=0.005)


def test_uniform_probabilities():
    found = ORIENTATION_NOISE["uniform"](np.array([0.0, 100.0]))
    expected = np.zeros(32)
    # [-30, 30] about 0: two whole bins and 7.5 degrees of the third on either side.
    expected[[0, 1, 30, 31]] = 11.25 / 60
    expected[[2, 29]] = 7.5 / 60
    np.testing.assert_allclose(found[0], expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(1), 1)


def test_normal_probabilities():
    found = ORIENTATION_NOISE["normal"](np.array([5.625]))[0]
    within = norm.cdf(5.625, scale=45) - norm.cdf(-5.625, scale=45)
    assert found[0] == pytest.approx(within)
    np.testing.assert_allclose(found[1:], found[1:][::-1])  # symmetric about the middle of bin 0
    assert found.sum() == pytest.approx(1)
    opposite = norm.cdf(185.625, scale=45) - norm.cdf(174.375, scale=45)
    assert found[16] == pytest.approx(2 * opposite)  # reached from both sides


@pytest.mark.parametrize("noise", ["uniform", "normal"])
def test_variants_draw_with_these_probabilities(noise):
    data = CorrelatedTriangle(noise)
    assert data.num_images == 32**3
    factors = data.sample_factors(100_000, np.random.RandomState(0))
    angles = pointing_angles(factors[:, :2])
    turned = (factors[:, 2] - orientation_bins(angles)) % 32
    expected = np.zeros(32)
    positions = np.indices((32, 32)).reshape(2, -1).T
    every = pointing_angles(positions)
    for row, first in zip(ORIENTATION_NOISE[noise](every), orientation_bins(every), strict=True):
        expected += np.roll(row, -first) / 1024
    np.testing.assert_allclose(np.bincount(turned, minlength=32) / 1e5, expected, atol=0.006)
    given = data.sample_factors_given(0, np.full(50, 7), np.random.RandomState(0))
    assert (given[:, 0] == 7).all()


def test_unknown_noise():
    with pytest.raises(DlibError, match=r"'gauss' is unknown; there is none, uniform, normal"):
        CorrelatedTriangle("gauss")
