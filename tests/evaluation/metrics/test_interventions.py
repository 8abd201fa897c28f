import numpy as np

from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.evaluation.metrics import interventions


class _Noisy(IndexedData):
    """One factor of 500 values, a hidden one of 3, and noise for each observation."""

    noise_free = False
    factor_names = ("a",)
    factors_num_values = (500,)
    observation_shape = (1, 1, 1)
    num_images = 1500

    def sample_factors(self, num, random_state):
        return random_state.randint(500, size=(num, 1))

    def sample_indices(self, factors, random_state):
        return factors[:, 0] * 3 + random_state.randint(3, size=len(factors))

    def observations_at(self, indices, random_state):
        noise = random_state.uniform(size=(len(indices), 1, 1, 1))
        return (indices[:, None, None, None] + noise).astype(np.float32)


def test_reading_in_parts_draws_as_reading_in_one_go():
    data = _Noisy()
    factors = data.sample_factors(200, np.random.RandomState(0))
    whole, parts = np.random.RandomState(1), np.random.RandomState(1)
    expected = data.sample_observations_from_factors(factors, whole).reshape(200, 1)
    calls = []

    def encode(observations):
        calls.append(len(observations))
        return observations.reshape(len(observations), 1)

    codes = interventions.codes_of(data, encode, factors, parts)
    np.testing.assert_array_equal(codes, expected)
    assert parts.randint(2**31) == whole.randint(2**31)
    assert sum(calls) == 200


def test_data_without_an_index_is_observed_in_one_call():
    class Plain:
        def sample_observations_from_factors(self, factors, random_state):
            return factors + random_state.uniform(size=factors.shape)

    factors = np.arange(300.0).reshape(150, 2)
    codes = interventions.codes_of(Plain(), np.asarray, factors, np.random.RandomState(0))
    expected = factors + np.random.RandomState(0).uniform(size=factors.shape)
    np.testing.assert_array_equal(codes, expected)
