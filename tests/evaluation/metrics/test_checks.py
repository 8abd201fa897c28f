import numpy as np
import pytest

from dlib.evaluation import array_scores
from dlib.evaluation.metrics import checks
from dlib.utils.errors import DlibError


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_stay_as_they_are(dtype):
    codes = np.arange(6, dtype=dtype).reshape(3, 2)
    assert checks.check_codes(codes) is codes


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16])
def test_other_numbers_become_float64(dtype):
    found = checks.check_codes(np.array([[0, 1], [1, 0]], dtype))
    assert found.dtype == np.float64
    assert found.tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros(3), r"shape \[3\]"),
        (np.zeros((0, 2)), r"shape \[0, 2\]"),
        (np.zeros((2, 0)), r"shape \[2, 0\]"),
        (np.array([["a"], ["b"]]), "expected real numbers"),
        (np.array([[1j], [2]]), "expected real numbers"),
        (np.array([[1.0, np.nan], [1.0, 2.0]]), r"codes \[1\]"),
        (np.array([[-np.inf, 0.0], [1.0, 2.0]]), r"codes \[0\]"),
    ],
)
def test_bad_codes_are_named(codes, message):
    with pytest.raises(DlibError, match=message):
        checks.check_codes(codes)


def test_factors_must_fit_and_be_known():
    codes = np.zeros((3, 2))
    with pytest.raises(DlibError, match=r"expected \[3, factors\]"):
        checks.check_points(codes, np.zeros((2, 1)))
    with pytest.raises(DlibError, match="needs factors, but none"):
        checks.check_points(codes, np.zeros((3, 0)))
    with pytest.raises(DlibError, match="factors hold NaN"):
        checks.check_points(codes, np.full((3, 1), np.nan))


def test_varying_factors():
    factors = np.array([["a", "x"], ["a", "y"]])
    assert checks.check_varying(factors).tolist() == [False, True]
    with pytest.raises(DlibError, match="every factor has a single value"):
        checks.check_varying(factors[:, :1])


def test_small_unsigned_codes_score_like_floats(monkeypatch):
    """0 - 255 is 1 in uint8: differences of pairs must not wrap."""
    sizes = {"batch_size": 16, "num_train": 100, "num_eval": 50}
    monkeypatch.setattr(array_scores, "SIZES", sizes)
    random = np.random.RandomState(0)
    factors = random.randint(4, size=(600, 2))
    codes = (85 * factors).astype(np.uint8)
    metrics = ["beta_vae_sklearn", "factor_vae_score", "mig"]
    found, expected = (
        array_scores.scores(values, factors, metrics) for values in (codes, codes.astype(float))
    )
    assert found.equals(expected)
    assert found.value[1] == 1.0
