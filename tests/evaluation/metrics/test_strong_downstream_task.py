import gin
import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from dlib.data.ground_truth.dummy_data import DummyData, IdentityObservationsData
from dlib.evaluation.metrics import predictors
from dlib.evaluation.metrics import strong_downstream_task as metric
from dlib.utils.errors import DlibError


@pytest.fixture(autouse=True)
def _logistic_regression():
    gin.clear_config()
    gin.bind_parameter("predictor.predictor_fn", predictors.logistic_regression_cv)
    yield
    gin.clear_config()


class _Bits:
    """Factors of two values, observed as they are."""

    def __init__(self, num_factors):
        self.num_factors = num_factors
        self.factors_num_values = [2] * num_factors

    def sample_factors(self, num, random_state):
        return random_state.randint(2, size=(num, self.num_factors))

    def sample_observations_from_factors(self, factors, random_state):
        return np.asarray(factors, float)


def _scores(encode, data=None, seed=0):
    return metric.compute_strong_downstream_task(
        data or _Bits(2), encode, np.random.RandomState(seed), None, [200], 200, 2
    )


def test_disentangled_codes_stand_the_shift():
    scores = _scores(np.asarray)
    assert scores == {
        "200:mean_train_accuracy": 1.0,
        "200:mean_test_accuracy": 1.0,
        "200:mean_strong_train_accuracy": 1.0,
        "200:mean_strong_test_accuracy": 1.0,
        "200:strong_generalization_gap": 0.0,
    }


def test_codes_whose_meaning_turns_with_the_other_factor_fail():
    """With a = c_1 xor c_2 and b = c_2: a gives c_1 only where c_2 is what it was in training."""

    def encode(x):
        return np.logical_xor(x[:, 0], x[:, 1])[:, None].astype(float)

    scores = _scores(encode)
    assert scores["200:mean_strong_train_accuracy"] == 1.0
    assert scores["200:mean_strong_test_accuracy"] == 0.0
    assert scores["200:strong_generalization_gap"] == 1.0


def test_all_factors_are_drawn_before_all_observations():
    calls = []

    class Recorded(_Bits):
        def sample_factors(self, num, random_state):
            calls.append(("factors", num))
            return super().sample_factors(num, random_state)

        def sample_observations_from_factors(self, factors, random_state):
            calls.append(("observations", len(factors)))
            random_state.randint(5)  # a hidden factor
            return super().sample_observations_from_factors(factors, random_state)

    random_state = np.random.RandomState(5)
    metric.compute_strong_downstream_task(
        Recorded(2), np.asarray, random_state, None, [20], 30, n_experiment=1
    )
    points = [("observations", 20), ("observations", 30)]
    assert calls == [("factors", 20), ("factors", 30)] + 3 * points  # plain, and one per factor
    expected = np.random.RandomState(5)
    expected.randint(2, size=(20, 2))
    expected.randint(2, size=(30, 2))
    for _ in range(6):
        expected.randint(5)
    assert random_state.randint(2**31) == expected.randint(2**31)


def test_the_shift_holds_another_factor_and_tests_the_other_values():
    data, random_state = DummyData(), np.random.RandomState(0)
    train, test = (data.sample_factors(200, random_state) for _ in range(2))
    for target in range(10):
        shifted_train, shifted_test, held, value = metric.intervene(
            train, test, target, 10, data, random_state
        )
        assert held != target
        assert (shifted_train[:, held] == value).all()
        assert set(shifted_test[:, held]) == set(range(5)) - {value}
        kept = np.arange(10) != held
        np.testing.assert_array_equal(shifted_train[:, kept], train[:, kept])
        np.testing.assert_array_equal(shifted_test[:, kept], test[:, kept])


def test_a_factor_of_one_value_is_never_held():
    class Data(_Bits):
        factors_num_values = [2, 1, 3]

        def __init__(self):
            self.num_factors = 3

    factors = np.zeros([4, 3], int)
    for seed in range(8):
        held = metric.intervene(factors, factors, 0, 3, Data(), np.random.RandomState(seed))[2]
        assert held == 2
    with pytest.raises(DlibError, match="cannot shift"):
        metric.intervene(factors[:, :2], factors[:, :2], 0, 2, Data())


def test_equal_seeds_give_equal_scores():
    gin.bind_parameter("predictor.predictor_fn", DecisionTreeClassifier)
    data = IdentityObservationsData()

    def encode(x):
        return np.asarray(x)[:, :3] + np.asarray(x)[:, 3:6]

    run = (data, encode)
    first, second = (
        metric.compute_strong_downstream_task(*run, np.random.RandomState(1), None, [60], 40, 1)
        for _ in range(2)
    )
    assert first == second


def test_no_gap_where_nothing_was_predicted_right():
    assert metric._named(7, 1.0, 0.0, 1.0, 0.5)["7:strong_generalization_gap"] == 0.0
    assert metric._named(7, 1.0, 0.8, 1.0, 0.2)["7:strong_generalization_gap"] == pytest.approx(
        0.75
    )
