import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import mutual_information
from dlib.utils.errors import DlibError


@pytest.fixture
def grid():
    """All combinations of factors with 4, 5 and 6 values: exactly independent, ``[120, 3]``."""
    return np.stack(np.meshgrid(range(4), range(5), range(6), indexing="ij"), axis=-1).reshape(
        -1, 3
    )


def test_identity_has_the_identity_as_nmi_matrix(grid):
    assert mutual_information.nmi_matrix(grid, grid) == pytest.approx(np.eye(3), abs=1e-12)


def test_mutual_information_of_the_identity_is_the_entropy(grid):
    expected = np.diag(np.log([4, 5, 6]))
    assert mutual_information.mutual_information(grid, grid) == pytest.approx(expected, abs=1e-12)


def test_a_code_that_merges_two_values_loses_their_entropy(grid):
    merged = np.minimum(grid[:, :1], 2)  # values 2 and 3 of 4 look alike
    entropy = 0.5 * np.log(4) + 0.5 * np.log(2)
    found = mutual_information.nmi_matrix(merged, grid[:, :1])
    assert found[0, 0] == pytest.approx(entropy / np.log(4))


def test_nmi_ranks_codes_and_is_zero_beyond_them():
    matrix = np.array([[0.1, 0.7], [0.9, 0.2], [0.3, 0.4]])
    assert mutual_information.nmi(matrix, 1).tolist() == [0.9, 0.7]
    assert mutual_information.nmi(matrix, 2).tolist() == [0.3, 0.4]
    assert mutual_information.nmi(matrix, 3).tolist() == [0.1, 0.2]
    assert mutual_information.nmi(matrix, 4).tolist() == [0.0, 0.0]


def test_summary_is_a_mean_over_factors_that_vary():
    matrix = np.array([[0.1, 0.7, 0.0], [0.9, 0.2, 0.0]])
    found = mutual_information.summary(matrix, np.array([True, True, False]))
    assert found["nmi1"] == pytest.approx((0.9 + 0.7) / 2)
    assert found["nmi2"] == pytest.approx((0.1 + 0.2) / 2)
    assert found["nmi_matrix"] == matrix.tolist()


def test_dead_codes_and_constant_factors_are_zero(grid):
    codes = np.concatenate([grid[:, :1], np.full((120, 1), 0.3)], axis=1)
    factors = np.concatenate([grid[:, :1], np.full((120, 1), 2)], axis=1)
    expected = [[1.0, 0.0], [0.0, 0.0]]
    assert mutual_information.nmi_matrix(codes, factors) == pytest.approx(np.array(expected))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_codes_that_are_not_finite_are_one_error(grid, bad):
    codes = grid.astype(float)
    codes[3, 1] = bad
    with pytest.raises(DlibError, match=r"NaN or infinite values \(codes \[1\]\)"):
        mutual_information.nmi_matrix(codes, grid)


def test_wrong_shapes_are_errors(grid):
    with pytest.raises(DlibError, match="expected \\[points, codes\\]"):
        mutual_information.nmi_matrix(grid[:, 0], grid)
    with pytest.raises(DlibError, match="expected \\[120, factors\\]"):
        mutual_information.nmi_matrix(grid, grid[1:])
    with pytest.raises(DlibError, match="needs factors"):
        mutual_information.nmi_matrix(grid, grid[:, :0])
    with pytest.raises(DlibError, match="factors hold NaN"):
        mutual_information.nmi_matrix(grid, np.where(grid == 2, np.nan, grid))


def test_metric_gives_both_matrices(grid):
    class Data:
        num_factors = 3

        def sample(self, num, random_state):
            rows = grid[random_state.randint(len(grid), size=num)]
            return rows, rows

    gin.clear_config()
    gin.parse_config("discretizer.discretizer_fn = @histogram_discretizer")
    gin.parse_config("discretizer.num_bins = 20")
    found = mutual_information.compute_mutual_information(
        Data(), lambda x: x * 1.0, np.random.RandomState(0), None, 4000
    )
    gin.clear_config()
    assert found["nmi1"] == pytest.approx(1.0)
    assert found["nmi2"] < 0.01
    shared = np.diag(found["mutual_information_matrix"])
    assert shared == pytest.approx(np.log([4, 5, 6]), abs=0.01)
