import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import predictors
from dlib.evaluation.metrics import reduced_downstream_task as metric
from dlib.utils.errors import DlibError


@pytest.fixture(autouse=True)
def _configuration():
    gin.clear_config()
    gin.bind_parameter("predictor.predictor_fn", predictors.gradient_boosting_classifier)
    gin.bind_parameter("reduced_representation.correlation_measure", _absolute_correlation)
    yield
    gin.clear_config()


def _absolute_correlation(mus_train, ys_train, mus_test, ys_test):
    del mus_test, ys_test
    num_codes = len(mus_train)
    return np.abs(np.corrcoef(np.concatenate([mus_train, ys_train])))[:num_codes, num_codes:]


class _TwoBits:
    num_factors = 2
    factors_num_values = (2, 2)

    def sample(self, num, random_state):
        factors = np.stack([random_state.randint(2, size=num) for _ in range(2)], axis=1)
        return factors, factors.astype(float)


def _scores(encode=np.asarray, remove=1, data=None):
    return metric.compute_reduced_downstream_task(
        data or _TwoBits(), encode, np.random.RandomState(0), None, remove, [200], 400
    )


def test_a_factor_is_lost_with_its_only_code_and_the_other_is_kept():
    scores = _scores()
    for aim in (0, 1):
        prefix = f"200:reduced_factor_{aim}:mean_test_accuracy"
        assert 0.4 < scores[f"{prefix}_reduced_factor"] < 0.6  # guessed
        assert scores[f"{prefix}_reduced_factor"] == scores[f"{prefix}_factor_{aim}"]
        assert scores[f"{prefix}_non_reduced_factor"] == scores[f"{prefix}_factor_{1 - aim}"] == 1.0
    assert scores["200:mean_test_accuracy_other_factors"] == 1.0
    lost = [scores[f"200:reduced_factor_{k}:mean_test_accuracy_reduced_factor"] for k in (0, 1)]
    assert scores["200:mean_test_accuracy_reduced_factor"] == pytest.approx(np.mean(lost))
    assert len(scores) == 2 * (2 * (2 + 2) + 2)


def test_a_duplicated_code_must_be_removed_twice():
    def twice(x):
        return np.concatenate([x, x], axis=1)

    assert _scores(twice, remove=1)["200:mean_test_accuracy_reduced_factor"] == 1.0
    assert _scores(twice, remove=2)["200:mean_test_accuracy_reduced_factor"] < 0.6
    assert _scores(twice, remove=2)["200:mean_test_accuracy_other_factors"] == 1.0


def test_removing_nothing_or_more_than_there_is():
    assert _scores(remove=0)["200:mean_test_accuracy_reduced_factor"] == 1.0
    assert 0.4 < _scores(remove=5)["200:mean_test_accuracy_other_factors"] < 0.6
    with pytest.raises(DlibError, match="num_factors_to_remove is -1"):
        _scores(remove=-1)


def test_a_single_factor_has_no_others():
    class OneBit(_TwoBits):
        num_factors = 1

        def sample(self, num, random_state):
            factors, observations = super().sample(num, random_state)
            return factors[:, :1], observations

    scores = _scores(data=OneBit())
    assert 0.4 < scores["200:mean_test_accuracy_reduced_factor"] < 0.6
    assert not [key for key in scores if "other" in key or "non_reduced" in key]


def test_the_code_of_the_greatest_relation_goes():
    def relation(*points):
        return np.array([[0.1, 0.9], [0.5, 0.2], [0.5, 0.3]])

    codes = np.arange(6).reshape(3, 2)
    train, test = metric.compute_reduced_representation(
        codes, np.zeros([2, 2]), codes + 10, np.zeros([2, 2]), 0, relation
    )
    assert train.tolist() == [[0, 1], [4, 5]]  # the first of two equals went
    assert test.tolist() == [[10, 11], [14, 15]]


def test_dci_importance_finds_the_code_of_each_factor():
    factors = np.random.RandomState(0).randint(2, size=(2, 100))
    codes = np.concatenate([factors[::-1], np.zeros([1, 100])]).astype(float)
    matrix = metric.compute_factorwise_dci(codes, factors, codes, factors)
    np.testing.assert_allclose(matrix, [[0, 1], [1, 0], [0, 0]], atol=1e-12)
    points = (codes.T, factors, codes.T, factors)
    accuracy = metric.compute_predictive_accuracy(*points, predictors.gradient_boosting_classifier)
    assert accuracy == ([1.0, 1.0], [1.0, 1.0])
