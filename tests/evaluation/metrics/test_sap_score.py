import numpy as np
import pytest

from dlib.evaluation.metrics import sap_score


@pytest.fixture
def grid():
    """Factors with 2 and 3 values, each combination ten times, ``[60, 2]``."""
    rows = np.stack(np.meshgrid(range(2), range(3), indexing="ij"), axis=-1).reshape(-1, 2)
    return np.tile(rows, (10, 1))


def score(codes, factors, continuous=False):
    return sap_score.sap(codes, factors, codes, factors, continuous)["SAP_score"]


def test_identity_with_numbers_is_perfect_and_with_classes_is_best_minus_chance(grid):
    assert score(grid, grid, continuous=True) == pytest.approx(1.0)
    binary = grid[:, :1]
    codes = np.concatenate([binary, np.zeros_like(binary)], axis=1)
    assert score(codes, binary) == pytest.approx(1.0 - 1 / 2)


def test_duplicated_codes_have_no_gap(grid):
    codes = np.concatenate([grid, grid], axis=1)
    assert score(codes, grid, continuous=True) == pytest.approx(0.0)
    assert score(codes, grid) == pytest.approx(0.0)


def test_rotated_codes_share_the_correlation():
    factors = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    rotated = factors @ np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    expected = np.cos(0.3) ** 2 - np.sin(0.3) ** 2
    assert score(rotated, factors, continuous=True) == pytest.approx(expected)


def test_dead_codes_score_zero(grid):
    assert score(np.ones((60, 2)), grid, continuous=True) == 0.0
    assert score(np.ones((60, 2)), grid) == 0.0


def test_squared_correlation_is_that_of_numpy():
    random = np.random.RandomState(0)
    codes, factors = random.randn(50, 3), random.randint(5, size=(50, 2))
    expected = np.corrcoef(codes, factors, rowvar=False)[:3, 3:] ** 2
    assert sap_score.squared_correlations(codes, factors) == pytest.approx(expected)


def test_squared_correlation_of_float32_codes_far_from_zero():
    """Sums are taken in float64, as numpy's covariance does."""
    random = np.random.RandomState(1)
    codes = (1000 + random.randn(5000, 2)).astype(np.float32)
    factors = random.randint(4, size=(5000, 1))
    found = sap_score.squared_correlations(codes, factors)[0, 0]
    assert found == pytest.approx(np.corrcoef(codes[:, 0], factors[:, 0])[0, 1] ** 2, rel=1e-9)


def test_one_code_competes_with_nothing(grid):
    assert score(grid[:, :1], grid[:, :1]) == pytest.approx(1.0)


def test_constant_factors_are_left_out_and_new_test_values_are_errors_of_the_classifier(grid):
    codes = np.concatenate([grid, np.zeros((60, 1))], axis=1)
    factors = np.concatenate([grid, np.full((60, 1), 4)], axis=1)
    assert score(codes, factors, continuous=True) == pytest.approx(1.0)
    unseen = sap_score.accuracies(grid, grid[:, :1], grid, np.full((60, 1), 9))
    assert unseen.tolist() == [[0.0], [0.0]]


def test_reference_helpers_have_codes_as_rows(grid):
    assert sap_score._compute_sap(grid.T, grid.T, grid.T, grid.T, True)[
        "SAP_score"
    ] == pytest.approx(1.0)
    matrix = sap_score.compute_score_matrix(grid[:, :1].T, grid.T, grid[:, :1].T, grid.T, True)
    assert matrix == pytest.approx(np.array([[1.0, 0.0]]))
