import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import dcimig
from dlib.utils.errors import DlibError


@pytest.fixture
def grid():
    """All combinations of factors with 4 and 5 values, ``[20, 2]``."""
    return np.stack(np.meshgrid(range(4), range(5), indexing="ij"), axis=-1).reshape(-1, 2)


def test_identity_permuted_and_duplicated_codes_are_perfect(grid):
    assert dcimig.dcimig(grid, grid) == pytest.approx(1.0)
    assert dcimig.dcimig(-grid[:, ::-1], grid) == pytest.approx(1.0)
    assert dcimig.dcimig(np.concatenate([grid, grid], axis=1), grid) == pytest.approx(1.0)


def test_codes_rotated_by_45_degrees_score_zero():
    factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    codes = np.stack([factors.sum(axis=1), factors[:, 0] - factors[:, 1]], axis=1)
    assert dcimig.dcimig(codes, factors) == pytest.approx(0.0, abs=1e-12)


def test_dead_codes_change_nothing(grid):
    assert dcimig.dcimig(np.hstack([np.ones((20, 3)), grid]), grid) == pytest.approx(1.0)
    assert dcimig.dcimig(np.ones((20, 3)), grid) == 0.0


def test_a_factor_without_a_code_counts_with_its_entropy(grid):
    expected = np.log(4) / (np.log(4) + np.log(5))
    assert dcimig.dcimig(grid[:, :1], grid) == pytest.approx(expected)


def test_only_the_best_code_of_a_factor_counts(grid):
    codes = np.stack([grid[:, 0] // 2, grid[:, 0], grid[:, 1]], axis=1)
    assert dcimig.dcimig(codes, grid) == pytest.approx(1.0)


def test_factors_that_do_not_vary(grid):
    assert dcimig.dcimig(grid, np.hstack([grid, np.ones((20, 1))])) == pytest.approx(1.0)
    assert dcimig.dcimig(grid, grid[:, :1]) == pytest.approx(1.0)
    with pytest.raises(DlibError, match="every factor has a single value"):
        dcimig.dcimig(grid, np.ones((20, 1)))


class Factors:
    name, num_factors = "factors", 2

    def sample(self, num, random_state):
        factors = random_state.randint(4, size=(num, 2))
        return factors, factors.astype(np.float32)


def test_representation_of_drawn_points():
    gin.clear_config()
    gin.parse_config("discretizer.discretizer_fn = @histogram_discretizer")
    gin.parse_config("discretizer.num_bins = 20")
    state = np.random.RandomState(0)
    found = dcimig.compute_dcimig(Factors(), lambda x: x, state, None, 4000)
    gin.clear_config()
    assert found == {"dcimig": pytest.approx(1.0, abs=0.01)}
