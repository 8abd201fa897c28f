import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import mig_sup
from dlib.utils.errors import DlibError


@pytest.fixture
def grid():
    """All combinations of factors with 4 and 5 values, ``[20, 2]``."""
    return np.stack(np.meshgrid(range(4), range(5), indexing="ij"), axis=-1).reshape(-1, 2)


def rotated(factors):
    return np.stack([factors[:, 0] + factors[:, 1], factors[:, 0] - factors[:, 1]], axis=1)


def test_identity_permuted_and_duplicated_codes_are_perfect(grid):
    assert mig_sup.mig_sup(grid, grid) == pytest.approx(1.0)
    assert mig_sup.mig_sup(-grid[:, ::-1], grid) == pytest.approx(1.0)
    assert mig_sup.mig_sup(np.concatenate([grid, grid], axis=1), grid) == pytest.approx(1.0)


def test_codes_rotated_by_45_degrees_prefer_no_factor():
    factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert mig_sup.mig_sup(rotated(factors), factors) == pytest.approx(0.0, abs=1e-12)


def test_dead_codes_are_left_out(grid):
    with_dead = np.hstack([grid, np.full((20, 3), 0.1)])
    assert mig_sup.mig_sup(with_dead, grid) == pytest.approx(1.0)
    assert mig_sup.mig_sup(with_dead, grid, min_variance=0.0) == pytest.approx(1.0)
    assert mig_sup.mig_sup(with_dead, grid, min_variance=None) == pytest.approx(2 / 5)
    assert mig_sup.mig_sup(np.ones((20, 3)), grid) == 0.0


def test_a_code_is_active_above_its_variance(grid):
    """Values 0, a, 0, a vary by a^2 / 4; such a code knows log 2 / log 4 of the first factor."""
    weak = np.hstack([grid[:, 1:], 0.19 * (grid[:, :1] % 2)])  # 0.009 < 0.01
    strong = np.hstack([grid[:, 1:], 0.21 * (grid[:, :1] % 2)])  # 0.011 > 0.01
    assert mig_sup.mig_sup(weak, grid) == pytest.approx(1.0)
    assert mig_sup.mig_sup(weak, grid, min_variance=0.0) == pytest.approx((1.0 + 0.5) / 2)
    assert mig_sup.mig_sup(strong, grid) == pytest.approx((1.0 + 0.5) / 2)


def test_a_code_that_holds_both_factors(grid):
    """One code numbers all 20 combinations, so both factors are known in full: no gap."""
    both = grid[:, :1] * 5 + grid[:, 1:]
    assert mig_sup.mig_sup(both, grid) == pytest.approx(0.0)
    # Merged values: I = log 2 of log 4 for the first factor, nothing for the second.
    assert mig_sup.mig_sup(grid[:, :1] // 2, grid) == pytest.approx(np.log(2) / np.log(4))


def test_a_single_factor_has_no_rival(grid):
    assert mig_sup.mig_sup(grid[:, :1], grid[:, :1]) == pytest.approx(1.0)
    assert mig_sup.mig_sup(grid, grid[:, :1]) == pytest.approx((1.0 + 0.0) / 2)  # knows nothing
    with pytest.raises(DlibError, match="every factor has a single value"):
        mig_sup.mig_sup(grid, np.ones((20, 1)))


class Factors:
    name, num_factors = "factors", 2

    def sample(self, num, random_state):
        factors = random_state.randint(4, size=(num, 2))
        return factors, factors


def test_representation_of_drawn_points():
    gin.clear_config()
    gin.parse_config("discretizer.discretizer_fn = @histogram_discretizer")
    gin.parse_config("discretizer.num_bins = 20")
    represent = lambda x: np.hstack([x, np.ones((len(x), 1))]).astype(np.float32)
    found = mig_sup.compute_mig_sup(Factors(), represent, np.random.RandomState(0), None, 4000)
    gin.clear_config()
    assert found["mig_sup"] == pytest.approx(1.0, abs=0.01)
    assert found["num_active_dims"] == 2
