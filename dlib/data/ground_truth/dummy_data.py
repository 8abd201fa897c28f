"""Data sets without images, for tests of metrics and pipelines.

Axes: N observations, K factors.
"""

import numpy as np

from dlib.data.ground_truth.ground_truth_data import GroundTruthData
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.util import checked_factors

_NUM_FACTORS = 10


@register("identity")
class IdentityObservationsData(GroundTruthData):
    """Ten factors of ten values; the observation is the vector of factors.

    A perfect, a permuted or a duplicated representation is then a function of the observation, so
    a metric's value is known. (The reference declares one value per factor and draws 1 to 10; here
    the same draws give 0 to 9 and ten values are declared.)
    """

    source = "drawn at random"

    @property
    def factor_names(self):
        """factor 0 to factor 9."""
        return tuple(f"factor {k}" for k in range(_NUM_FACTORS))

    @property
    def factors_num_values(self):
        """Ten tens."""
        return [10] * _NUM_FACTORS

    @property
    def observation_shape(self):
        """``[10]``: no image."""
        return [_NUM_FACTORS]

    def sample_factors(self, num, random_state):
        """Draws factors: int64 ``[num, 10]``, one draw of this shape."""
        return random_state.randint(10, size=(num, _NUM_FACTORS))

    def sample_observations_from_factors(self, factors, random_state):
        """The factors themselves: float32 ``[N, 10]`` of 0 to 9."""
        return checked_factors(factors, self.factors_num_values).astype(np.float32)


@register("dummy_data")
class DummyData(GroundTruthData):
    """Ten factors of five values and images of noise that know nothing of them."""

    source = "drawn at random"

    @property
    def factor_names(self):
        """factor 0 to factor 9."""
        return tuple(f"factor {k}" for k in range(_NUM_FACTORS))

    @property
    def factors_num_values(self):
        """Ten fives."""
        return [5] * _NUM_FACTORS

    @property
    def observation_shape(self):
        """``[64, 64, 1]``."""
        return [64, 64, 1]

    def sample_factors(self, num, random_state):
        """Draws factors: int64 ``[num, 10]``, one draw of this shape."""
        return random_state.randint(5, size=(num, _NUM_FACTORS))

    def sample_observations_from_factors(self, factors, random_state):
        """Draws noise: float32 ``[N, 64, 64, 1]`` from U(0, 1)."""
        num = len(checked_factors(factors, self.factors_num_values))
        return random_state.random_sample((num, *self.observation_shape)).astype(np.float32)
