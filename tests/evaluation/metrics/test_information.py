import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from dlib.evaluation.metrics import information


def test_entropies_of_uniform_biased_and_constant_values():
    labels = np.array([[1, 1, 7], [2, 1, 7], [3, 1, 7], [4, 2, 7]])
    share = np.array([3 / 4, 1 / 4])
    expected = [np.log(4), -np.sum(share * np.log(share)), 0.0]
    assert information.entropies(labels) == pytest.approx(expected, abs=1e-15)


def test_mutual_information_is_that_of_scikit_learn():
    random = np.random.RandomState(0)
    first = random.randint(20, size=(3000, 4))
    second = np.stack([first[:, 0] // 5, random.randint(3, size=3000) - 1], axis=1)
    expected = [[mutual_info_score(k, d) for k in second.T] for d in first.T]
    found = information.mutual_information_matrix(first, second)
    assert np.abs(found - expected).max() < 1e-12


def test_mutual_information_of_a_value_with_itself_is_its_entropy():
    labels = np.random.RandomState(1).randint(7, size=(500, 3))
    found = np.diag(information.mutual_information_matrix(labels, labels))
    assert found == pytest.approx(information.entropies(labels), abs=1e-14)


def test_mutual_information_of_independent_and_of_constant_values_is_exactly_zero():
    first = np.array([[0, 5], [0, 5], [1, 5], [1, 5]])
    second = np.array([[0, 3], [1, 3], [0, 3], [1, 3]])
    found = information.mutual_information_matrix(first, second)
    assert found.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_values_may_be_of_any_type():
    words = np.array([["cat", "red"], ["dog", "red"], ["cat", "blue"], ["dog", "blue"]])
    indices, sizes = information.value_indices(words)
    assert indices.tolist() == [[0, 1], [1, 1], [0, 0], [1, 0]]
    assert sizes.tolist() == [2, 2]
