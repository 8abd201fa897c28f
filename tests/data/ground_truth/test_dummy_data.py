"""Data sets without images."""

import numpy as np
import pytest

from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.utils.errors import DlibError


def test_identity_observes_the_factors_with_the_reference_draws():
    data = get_named_ground_truth_data("identity")
    factors, observations = data.sample(50, np.random.RandomState(0))
    # The reference draws random_integers(10), that is randint(1, 11), from the same stream.
    np.testing.assert_array_equal(
        factors, np.random.RandomState(0).randint(1, 11, size=(50, 10)) - 1
    )
    assert factors.max() < min(data.factors_num_values)
    np.testing.assert_array_equal(observations, factors)
    assert observations.dtype == np.float32
    assert observations.shape[1:] == tuple(data.observation_shape)
    assert len(data.factor_names) == data.num_factors == 10


def test_dummy_is_noise():
    data = get_named_ground_truth_data("dummy_data")
    factors, observations = data.sample(3, np.random.RandomState(0))
    stream = np.random.RandomState(0)
    np.testing.assert_array_equal(factors, stream.randint(5, size=(3, 10)))
    expected = stream.random_sample((3, 64, 64, 1)).astype(np.float32)
    np.testing.assert_array_equal(observations, expected)
    assert data.factors_num_values == [5] * 10
    assert len(data.factor_names) == 10


@pytest.mark.parametrize("name", ["identity", "dummy_data"])
def test_factors_are_checked(name):
    data = get_named_ground_truth_data(name)
    with pytest.raises(DlibError, match="expected 0 to"):
        data.sample_observations_from_factors([[10] * 10], np.random.RandomState(0))
