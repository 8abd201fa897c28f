import numpy as np
import pytest

from dlib.evaluation.metrics import dci
from dlib.utils.errors import DlibError


@pytest.mark.parametrize(
    ("matrix", "disentanglement", "completeness"),
    [
        (5 * np.eye(5), 1.0, 1.0),
        (np.eye(5)[:, ::-1], 1.0, 1.0),  # permuted
        (np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), 1.0, 1.0),  # a dead code
        (np.zeros((10, 10)), 0.0, 0.0),
        (np.vstack([np.eye(5), np.eye(5)]), 1.0, 1 - np.log(2) / np.log(10)),  # duplicated
        (np.hstack([np.eye(5), np.eye(5)]), 1 - np.log(2) / np.log(10), 1.0),
        (np.ones((3, 4)), 0.0, 0.0),  # fully mixed
        (np.array([[3.0, 1.0], [0.0, 0.0]]), 1 + np.log2([0.75, 0.25]) @ [0.75, 0.25], 1.0),
    ],
)
def test_scores_of_importance_matrices(matrix, disentanglement, completeness):
    assert dci.disentanglement(matrix) == pytest.approx(disentanglement, abs=1e-7)
    assert dci.completeness(matrix) == pytest.approx(completeness, abs=1e-7)


def test_a_single_code_is_complete_and_a_single_factor_disentangled():
    assert dci.completeness(np.array([[1.0, 2.0]])) == pytest.approx(1.0)
    assert dci.disentanglement(np.array([[1.0], [2.0]])) == pytest.approx(1.0)


@pytest.fixture
def points():
    random = np.random.RandomState(0)
    factors = np.stack([random.randint(2, size=600), random.randint(3, size=600)], axis=1)
    codes = factors + 0.05 * random.randn(600, 2)
    return codes[:400], factors[:400], codes[400:], factors[400:]


@pytest.mark.parametrize("trees", ["fast", "sklearn"])
def test_aligned_codes_are_perfect(points, trees):
    found = dci.dci(*points, np.random.RandomState(0), trees)
    assert found["disentanglement"] == pytest.approx(1.0, abs=1e-6)
    assert found["completeness"] == pytest.approx(1.0, abs=1e-6)
    assert (found["informativeness_train"], found["informativeness_test"]) == (1.0, 1.0)
    assert np.array(found["importance_matrix"]) == pytest.approx(np.eye(2), abs=1e-6)


@pytest.mark.parametrize("trees", ["fast", "sklearn"])
def test_dead_codes_are_useless(points, trees):
    train, factors_train, test, factors_test = points
    dead = (np.zeros_like(train), factors_train, np.zeros_like(test), factors_test)
    found = dci.dci(*dead, np.random.RandomState(0), trees)
    assert found["disentanglement"] == pytest.approx(0.0, abs=1e-7)
    assert found["completeness"] == pytest.approx(0.0, abs=1e-7)
    common = [np.bincount(column).argmax() for column in factors_train.T]
    assert found["informativeness_test"] == pytest.approx(np.mean(factors_test == common))


def test_a_factor_of_one_value_is_left_out(points):
    train, factors_train, test, factors_test = points
    constant = (
        train,
        np.concatenate([factors_train, np.ones((400, 1), int)], axis=1),
        test,
        np.concatenate([factors_test, np.ones((200, 1), int)], axis=1),
    )
    found = dci.dci(*constant, np.random.RandomState(0))
    assert found["disentanglement"] == pytest.approx(1.0, abs=1e-6)
    assert np.array(found["importance_matrix"])[:, 2].tolist() == [0.0, 0.0]


def test_unknown_trees_are_one_error(points):
    with pytest.raises(
        DlibError, match=r"dci.trees is 'oak', expected one of \['fast', 'sklearn'\]"
    ):
        dci.dci(*points, np.random.RandomState(0), "oak")


def test_equal_seeds_give_equal_scores_and_leave_the_stream_where_the_draws_did(points):
    codes, factors = points[:2]

    class Data:
        num_factors = 2

        def sample(self, num, random_state):
            rows = random_state.randint(len(codes), size=num)
            return factors[rows], codes[rows]

    results, states = [], []
    for _ in range(2):
        state = np.random.RandomState(3)
        results.append(dci.compute_dci(Data(), lambda x: x, state, None, 100, 50))
        states.append(state.randint(2**31))
    drawn = np.random.RandomState(3)
    for size in [16] * 6 + [4] + [16] * 3 + [2]:
        drawn.randint(400, size=size)
    assert results[0] == results[1]
    assert states == [drawn.randint(2**31)] * 2


def test_reference_helpers_have_codes_as_rows(points):
    transposed = [part.T for part in points]
    assert dci._compute_dci(*transposed)["disentanglement"] == pytest.approx(1.0, abs=1e-6)
    importances, train, test = dci.compute_importance_gbt(*transposed)
    assert importances == pytest.approx(np.eye(2), abs=1e-6)
    assert (train, test) == (1.0, 1.0)


def test_each_code_and_each_factor_has_its_own_concentration():
    importance = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 0.0]])
    per_code = dci.disentanglement_per_code(importance)
    np.testing.assert_allclose(per_code, [1, 0, 0], atol=1e-8)
    # Columns (2/3, 1/3, 0) and (0, 1, 0): entropies ln 3 - 2/3 ln 2 and 0, in units of ln 3.
    expected = [1 - (np.log(3) - 2 / 3 * np.log(2)) / np.log(3), 1]
    np.testing.assert_allclose(dci.completeness_per_factor(importance), expected, atol=1e-8)
