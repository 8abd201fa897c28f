import gin
import numpy as np
import pytest
from factor_vectors import FactorVectors

from dlib.evaluation.metrics import factor_vae
from dlib.utils.errors import DlibError


def compute(represent, batch_size=8, num_train=300, num_eval=200, num_variance_estimate=500):
    return factor_vae.compute_factor_vae(
        FactorVectors(),
        represent,
        np.random.RandomState(0),
        None,
        batch_size,
        num_train,
        num_eval,
        num_variance_estimate,
    )


def test_aligned_and_permuted_codes_are_perfect():
    expected = {"train_accuracy": 1.0, "eval_accuracy": 1.0, "num_active_dims": 3}
    assert compute(lambda x: x) == expected
    assert compute(lambda x: -3 * x[:, ::-1]) == expected


def test_dead_codes_are_not_counted_and_never_win():
    found = compute(lambda x: np.concatenate([np.ones((len(x), 2)), x], axis=1))
    assert found == {"train_accuracy": 1.0, "eval_accuracy": 1.0, "num_active_dims": 3}


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3])
def test_a_code_that_is_constant_in_float32_is_dead(value):
    """The mean of many 0.1 is rounded, so that their variance comes out as 9e-11."""

    def represent(x):
        return np.concatenate([np.full((len(x), 1), value), x], axis=1).astype(np.float32)

    assert compute(represent) == {"train_accuracy": 1.0, "eval_accuracy": 1.0, "num_active_dims": 3}


def test_only_dead_codes_score_zero():
    found = compute(np.zeros_like)
    assert found == {"train_accuracy": 0.0, "eval_accuracy": 0.0, "num_active_dims": 0}


def test_codes_that_ignore_the_factors_are_at_chance():
    noise = np.random.RandomState(1)
    found = compute(lambda x: noise.randn(len(x), 4))
    assert found["eval_accuracy"] == pytest.approx(1 / 3, abs=0.12)


def test_threshold_is_on_the_standard_deviation():
    gin.clear_config()
    gin.parse_config("prune_dims.threshold = 0.05")
    active = factor_vae._prune_dims(np.array([0.0, 0.04**2, 0.06**2, 4.0]))
    gin.clear_config()
    assert active.tolist() == [False, False, True, True]
    assert factor_vae._prune_dims(np.array([0.0, 1e-9])).tolist() == [False, True]


def test_votes_of_the_least_varying_code():
    variances, active = np.array([1.0, 1.0, 1.0]), np.array([True, False, True])
    votes = factor_vae.sample_votes(
        FactorVectors(), lambda x: x, 16, variances, active, 600, np.random.RandomState(0)
    )
    assert votes.shape == (3, 2)
    assert votes.sum() == 600
    assert votes[0, 1] == votes[2, 0] == 0  # fixing a factor fixes its own code
    assert votes[1].min() > 50  # the code of factor 1 is not active: the others share its votes


def test_two_observations_are_needed():
    with pytest.raises(DlibError, match="expected at least 2"):
        compute(lambda x: x, batch_size=1)
