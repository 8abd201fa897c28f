import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import discretization, relation_matrices
from dlib.utils.errors import DlibError

# two bits, every combination as often as every other, in another order of the codes
FACTORS = np.tile(np.array([[0, 0, 1, 1], [0, 1, 0, 1]]), 50)  # [K, N]
CODES = np.concatenate([FACTORS[::-1] * 2.0 - 1.0, np.full([1, 200], 0.1)])  # [D, N]
POINTS = (CODES, FACTORS, CODES, FACTORS)


@pytest.fixture(autouse=True)
def _histogram_of_20_bins():
    gin.clear_config()
    gin.bind_parameter("discretizer.discretizer_fn", discretization.histogram_discretizer)
    gin.bind_parameter("discretizer.num_bins", 20)
    yield
    gin.clear_config()


def test_importances():
    matrix = relation_matrices.importance_gbt_matrix(*POINTS)
    np.testing.assert_allclose(matrix, [[0, 1], [1, 0], [0, 0]], atol=1e-12)


def test_mutual_information():
    matrix = relation_matrices.mutual_information_matrix(*POINTS)
    np.testing.assert_allclose(matrix, np.log(2) * np.array([[0, 1], [1, 0], [0, 0]]), atol=1e-12)


def test_accuracy_of_single_codes():
    matrix = relation_matrices.accuracy_svm_matrix(*POINTS)
    np.testing.assert_allclose(matrix, [[0.5, 1], [1, 0.5], [0.5, 0.5]])


def test_a_random_state_goes_to_those_that_take_it():
    given = []

    def seeded(mus_train, ys_train, mus_test, ys_test, random_state=None):
        given.append(random_state)
        return np.zeros([3, 2])

    state = np.random.RandomState(0)
    relation_matrices.relate(seeded, *POINTS, state)
    assert given == [state]
    known_to_gin = gin.external_configurable(seeded, "seeded_relation_of_a_test")
    relation_matrices.relate(known_to_gin, *POINTS, state)
    assert given == [state, state]
    relation_matrices.relate(lambda *points: np.zeros([3, 2]), *POINTS, state)


@pytest.mark.parametrize("result", [np.zeros([2, 3]), np.full([3, 2], np.nan)])
def test_wrong_matrices_are_named(result):
    def my_relation(*points):
        return result

    with pytest.raises(DlibError, match="my_relation returned shape"):
        relation_matrices.relate(my_relation, *POINTS)
