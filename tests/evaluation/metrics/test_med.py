import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import med
from dlib.utils.errors import DlibError


@pytest.fixture
def grid():
    """All combinations of factors with 4 and 5 values, ``[20, 2]``."""
    return np.stack(np.meshgrid(range(4), range(5), indexing="ij"), axis=-1).reshape(-1, 2)


def test_identity_and_permuted_codes_are_perfect(grid):
    perfect = {"med": pytest.approx(1.0), "med_completeness": pytest.approx(1.0)}
    assert med.med(grid, grid) == perfect
    assert med.med(-grid[:, ::-1], grid) == perfect


def test_duplicated_codes_are_disentangled_but_not_complete(grid):
    found = med.med(np.concatenate([grid, grid], axis=1), grid)
    assert found["med"] == pytest.approx(1.0)
    assert found["med_completeness"] == pytest.approx(1.0 - np.log(2) / np.log(4))


def test_codes_rotated_by_45_degrees_score_zero():
    factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    codes = np.stack([factors.sum(axis=1), factors[:, 0] - factors[:, 1]], axis=1)
    found = med.med(codes, factors)
    assert found == {
        "med": pytest.approx(0.0, abs=1e-9),
        "med_completeness": pytest.approx(0.0, abs=1e-9),
    }


def test_dead_codes_have_no_weight(grid):
    assert med.med(np.hstack([grid, np.ones((20, 2))]), grid)["med"] == pytest.approx(1.0)
    assert med.med(np.ones((20, 3)), grid)["med"] == pytest.approx(0.0, abs=1e-9)


def test_top_k_keeps_the_most_devoted_code_of_each_factor(grid):
    """A third code mixes both factors; one code per factor leaves it out."""
    codes = np.stack([grid[:, 0], grid.sum(axis=1), grid[:, 1]], axis=1)
    found = med.med(codes, grid, top_k=1)
    assert found["med"] < 0.9
    assert found["top1_med"] == pytest.approx(1.0)
    assert found["top1_med_completeness"] == pytest.approx(1.0)
    assert med.med(np.ones((20, 3)), grid, top_k=2)["top2_med"] == 0.0


def test_devoted_codes_by_hand():
    importances = np.array([[0.6, 0.1], [0.3, 0.0], [0.1, 0.9], [0.0, 0.0]])
    assert med.devoted_codes(importances, 1).tolist() == [1, 2]
    assert med.devoted_codes(importances, 2).tolist() == [0, 1, 2]


def test_factors_that_do_not_vary_are_left_out(grid):
    assert med.med(grid, np.hstack([grid, np.ones((20, 1))]))["med"] == pytest.approx(1.0)
    with pytest.raises(DlibError, match="every factor has a single value"):
        med.med(grid, np.ones((20, 1)))


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
    found = med.compute_med(Factors(), lambda x: x, state, None, 4000, top_k=1)
    gin.clear_config()
    assert found["med"] == pytest.approx(1.0, abs=0.03)
    assert found["top1_med"] == pytest.approx(1.0, abs=0.03)
