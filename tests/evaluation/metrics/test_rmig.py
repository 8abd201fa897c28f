import numpy as np
import pytest
from scipy.stats import norm

from dlib.evaluation.metrics import rmig
from dlib.utils.errors import DlibError

BOTH = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.fixture
def grid():
    """All combinations of factors with 4 and 5 values, ``[20, 2]``."""
    return np.stack(np.meshgrid(range(4), range(5), indexing="ij"), axis=-1).reshape(-1, 2)


def test_identity_and_permuted_codes_are_perfect(grid):
    perfect = {
        "rmig": pytest.approx((np.log(4) + np.log(5)) / 2),
        "rmig_normalized": pytest.approx(1.0),
    }
    assert rmig.rmig(grid - 2.0, grid) == perfect
    assert rmig.rmig(2.0 - grid[:, ::-1], grid) == perfect
    assert rmig.rmig(grid - 2.0, grid, np.full((20, 2), -20.0)) == perfect


def test_duplicated_and_rotated_codes_have_no_gap(grid):
    zero = {"rmig": pytest.approx(0.0, abs=1e-12), "rmig_normalized": pytest.approx(0.0, abs=1e-12)}
    assert rmig.rmig(np.hstack([grid, grid]) - 2.0, grid) == zero
    rotated = np.stack([BOTH.sum(axis=1), BOTH[:, 0] - BOTH[:, 1]], axis=1)
    assert rmig.rmig(rotated, BOTH) == zero


def test_dead_codes_know_nothing(grid):
    assert rmig.rmig(np.ones((20, 2)), grid)["rmig"] == 0.0
    found = rmig.rmig(np.zeros((20, 2)), grid, np.zeros((20, 2)))
    assert found["rmig"] == pytest.approx(0.0, abs=1e-12)


def test_width_of_the_posterior_makes_a_binary_channel():
    """Two bins, means at -1 and 1: a bit sent with error Phi(-1 / sigma)."""
    sigma = 0.7
    mean = 2.0 * BOTH[:, :1] - 1.0
    error = norm.cdf(-1.0 / sigma)
    noise = -(error * np.log(error) + (1 - error) * np.log(1 - error))
    found = rmig.rmig(mean, BOTH[:, :1], np.full((4, 1), 2 * np.log(sigma)), num_bins=2)
    assert found["rmig"] == pytest.approx(np.log(2) - noise)
    assert found["rmig_normalized"] == pytest.approx(1.0 - noise / np.log(2))


def test_drawn_codes_estimate_the_same():
    random_state = np.random.RandomState(0)
    factors = random_state.randint(2, size=(40_000, 1))
    mean, sigma = 2.0 * factors - 1.0, 0.7
    exact = rmig.rmig(mean, factors, np.full(mean.shape, 2 * np.log(sigma)), num_bins=20)
    drawn = rmig.rmig(mean + sigma * random_state.randn(*mean.shape), factors, num_bins=20)
    assert drawn["rmig"] == pytest.approx(exact["rmig"], abs=0.01)


def test_values_beyond_the_range_fall_into_the_outermost_bins():
    found = rmig.rmig(100.0 * (2 * BOTH - 1), BOTH, num_bins=4)
    assert found["rmig_normalized"] == pytest.approx(1.0)


def test_bad_input_is_named(grid):
    with pytest.raises(DlibError, match=r"shapes \[20, 2\] and \[20, 1\]"):
        rmig.rmig(grid, grid, np.zeros((20, 1)))
    with pytest.raises(DlibError, match="every factor has a single value"):
        rmig.rmig(grid, np.ones((20, 1)))


class Factors:
    name, num_factors = "factors", 2

    def sample(self, num, random_state):
        factors = random_state.randint(4, size=(num, 2))
        return factors, factors.astype(np.float32)


def test_representation_of_drawn_points():
    state = np.random.RandomState(0)
    found = rmig.compute_rmig(Factors(), lambda x: x - 2, state, None, 4000)
    assert found["rmig"] == pytest.approx(np.log(4), abs=0.01)
    assert found["rmig_normalized"] == pytest.approx(1.0, abs=0.01)
