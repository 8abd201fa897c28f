import gin
import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from dlib.data.ground_truth.dummy_data import IdentityObservationsData
from dlib.evaluation.metrics import downstream_task, predictors
from dlib.utils.errors import DlibError


@pytest.fixture(autouse=True)
def _logistic_regression():
    gin.clear_config()
    gin.bind_parameter("predictor.predictor_fn", predictors.logistic_regression_cv)
    yield
    gin.clear_config()


def test_a_perfect_code_is_predicted_and_noise_is_not():
    def encode(x):
        return (np.asarray(x) == 3)[:, :1].astype(float) * 2 - 1  # whether factor 0 is 3

    class Data(IdentityObservationsData):
        def sample(self, num, random_state):
            factors, observations = super().sample(num, random_state)
            return np.stack([factors[:, 0] == 3, factors[:, 1] < 5], axis=1).astype(
                int
            ), observations

    scores = downstream_task.compute_downstream_task(
        Data(), encode, np.random.RandomState(0), None, [500], 500
    )
    assert scores["500:train_accuracy_factor_0"] == scores["500:test_accuracy_factor_0"] == 1.0
    assert 0.4 < scores["500:test_accuracy_factor_1"] < 0.6
    mean = (1.0 + scores["500:test_accuracy_factor_1"]) / 2
    assert scores["500:mean_test_accuracy"] == pytest.approx(mean)
    assert scores["500:min_test_accuracy"] == scores["500:test_accuracy_factor_1"]
    assert len(scores) == 4 + 2 * 2
    assert all(type(value) is float for value in scores.values())


def test_points_are_drawn_anew_for_each_size_and_fits_leave_the_stream_alone():
    gin.bind_parameter("predictor.predictor_fn", DecisionTreeClassifier)
    data, random_state = IdentityObservationsData(), np.random.RandomState(7)
    downstream_task.compute_downstream_task(data, np.asarray, random_state, None, [20, 30], 10, 16)
    expected = np.random.RandomState(7)
    for number in (16, 4, 10, 16, 14, 10):
        expected.randint(10, size=(number, 10))
    assert random_state.randint(2**31) == expected.randint(2**31)


def test_equal_seeds_give_equal_scores():
    gin.bind_parameter("predictor.predictor_fn", predictors.gradient_boosting_classifier)
    data = _TwoFactors()
    first, second = (
        downstream_task.compute_downstream_task(
            data, np.asarray, np.random.RandomState(3), None, [40], 20
        )
        for _ in range(2)
    )
    assert first == second


def test_one_label_in_the_training_points_is_predicted_everywhere():
    codes, labels = np.arange(6.0)[:, None], np.zeros([6, 1], int)
    test_labels = np.array([[0], [1], [0], [0]])
    train, test = downstream_task.accuracies(
        codes, labels, codes[:4], test_labels, predictors.logistic_regression_cv,
        np.random.RandomState(0),
    )  # fmt: skip
    assert train.tolist() == [1.0]
    assert test.tolist() == [0.75]


def test_without_codes_the_most_frequent_label_is_predicted():
    labels = np.array([[0], [1], [1]])
    train, test = downstream_task.accuracies(
        np.zeros([3, 0]), labels, np.zeros([2, 0]), np.array([[1], [0]]),
        predictors.logistic_regression_cv, np.random.RandomState(0),
    )  # fmt: skip
    assert train.tolist() == [pytest.approx(2 / 3)]
    assert test.tolist() == [0.5]


def test_too_few_points_and_nan_are_clear_errors():
    fit, state = predictors.logistic_regression_cv, np.random.RandomState(0)
    with pytest.raises(DlibError, match="LogisticRegressionCV cannot be fitted on 3 points"):
        downstream_task.fit(fit, np.arange(3.0)[:, None], np.array([0, 1, 1]), state)
    with pytest.raises(DlibError, match="NaN"):
        downstream_task.fit(fit, np.full([8, 1], np.nan), np.arange(8) % 2, state)


def test_ten_points_of_many_classes_work():
    scores = downstream_task.compute_downstream_task(
        _TwoFactors((2, 15)), np.asarray, np.random.RandomState(0), None, 10, 50
    )
    assert np.isfinite(list(scores.values())).all()


class _TwoFactors:
    num_factors = 2

    def __init__(self, sizes=(2, 3)):
        self.sizes = sizes

    def sample(self, num, random_state):
        factors = np.stack([random_state.randint(size, size=num) for size in self.sizes], axis=1)
        return factors, factors.astype(float)
