import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.svm import LinearSVC

from dlib.evaluation.metrics import one_code_svm


def fit_scikit_learn(code, labels, code_test):
    model = LinearSVC(C=0.01, class_weight="balanced", random_state=0)
    return model.fit(code[:, None], labels).predict(code_test[:, None])


@pytest.mark.parametrize(
    ("num_classes", "scale", "shift"), [(2, 1, 0), (2, 1, 3), (3, 10, 0), (5, 0.1, 0), (40, 1, 0)]
)
def test_accuracy_is_that_of_linear_svc(num_classes, scale, shift):
    random = np.random.RandomState(num_classes)
    labels = np.minimum(*random.randint(num_classes, size=(2, 6000)))  # unbalanced
    code = (2 * labels / num_classes + 0.5 * random.randn(6000)) * scale + shift
    train, test = slice(4000), slice(4000, None)
    found = one_code_svm.fit_predict(code[train], labels[train], code[test])
    expected = fit_scikit_learn(code[train], labels[train], code[test])
    assert np.mean(found == expected) > 0.99
    accuracies = [np.mean(p == labels[test]) for p in (found, expected)]
    assert accuracies[0] == pytest.approx(accuracies[1], abs=2e-3)


def test_minimum_is_that_of_a_general_minimiser():
    random = np.random.RandomState(0)
    code, labels = random.randn(300) + 0.5, random.randint(3, size=300)
    inside = 0.01 * 300 / (3 * np.bincount(labels))
    line = one_code_svm._Line(code, labels, np.arange(3))
    found = one_code_svm._minimise(line, inside, np.full(1, 0.01))
    for k in range(3):

        def objective(point, k=k):
            sign = np.where(labels == k, 1.0, -1.0)
            weight = np.where(labels == k, inside[k], 0.01)
            short = np.maximum(0.0, 1.0 - sign * (point[0] * code + point[1]))
            return 0.5 * point @ point + np.sum(weight * short**2)

        best = minimize(objective, np.zeros(2), tol=1e-12)
        assert found[:, k] == pytest.approx(best.x, abs=1e-6)


def test_a_dead_code_predicts_one_class():
    labels = np.array([0, 0, 0, 1, 2])
    found = one_code_svm.fit_predict(np.full(5, 2.0), labels, np.full(4, 2.0))
    assert len(set(found)) == 1


def test_codes_with_many_equal_values():
    labels = np.repeat([0, 1], 50)
    found = one_code_svm.fit_predict(labels * 2.0 - 1, labels, np.array([-1.0, 1.0]))
    assert found.tolist() == [0, 1]


def test_a_single_class_is_predicted_everywhere():
    found = one_code_svm.fit_predict(np.arange(4.0), np.full(4, 7), np.arange(2.0))
    assert found.tolist() == [7, 7]
