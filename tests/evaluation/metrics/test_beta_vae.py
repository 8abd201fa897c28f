import numpy as np
import pytest

from dlib.evaluation.metrics import beta_vae
from dlib.utils.errors import DlibError


class FactorVectors:
    """Three factors as their own observations; notes the calls that draw."""

    num_factors = 3

    def __init__(self):
        self.calls = []

    def sample_factors(self, num, random_state):
        self.calls.append(("factors", num))
        return random_state.randint(6, size=(num, 3))

    def sample_observations_from_factors(self, factors, random_state):
        self.calls.append(("observations", factors.copy()))
        return factors + random_state.randn(*factors.shape) * 0.0


def compute(data, represent, seed=0, batch_size=8, num_train=400, num_eval=200):
    state = np.random.RandomState(seed)
    return beta_vae.compute_beta_vae_sklearn(
        data, represent, state, None, batch_size, num_train, num_eval
    )


def test_aligned_codes_tell_the_shared_factor():
    found = compute(FactorVectors(), lambda x: x)
    assert (found["train_accuracy"], found["eval_accuracy"]) == (1.0, 1.0)


def test_dead_codes_are_at_chance():
    found = compute(FactorVectors(), np.zeros_like)
    assert found["eval_accuracy"] == pytest.approx(1 / 3, abs=0.1)


def test_draws_come_in_the_order_of_the_reference():
    data = FactorVectors()
    points, labels = beta_vae.sample_points(data, lambda x: x, 5, 2, np.random.RandomState(0))
    assert [name for name, _ in data.calls] == ["factors"] * 2 + ["observations"] * 2 + [
        "factors"
    ] * 2 + ["observations"] * 2
    state = np.random.RandomState(0)
    for p in range(2):
        shared = state.randint(3)
        first, second = state.randint(6, size=(5, 3)), state.randint(6, size=(5, 3))
        second[:, shared] = first[:, shared]
        state.randn(5, 3), state.randn(5, 3)
        assert labels[p] == shared
        assert points[p] == pytest.approx(np.abs(first - second).mean(axis=0))


def test_factors_that_are_no_product_are_drawn_given_the_shared_one():
    class Diagonal(FactorVectors):
        def sample_factors(self, num, random_state):
            return np.repeat(random_state.randint(6, size=(num, 1)), 3, axis=1)

        def sample_factors_given(self, column, values, random_state):
            return np.repeat(np.asarray(values)[:, None], 3, axis=1)

    points, _ = beta_vae.sample_points(Diagonal(), lambda x: x, 4, 3, np.random.RandomState(0))
    assert not points.any()  # pairs that agree in one factor agree in all


def test_points_are_split_into_blocks_without_a_change():
    many, _ = beta_vae.sample_points(FactorVectors(), lambda x: x, 2, 300, np.random.RandomState(1))
    few, _ = beta_vae.sample_points(FactorVectors(), lambda x: x, 2, 10, np.random.RandomState(1))
    assert many.shape == (300, 3)
    assert many[:10].tolist() == few.tolist()


def test_a_single_factor_is_always_told():
    class One(FactorVectors):
        num_factors = 1

    assert compute(One(), lambda x: x)["eval_accuracy"] == 1.0


def test_diverged_codes_and_unlabelled_data_are_one_error():
    with pytest.raises(DlibError, match="NaN or infinite"):
        compute(FactorVectors(), lambda x: x * np.nan)
    data = FactorVectors()
    data.num_factors = 0
    with pytest.raises(DlibError, match="beta_vae_sklearn needs factors"):
        compute(data, lambda x: x)
