import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import fairness, predictors
from dlib.utils.errors import DlibError


@pytest.fixture(autouse=True)
def _boosted_trees():
    gin.clear_config()
    gin.bind_parameter("predictor.predictor_fn", predictors.gradient_boosting_classifier)
    yield
    gin.clear_config()


class _Factors:
    def __init__(self, sizes):
        self.factors_num_values = sizes
        self.num_factors = len(sizes)
        self.calls = []

    def sample_factors(self, num, random_state):
        self.calls.append(("factors", num))
        draws = [random_state.randint(size, size=num) for size in self.factors_num_values]
        return np.stack(draws, axis=1)

    def sample_observations_from_factors(self, factors, random_state):
        self.calls.append(("observations", len(factors)))
        return np.asarray(factors, float)

    def sample(self, num, random_state):
        factors = self.sample_factors(num, random_state)
        return factors, self.sample_observations_from_factors(factors, random_state)


def _scores(encode, sizes=(2, 3)):
    return fairness.compute_fairness(
        _Factors(sizes), encode, np.random.RandomState(0), None, 200, 50
    )


def test_separate_codes_are_fair():
    scores = _scores(np.asarray)
    assert set(scores.values()) == {0.0}
    assert len(scores) == 2 * (2 + 2 * 2 + 2 * 2 + 8)


def test_a_classifier_that_sees_only_the_sensitive_factor_is_unfair():
    """c_1 is copied to c_2's code only: predictions of c_2 are a function of c_1."""

    class Correlated(_Factors):
        def sample(self, num, random_state):
            factors, observations = super().sample(num, random_state)
            factors[:, 1] = factors[:, 0]  # in training both are one
            return factors, observations

    scores = fairness.compute_fairness(
        Correlated((2, 2)), lambda x: x[:, :1], np.random.RandomState(0), None, 200, 50
    )
    # predictions are all 0, or all 1, against a half each: distance 1/2
    assert scores["mean_fairness:pred1:sens0"] == scores["max_fairness:pred1:sens0"] == 0.5
    assert scores["mean_fairness:pred0:sens1"] == 0.0
    assert scores["mean_fairness:mean_pred:mean_sens"] == 0.25
    assert scores["mean_fairness:max_pred:mean_sens"] == 0.5


def test_factors_are_drawn_once_for_all_values_of_a_sensitive_factor():
    data, random_state = _Factors((2, 3)), np.random.RandomState(4)
    fairness.compute_fairness(data, np.asarray, random_state, None, 20, 5)
    training = [("factors", 16), ("observations", 16), ("factors", 4), ("observations", 4)]
    per_value = ("observations", 5)
    assert data.calls == [
        *training,
        ("factors", 5),
        *[per_value] * 3,
        ("factors", 5),
        *[per_value] * 2,
    ]
    expected = np.random.RandomState(4)
    for number in (16, 4, 5, 5):
        expected.randint(2, size=number)
        expected.randint(3, size=number)
    assert random_state.randint(2**31) == expected.randint(2**31)


def test_total_variation_by_hand():
    # all: 1/3, 2/3. First value: 0, 1 (distance 1/3); second: 1/2, 1/2 (distance 1/6).
    mean, greatest = fairness.inter_group_fairness([[0, 100], [100, 100]])
    assert mean == pytest.approx(1 / 3 * 1 / 3 + 2 / 3 * 1 / 6)
    assert greatest == pytest.approx(1 / 3)


def test_means_and_maxima_of_rows_and_columns():
    scores = fairness.compute_scores_dict(np.array([[9.0, 2, 4], [4, 9, 8], [2, 10, 9]]), "t")
    expected = {
        "t:pred0:sens1": 2, "t:pred0:sens2": 4, "t:pred1:sens0": 4, "t:pred1:sens2": 8,
        "t:pred2:sens0": 2, "t:pred2:sens1": 10,
        "t:pred0:mean_sens": 3, "t:pred0:max_sens": 4, "t:pred1:mean_sens": 6,
        "t:pred1:max_sens": 8, "t:pred2:mean_sens": 6, "t:pred2:max_sens": 10,
        "t:sens0:mean_pred": 3, "t:sens0:max_pred": 4, "t:sens1:mean_pred": 6,
        "t:sens1:max_pred": 10, "t:sens2:mean_pred": 6, "t:sens2:max_pred": 8,
        "t:mean_sens:mean_pred": 5, "t:mean_sens:max_pred": 22 / 3, "t:max_sens:mean_pred": 6,
        "t:max_sens:max_pred": 10, "t:mean_pred:mean_sens": 5, "t:mean_pred:max_sens": 22 / 3,
        "t:max_pred:mean_sens": 6, "t:max_pred:max_sens": 10,
    }  # fmt: skip
    assert scores == pytest.approx(expected)


def test_one_factor_is_a_clear_error_and_one_value_is_fair():
    with pytest.raises(DlibError, match="one factor"):
        _scores(np.asarray, sizes=(4,))
    assert set(_scores(np.asarray, sizes=(2, 1)).values()) == {0.0}
