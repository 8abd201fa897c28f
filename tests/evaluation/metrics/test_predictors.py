import numpy as np
import pytest

from dlib.evaluation.metrics import predictors


@pytest.fixture
def points():
    labels = np.arange(60) % 2
    return labels[:, None] + 0.1 * np.random.RandomState(0).randn(60, 1), labels


@pytest.mark.parametrize(
    "make", [predictors.logistic_regression_cv, predictors.gradient_boosting_classifier]
)
def test_classifiers_learn_and_repeat(points, make):
    codes, labels = points
    models = [predictors.fitted(make(random_state=1), codes, labels) for _ in range(2)]
    assert models[0].score(codes, labels) == 1.0
    first, second = (model.predict_proba(codes) for model in models)
    assert first.tolist() == second.tolist()


def test_settings_are_the_reference_s():
    regression = predictors.logistic_regression_cv()
    assert (regression.Cs, regression.cv.n_splits, regression.cv.shuffle) == (10, 5, False)
    trees = predictors.gradient_boosting_classifier()
    assert (trees.n_estimators, trees.learning_rate, trees.max_depth) == (100, 0.1, 3)


def test_a_single_class_is_predicted_without_a_fit(points):
    codes, _ = points
    model = predictors.fitted(predictors.gradient_boosting_classifier(), codes, np.full(60, 4))
    assert set(model.predict(codes)) == {4}
