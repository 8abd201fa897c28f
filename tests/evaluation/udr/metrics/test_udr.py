import numpy as np
import pytest
from sklearn.linear_model import Lasso

from dlib.data.ground_truth.dummy_data import DummyData
from dlib.evaluation.udr.metrics import udr
from dlib.utils.errors import DlibError

PERMUTATION = np.random.RandomState(0).permutation(10)
SIGNS = np.array([1, -1] * 5)


def _ten_pixels(observations):
    return observations.reshape(len(observations), -1)[:, :10], np.ones(10)


def _permuted(observations):
    codes, kl = _ten_pixels(observations)
    return codes[:, PERMUTATION] * SIGNS, kl


def _scores(models, num_points=500, **options):
    random_state = np.random.RandomState(0)
    return udr.compute_udr_sklearn(DummyData(), models, random_state, 50, num_points, **options)


@pytest.mark.parametrize(("kind", "expected"), [("lasso", 0.9), ("spearman", None)])
def test_permuted_and_inverted_models_agree(kind, expected):
    scores = _scores([_ten_pixels, _permuted], correlation_matrix=kind)
    assert np.shape(scores["pairwise_disentanglement_scores"]) == (2, 2, 1)
    correlations = np.array(scores["raw_correlations"])
    assert correlations.shape == (2, 2, 10, 10)
    assert (correlations[0, 1].argmax(axis=0) == PERMUTATION).all()
    assert not correlations[[0, 1], [0, 1]].any()
    if expected:  # a Lasso of strength 0.1 shrinks a weight of 1 by 0.1, and nothing else relates
        assert scores["model_scores"] == pytest.approx([expected] * 2, abs=0.01)
    else:  # |rho| is 1 for the pair and about 1/sqrt(N) for the 9 others: 1 / (1 + 9 * 0.036)
        assert scores["model_scores"] == pytest.approx([0.76] * 2, abs=0.06)


def test_scores_are_medians_over_the_other_models():
    pairwise = np.array([[0, 1.0, 0.2], [0.5, 0, 0.4], [0.1, 0.6, 0]])
    # by columns, without the diagonal: (0.5, 0.1), (1.0, 0.6), (0.2, 0.4)
    np.testing.assert_allclose(udr.model_scores(pairwise), [0.3, 0.8, 0.3])


def test_latents_without_information_are_left_out():
    noise = np.random.RandomState(3)

    def one_latent(observations):
        codes = noise.random_sample((len(observations), 10))
        codes[:, 0] = observations[:, 0, 0, 0]
        return codes, np.array([1.0] + [0.005] * 9)

    models = [one_latent, one_latent]
    assert _scores(models)["model_scores"] == pytest.approx([0.9, 0.9], abs=0.01)
    unfiltered = _scores(models, filter_low_kl=False)["model_scores"]
    assert unfiltered == pytest.approx([0.09, 0.09], abs=0.001)  # one of ten lines has 0.9
    assert _scores(models, kl_filter_threshold=2.0)["model_scores"] == [0.0, 0.0]


def test_models_may_have_different_numbers_of_latents():
    def three_pixels(observations):
        codes, kl = _ten_pixels(observations)
        return codes[:, :3], kl[:3]

    scores = _scores([_ten_pixels, three_pixels, _permuted])
    shapes = [[np.shape(matrix) for matrix in row] for row in scores["raw_correlations"]]
    assert shapes[0] == [(10, 10), (10, 3), (10, 10)]
    assert shapes[1] == [(3, 10), (3, 3), (3, 10)]
    # 3 of 10 lines of the one, all 3 of the other: (0.3 + 1) / 2 of 0.9
    pairwise = scores["pairwise_disentanglement_scores"]
    assert pairwise[0][1][0] == pytest.approx(0.9 * 0.65, abs=0.01)


def test_regressions_of_all_models_at_once_are_those_of_each_pair():
    random = np.random.RandomState(0)
    latents = [random.randn(80, size) for size in (3, 4, 2)]
    correlations = udr._lasso_of_all(latents)
    for i, j in ((0, 1), (0, 2), (1, 0), (2, 1)):
        expected = np.abs(Lasso(alpha=0.1).fit(latents[i], latents[j]).coef_).T
        np.testing.assert_array_equal(correlations[i][j], expected)


def test_points_are_shared_and_the_last_batch_is_smaller():
    sizes, seen = [], []

    def first(observations):
        sizes.append(len(observations))
        return _ten_pixels(observations)[0], np.full(10, len(observations), float)

    def second(observations):
        seen.append(observations.sum())
        return _permuted(observations)

    latents, divergences = udr.encode_models(
        DummyData(), [first, second], 70, 30, np.random.RandomState(0)
    )
    assert sizes == [30, 30, 10]
    assert len(seen) == 3
    assert [len(codes) for codes in latents] == [70, 70]
    np.testing.assert_allclose(divergences[0], (30 * 30 + 30 * 30 + 10 * 10) / 70)


@pytest.mark.parametrize(
    ("matrix", "score"),
    [
        (np.eye(3), 1.0),
        (np.array([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]]), 2 / 3),  # (1/2 + 1/2 + 1) / 3
        (np.ones((3, 3)), 1 / 3),
        (np.zeros((3, 3)), 0.0),
        (np.zeros((0, 3)), 0.0),
        (np.array([[0.5, 0.0], [0.0, 0.0]]), 0.25),
    ],
)
def test_relative_strength(matrix, score):
    assert udr.relative_strength_disentanglement(matrix) == pytest.approx(score)


def test_rank_correlation_by_hand():
    first = np.array([[1.0, 5], [2, 5], [3, 5]])
    second = np.array([[30.0, 1], [20, 3], [10, 2]])
    np.testing.assert_allclose(udr.spearman_correlation_conv(first, second), [[1, 0.5], [0, 0]])


def test_weights_of_one_target():
    codes = np.random.RandomState(0).randn(50, 3)
    weights = udr.lasso_correlation_matrix(codes, codes[:, :1])
    assert weights.shape == (3, 1)
    assert weights.argmax() == 0


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        ([_ten_pixels], {}, "two or more"),
        ([_ten_pixels] * 2, {"correlation_matrix": "pearson"}, "'lasso', 'spearman'"),
        ([_ten_pixels] * 2, {"num_points": 0}, "at least 1"),
        ([_ten_pixels, lambda x: (_ten_pixels(x)[0], np.full(10, np.inf))], {}, "model 1 has"),
        ([_ten_pixels, lambda x: (_ten_pixels(x)[0] * np.nan, np.ones(10))], {}, "NaN"),
    ],
)
def test_bad_input_is_one_clear_error(models, options, message):
    with pytest.raises(DlibError, match=message):
        _scores(models, **options)
