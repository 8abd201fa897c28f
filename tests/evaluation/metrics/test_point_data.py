import numpy as np
import pytest

from dlib.evaluation.metrics.point_data import PointData


@pytest.fixture
def points():
    """Two dependent factors (values 10, 20, 30 and words), codes that tell the row."""
    factors = np.array([[10, 0], [10, 1], [20, 1], [30, 0], [30, 0]])
    return np.arange(5.0)[:, None], factors


def test_interface(points):
    data = PointData(*points)
    assert (data.num_factors, data.factors_num_values, data.observation_shape) == (2, [3, 2], [1])
    assert data.factor_names == ("factor_0", "factor_1")


def test_draws_are_points_that_exist(points):
    codes, factors = points
    data = PointData(*points)
    drawn, observed = data.sample(400, np.random.RandomState(0))
    rows = observed[:, 0].astype(int)
    values = np.array([10, 20, 30])
    assert values[drawn[:, 0]].tolist() == factors[rows, 0].tolist()
    assert drawn[:, 1].tolist() == factors[rows, 1].tolist()
    shares = np.bincount(rows, minlength=5) / 400
    assert shares == pytest.approx([0.2] * 5, abs=0.08)  # equal factors share their draws


def test_draws_given_a_factor(points):
    data = PointData(*points)
    drawn = data.sample_factors_given(0, np.array([0] * 50 + [2] * 50), np.random.RandomState(0))
    assert drawn[:, 0].tolist() == [0] * 50 + [2] * 50
    assert set(drawn[:50, 1]) == {0, 1}
    assert set(drawn[50:, 1]) == {0}


def test_many_factors_do_not_overflow():
    factors = np.random.RandomState(0).randint(10, size=(300, 60))
    data = PointData(np.arange(300.0)[:, None], factors)
    drawn, observed = data.sample(100, np.random.RandomState(1))
    assert factors[observed[:, 0].astype(int)].tolist() == drawn.tolist()
