import numpy as np
import pytest

from dlib.evaluation.metrics import jemmig
from dlib.utils.errors import DlibError

MEAN_ENTROPY = (np.log(4) + np.log(5)) / 2


@pytest.fixture
def grid():
    """All combinations of factors with 4 and 5 values, ``[20, 2]``."""
    return np.stack(np.meshgrid(range(4), range(5), indexing="ij"), axis=-1).reshape(-1, 2)


def normalized(values, entropies, num_bins=20):
    return np.mean(1.0 - np.array(values) / (np.array(entropies) + np.log(num_bins)))


def test_identity_and_permuted_codes_are_perfect(grid):
    perfect = {"jemmig": pytest.approx(0.0, abs=1e-12), "jemmig_normalized": pytest.approx(1.0)}
    assert jemmig.jemmig(grid, grid) == perfect
    assert jemmig.jemmig(-grid[:, ::-1], grid) == perfect


def test_duplicated_codes_cost_the_entropy_of_the_factors(grid):
    found = jemmig.jemmig(np.concatenate([grid, grid], axis=1), grid)
    assert found["jemmig"] == pytest.approx(MEAN_ENTROPY)
    entropies = [np.log(4), np.log(5)]
    assert found["jemmig_normalized"] == pytest.approx(normalized(entropies, entropies))


def test_dead_codes_cost_the_entropy_of_the_factors(grid):
    found = jemmig.jemmig(np.ones((20, 3)), grid)
    assert found["jemmig"] == pytest.approx(MEAN_ENTROPY)


def test_codes_rotated_by_45_degrees():
    """z_1 = a + b tells a with 1/2 log 2, as z_2 does: H(z_1, a) = 2 log 2 is left."""
    factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    codes = np.stack([factors.sum(axis=1), factors[:, 0] - factors[:, 1]], axis=1)
    found = jemmig.jemmig(codes, factors)
    assert found["jemmig"] == pytest.approx(2 * np.log(2))
    expected = normalized([2 * np.log(2)], [np.log(2)])
    assert found["jemmig_normalized"] == pytest.approx(expected)


def test_unlike_mig_a_code_that_knows_more_is_worse(grid):
    """One code for all 20 combinations: H = log 20, of which the factor takes its entropy."""
    both = grid[:, :1] * 5 + grid[:, 1:]
    values = [np.log(20) - np.log(4), np.log(20) - np.log(5)]
    assert jemmig.jemmig(both, grid)["jemmig"] == pytest.approx(np.mean(values))


def test_the_largest_value():
    """Uniform bins that know nothing: H(z) + H(c) = log B + H(c), the lowest normalised score."""
    codes, factors = np.meshgrid(np.arange(20), np.arange(4))
    found = jemmig.jemmig(codes.reshape(-1, 1), factors.reshape(-1, 1))
    assert found["jemmig"] == pytest.approx(np.log(20) + np.log(4))
    assert found["jemmig_normalized"] == pytest.approx(0.0, abs=1e-12)


def test_factors_that_do_not_vary_are_left_out(grid):
    found = jemmig.jemmig(grid, np.hstack([grid, np.ones((20, 1))]))
    assert found["jemmig"] == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(DlibError, match="every factor has a single value"):
        jemmig.jemmig(grid, np.ones((20, 1)))


class Factors:
    name, num_factors = "factors", 2

    def sample(self, num, random_state):
        factors = random_state.randint(4, size=(num, 2))
        return factors, factors.astype(np.float32)


def test_representation_of_drawn_points():
    state = np.random.RandomState(0)
    found = jemmig.compute_jemmig(Factors(), lambda x: x, state, None, 4000)
    assert found["jemmig"] == pytest.approx(0.0, abs=0.01)
    assert found["jemmig_normalized"] == pytest.approx(1.0, abs=0.01)
