import numpy as np
import pytest
from factor_vectors import FactorVectors

from dlib.evaluation.metrics import factor_vae, z_min_variance
from dlib.utils.errors import DlibError

ARGUMENTS = (None, 8, 300, 200, 500)


def compute(represent, data=None):
    data = data or FactorVectors()
    state = np.random.RandomState(0)
    return z_min_variance.compute_z_min_variance(data, represent, state, *ARGUMENTS)


@pytest.mark.parametrize(
    "represent",
    [
        lambda x: x,
        lambda x: -3 * x[:, ::-1],
        lambda x: np.hstack([x, x]),
        lambda x: np.hstack([np.ones((len(x), 2)), x]),
        lambda x: np.hstack([np.full((len(x), 2), 0.1), x]).astype(np.float32),
    ],
)
def test_aligned_permuted_duplicated_and_padded_codes_are_perfect(represent):
    found = compute(represent)
    assert (found["z_min_variance_train"], found["z_min_variance"]) == (1.0, 1.0)


def test_dead_codes_score_zero():
    found = compute(np.zeros_like)
    assert found == {"z_min_variance_train": 0.0, "z_min_variance": 0.0, "num_active_dims": 0}


def test_codes_without_a_preference_are_at_chance():
    noise = np.random.RandomState(1)
    assert compute(lambda x: noise.randn(len(x), 4))["z_min_variance"] == pytest.approx(0, abs=0.2)


def test_value_is_the_scaled_accuracy_of_the_same_draws():
    mix = np.random.RandomState(2).randn(3, 3)
    state = np.random.RandomState(0)
    raw = factor_vae.compute_factor_vae(FactorVectors(), lambda x: x @ mix, state, *ARGUMENTS)
    expected = (raw["eval_accuracy"] - 1 / 3) / (2 / 3)
    assert compute(lambda x: x @ mix)["z_min_variance"] == pytest.approx(expected)


def test_a_single_factor_is_refused():
    with pytest.raises(DlibError, match="at least two factors"):
        compute(lambda x: x, FactorVectors((6,)))


def test_scale():
    assert z_min_variance.above_chance(1.0, 4) == 1.0
    assert z_min_variance.above_chance(0.25, 4) == 0.0
    assert z_min_variance.above_chance(0.0, 4) == pytest.approx(-1 / 3)
