import copy

import gin
import numpy as np
import pytest
from factor_vectors import reference_case

from dlib.evaluation.metrics import discretization
from dlib.evaluation.metrics import unsupervised_metrics as metric
from dlib.utils.errors import DlibError

KEYS = (
    "gaussian_total_correlation",
    "gaussian_wasserstein_correlation",
    "gaussian_wasserstein_correlation_norm",
    "mutual_info_score",
)


@pytest.fixture(autouse=True)
def _histogram_of_20_bins():
    gin.clear_config()
    gin.bind_parameter("discretizer.discretizer_fn", discretization.histogram_discretizer)
    gin.bind_parameter("discretizer.num_bins", 20)
    yield
    gin.clear_config()


@pytest.mark.parametrize(
    ("case", "expected"),
    [  # the reference's own values
        (
            "toy_mixed",
            (5.76919701886537, 0.5518428325436844, 0.2472545443936184, 1.1381194646217168),
        ),
        (
            "dsprites_mixed",
            (8.08191295634833, 1.1413623000465876, 0.2958733510535445, 0.1449077997352299),
        ),
        (
            "dsprites_entangled",
            (0.7862917665317104, 0.3570218496616082, 0.07076936730802359, 0.053355723014968694),
        ),
    ],
)
def test_equals_the_reference(case, expected):
    scores = _scores(*_points(case))
    assert [scores[key] for key in KEYS] == pytest.approx(expected, abs=1e-6)


def test_constant_codes_leave_the_scores_of_the_others():
    """The reference has NaN here: log 0 - log 0. Its other three values are met."""
    data, encode, random_state, num_train = _points("toy_aligned")
    state = copy.deepcopy(random_state)
    scores = _scores(data, encode, random_state, num_train)
    expected = (0.0004321086462133472, 0.000257891058589535, 0.0010053591839366313)
    assert [scores[key] for key in KEYS[1:]] == pytest.approx(expected, abs=1e-6)
    live = _scores(data, lambda x: encode(x)[:, :3], state, num_train)
    assert scores[KEYS[0]] == live[KEYS[0]]
    assert 0 <= scores[KEYS[0]] < 1e-2


def _points(case):
    *arguments, num_train, _ = reference_case(case)
    return (*arguments, num_train)


def _scores(data, encode, random_state, num_train):
    return metric.unsupervised_metrics(data, encode, random_state, None, num_train, 16)


@pytest.mark.parametrize("rho", [0.0, 0.5, -0.9])
def test_two_gaussians_in_closed_form(rho):
    cov = np.array([[1.0, 2 * rho], [2 * rho, 4.0]])
    assert metric.gaussian_total_correlation(cov) == pytest.approx(-0.5 * np.log(1 - rho**2))
    # tr (V C)^1/2 of a 2 x 2 matrix is sqrt(tr + 2 sqrt(det)); V C = [[1, .], [., 16]]
    root = np.sqrt(1 + 16 + 2 * np.sqrt(4 * (4 - 4 * rho**2)))
    assert metric.gaussian_wasserstein_correlation(cov) == pytest.approx(2 * 5 - 2 * root)


def test_total_correlation_is_a_divergence():
    factor = np.random.RandomState(0).randn(4, 4)
    cov = factor @ factor.T
    zero = np.zeros(4)
    expected = metric.kl_gaussians_numerically_unstable(zero, cov, zero, np.diag(np.diag(cov)), 4)
    assert metric.gaussian_total_correlation(cov) == pytest.approx(expected)


def test_wasserstein_correlation_equals_the_matrix_square_root():
    from scipy.linalg import sqrtm

    factor = np.random.RandomState(1).randn(5, 5)
    cov = factor @ factor.T
    expected = np.trace(cov + np.diag(np.diag(cov)) - 2 * sqrtm(cov @ np.diag(np.diag(cov))))
    assert metric.gaussian_wasserstein_correlation(cov) == pytest.approx(expected)


def test_singular_covariances_give_finite_numbers():
    duplicate = np.ones([2, 2])
    eps = np.finfo(float).eps  # eigenvalues 2 and 0, of which 0 is raised
    expected = -0.5 * (np.log(2) + np.log(eps))
    assert metric.gaussian_total_correlation(duplicate) == pytest.approx(expected, abs=1e-6)
    # roots of the eigenvalues of [[1, 1], [1, 1]]: sqrt 2 and 0
    expected = 4 - 2 * np.sqrt(2)
    assert metric.gaussian_wasserstein_correlation(duplicate) == pytest.approx(expected)
    assert metric.gaussian_total_correlation(np.zeros([3, 3])) == 0.0


def test_codes_that_cannot_depend_on_each_other_score_0():
    for codes in (np.arange(8.0)[:, None], np.full([8, 3], 0.1)):
        bins = discretization.histogram_bins(codes)
        assert list(metric.dependence(codes, bins).values()) == pytest.approx([0.0] * 4)


def test_mutual_information_of_pairs():
    first, second = np.divmod(np.arange(12), 4)  # independent, 3 and 4 values
    bins = np.stack([first, second, first], axis=1)
    # of three pairs one is a duplicate: H(first) = log 3
    assert metric.mean_pairwise_information(bins) == pytest.approx(np.log(3) / 3)


def test_one_point_and_nan_are_clear_errors():
    with pytest.raises(DlibError, match="1 point"):
        metric.dependence(np.zeros([1, 2]), np.zeros([1, 2]))
    with pytest.raises(DlibError, match="NaN"):
        metric.dependence(np.full([4, 2], np.nan), np.zeros([4, 2]))
