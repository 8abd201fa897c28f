import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from dlib.evaluation.metrics import modularity_explicitness as metric


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (5 * np.eye(5), 1.0),
        (np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), 2 / 3),  # a dead code counts as 0
        (np.zeros((4, 4)), 0.0),
        (np.vstack([np.eye(5), np.eye(5)]), 1.0),  # duplicated
        (np.hstack([np.eye(5), np.eye(5)]), 1 - 1 / 9),
        (np.ones((3, 4)), 0.0),
        (np.array([[2.0, 1.0, 1.0]]), 1 - 2 / (4 * 2)),
        (np.array([[1.0], [0.0]]), 1 / 2),  # a single factor
    ],
)
def test_modularity_of_mutual_information(matrix, expected):
    assert metric.modularity(matrix) == pytest.approx(expected)


def test_rounding_is_no_information():
    noise = np.array([[1.0, 0.0], [1e-15, -3e-16]])
    assert metric.modularity(noise) == pytest.approx(1 / 2)
    assert metric.modularity_of_live_codes(noise) == pytest.approx(1.0)
    assert metric.modularity_of_live_codes(noise[1:]) == 0.0


def test_area_is_that_of_scikit_learn_ties_included():
    random = np.random.RandomState(0)
    labels = random.randint(4, size=300)
    probabilities = np.round(random.rand(300, 4), 1)
    expected = roc_auc_score(labels[:, None] == np.arange(4), probabilities)
    found = metric.mean_area(labels, probabilities, np.arange(4))
    assert found == pytest.approx(expected, abs=1e-12)


def test_area_leaves_out_what_cannot_be_told():
    probabilities = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    assert metric.mean_area(np.array([0, 1]), probabilities, np.arange(3)) == 1.0
    assert metric.mean_area(np.array([0, 0]), probabilities, np.arange(3)) == 0.5


@pytest.fixture
def points():
    random = np.random.RandomState(0)
    factors = np.stack([random.randint(2, size=900), random.randint(3, size=900)], axis=1)
    return factors * 1.0, factors


def test_scores_of_aligned_and_dead_codes(points):
    codes, factors = points
    codes = np.concatenate([codes, np.full((900, 1), 0.1)], axis=1)
    found = metric.scores_of_points(codes, codes, factors, codes, factors)
    assert found["modularity_score"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["modularity_score_without_dead_codes"] == pytest.approx(1.0, abs=1e-3)
    assert found["explicitness_score_test"] == pytest.approx(1.0)


def test_dead_codes_are_at_chance(points):
    _, factors = points
    dead = np.zeros((900, 2))
    found = metric.scores_of_points(dead, dead, factors, dead, factors)
    assert found["modularity_score"] == found["modularity_score_without_dead_codes"] == 0.0
    assert found["explicitness_score_train"] == found["explicitness_score_test"] == 0.5


def test_a_value_missing_from_the_test_points_is_left_out(points):
    codes, factors = points
    kept = factors[:, 1] < 2
    train, test = metric.explicitness(codes, factors, codes[kept], factors[kept])
    assert (train, test) == pytest.approx((1.0, 1.0))


def test_a_factor_of_one_value_is_left_out(points):
    codes, factors = points
    more = np.concatenate([factors, np.ones((900, 1), int)], axis=1)
    assert metric.scores_of_points(codes, codes, more, codes, more) == metric.scores_of_points(
        codes, codes, factors, codes, factors
    )
