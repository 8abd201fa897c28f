import itertools

import gin
import numpy as np
import pytest
from factor_vectors import reference_case

from dlib.data.ground_truth.dummy_data import IdentityObservationsData
from dlib.evaluation.metrics import discretization, irs
from dlib.utils.errors import DlibError

GRID = np.stack(np.meshgrid(np.arange(3), np.arange(4), indexing="ij"), axis=-1).reshape(-1, 2)


@pytest.fixture(autouse=True)
def _histogram_of_20_bins():
    gin.clear_config()
    gin.bind_parameter("discretizer.discretizer_fn", discretization.histogram_discretizer)
    gin.bind_parameter("discretizer.num_bins", 20)
    yield
    gin.clear_config()


@pytest.mark.parametrize(
    ("case", "expected", "active"),
    [  # the reference's own values; toy_aligned has two constant codes
        ("toy_aligned", 0.9999999999999973, 3),
        ("toy_mixed", 0.5759710549478473, 6),
        ("dsprites_mixed", 0.45266630975698435, 10),
        ("dsprites_entangled", 0.003479811692433663, 10),
    ],
)
def test_equals_the_reference(case, expected, active):
    *arguments, num_train, _ = reference_case(case)
    scores = irs.compute_irs(*arguments, None, 0.99, num_train, 16)
    assert scores["IRS"] == pytest.approx(expected, abs=1e-6)
    assert scores["num_active_dims"] == active


def test_a_code_per_factor_is_robust_and_a_mixture_is_not():
    result = irs.robustness(GRID.astype(float), GRID)
    np.testing.assert_allclose(result.scores, 1.0)
    assert result.parents.tolist() == [0, 1]
    # z = c_1 + c_2 in {0, .., 5}, mean 2.5, farthest 2.5. With c_1 held z strays by at most 1.5
    # (1 - 1.5/2.5), with c_2 held by at most 1 (1 - 1/2.5).
    mixture = irs.robustness(GRID.sum(axis=1, keepdims=True).astype(float), GRID, diff_quantile=1.0)
    np.testing.assert_allclose(mixture.matrix, [[0.4, 0.6]])
    assert mixture.parents.tolist() == [1]


def test_scores_are_weighted_by_how_far_a_code_strays():
    first, second = GRID[:, [0]], GRID.sum(axis=1, keepdims=True)
    codes = np.concatenate([10.0 * first, second], axis=1)  # farthest 10 and 2.5
    expected = (10 * 1.0 + 2.5 * 0.6) / 12.5
    assert irs.irs(codes, GRID, diff_quantile=1.0) == pytest.approx(expected)


def test_constant_codes_have_no_parent_and_no_weight():
    codes = np.stack([GRID[:, 0], np.full(12, 0.1)], axis=1)
    result = irs.robustness(codes, GRID)
    assert result.parents.tolist() == [0, irs.NO_PARENT]
    assert result.scores.tolist() == [1.0, 0.0]
    assert result.mean_score == 1.0
    assert irs.irs(np.zeros([12, 3]), GRID) == 0.0


def test_order_of_the_points_does_not_matter():
    rng = np.random.RandomState(0)
    codes = GRID + rng.rand(12, 2)
    shuffle = rng.permutation(12)
    moved = irs.robustness(codes[shuffle], GRID[shuffle])
    np.testing.assert_allclose(moved.matrix, irs.robustness(codes, GRID).matrix)


def test_result_can_be_written_as_json():
    scores = irs.compute_irs(
        IdentityObservationsData(), lambda x: x, np.random.RandomState(0), None, 0.99, 300, 300
    )
    assert scores["IRS"] == pytest.approx(1.0)
    assert scores["parents"] == list(range(10))
    assert np.shape(scores["irs_matrix"]) == (10, 10)
    assert all(isinstance(value, float) for value in scores["vir"])


def test_nan_is_one_clear_error():
    with pytest.raises(DlibError, match="NaN"):
        irs.irs(np.full([12, 2], np.nan), GRID)


def test_the_references_helpers():
    codes = np.random.RandomState(0).normal(size=(6, 50))
    codes[0], codes[-1] = 1.0, 0.1
    np.testing.assert_array_equal(irs._drop_constant_dims(codes), codes[1:-1])
    with pytest.raises(ValueError, match="matrix"):
        irs._drop_constant_dims(np.zeros(3))
    result = irs.scalable_disentanglement_score(GRID, GRID.astype(float))
    assert result["avg_score"] == 1.0
    np.testing.assert_allclose(result["max_deviations"], [1.0, 1.5])


PRODUCT = np.array(list(itertools.product([0, 1], [0, 1])))  # each pair of two factors once
SIGNS = 2.0 * PRODUCT - 1


def test_a_code_that_is_a_factor_is_robust_to_it_alone():
    found = irs.robustness(SIGNS, PRODUCT, diff_quantile=1).matrix
    np.testing.assert_allclose(found, np.eye(2), atol=1e-12)


def test_a_mixture_is_as_robust_as_its_shares():
    code = SIGNS[:, :1] + 2 * SIGNS[:, 1:]
    # At a value of factor 0 the code strays by 2, at one of factor 1 by 1; at most by 3 in all.
    found = irs.robustness(code, PRODUCT, diff_quantile=1).matrix
    np.testing.assert_allclose(found, [[1 - 2 / 3, 1 - 1 / 3]])


def test_values_count_equally_and_the_quantile_is_of_distances():
    factor = np.array([0] * 4 + [1] * 2)[:, None]
    code = np.array([-3.0, -1, 1, 3, 5, 5])[:, None]
    # Mean of all 10/6, farthest 3 + 10/6 = 14/3. Distances at 0: 3, 1, 1, 3, median 2; at 1: 0.
    found = irs.robustness(code, factor, diff_quantile=0.5).matrix
    np.testing.assert_allclose(found, [[1 - (2 + 0) / 2 / (14 / 3)]])


def test_a_constant_code_has_no_robustness():
    found = irs.robustness(np.ones((4, 1)), PRODUCT).matrix
    np.testing.assert_array_equal(found, [[0, 0]])
