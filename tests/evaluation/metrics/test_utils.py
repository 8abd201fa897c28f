import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import utils


def test_histogram_of_three_bins():
    target = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.6, 0.5, 0.4, 0.3, 0.2, 0.1]])
    expected = [[1, 1, 2, 2, 3, 3], [3, 3, 2, 2, 1, 1]]
    assert utils._histogram_discretize(target, num_bins=3).tolist() == expected
    assert utils.make_discretizer(target, 3, utils.histogram_discretizer).tolist() == expected


def test_entropy_and_information_of_rows():
    rows = np.array([[1, 2, 1, 2], [1, 1, 2, 2]])
    swapped = np.array([[2, 2, 1, 1], [1, 2, 1, 2]])
    assert utils.discrete_entropy(rows) == pytest.approx([np.log(2)] * 2)
    expected = np.log(2) * np.array([[0.0, 1.0], [1.0, 0.0]])
    assert utils.discrete_mutual_info(rows, swapped) == pytest.approx(expected)


def test_split_rounds_the_training_share_up():
    train, test = utils.split_train_test(np.arange(14).reshape(2, 7), 0.5)
    assert train.tolist() == [[0, 1, 2, 3], [7, 8, 9, 10]]
    assert test.tolist() == [[4, 5, 6], [11, 12, 13]]


def test_normalised_rows_and_constant_rows():
    data = np.array([[1.0, 3.0], [5.0, 5.0]])
    normal, mean, deviation = utils.normalize_data(data)
    assert normal.tolist() == [[-1.0, 1.0], [0.0, 0.0]]
    assert mean.tolist() == [[2.0], [5.0]]
    assert deviation.tolist() == [[1.0], [0.0]]
    again, _, _ = utils.normalize_data(data + 1, mean, deviation)
    assert again.tolist() == [[0.0, 2.0], [1.0, 1.0]]


def test_codes_and_factors_have_points_as_columns():
    class Data:
        def sample(self, num, random_state):
            factors = random_state.randint(5, size=(num, 2))
            return factors, factors + 0.5

    codes, factors = utils.generate_batch_factor_code(
        Data(), lambda x: np.concatenate([x, x], axis=1), 20, np.random.RandomState(0), 16
    )
    assert codes.shape == (4, 20)
    assert factors.shape == (2, 20)
    assert codes[:2].tolist() == (factors + 0.5).tolist()
    assert utils.obtain_representation(np.ones((5, 3)), lambda x: x, 2).shape == (3, 5)


def test_gin_chooses_the_predictor():
    gin.clear_config()
    gin.parse_config("predictor.predictor_fn = @logistic_regression_cv")
    model = utils.make_predictor_fn()()
    gin.clear_config()
    assert type(model).__name__ == "LogisticRegressionCV"
