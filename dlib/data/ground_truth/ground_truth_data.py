"""The interface that every data set offers and every metric uses.

Axes: N observations, K factors, H W C image.
"""

import abc

import numpy as np


class GroundTruthData(abc.ABC):
    """Observations with the ground-truth factors that made them.

    Attributes:
      name: the name under which ``dataset.name`` finds it.
      source: where the images come from ("rendered", or a file), recorded with every result.
    """

    name = ""
    source = ""

    @property
    @abc.abstractmethod
    def factor_names(self):
        """Names of the K factors, in the order of their columns."""

    @property
    @abc.abstractmethod
    def factors_num_values(self):
        """Number of values of each factor, K ints."""

    @property
    @abc.abstractmethod
    def observation_shape(self):
        """``[H, W, C]``."""

    @property
    def num_factors(self):
        """K; 0 where no factor is known (unlabelled data)."""
        return len(self.factors_num_values)

    @abc.abstractmethod
    def sample_factors(self, num, random_state):
        """Draws factors: int64 ``[num, K]``, column k in ``range(factors_num_values[k])``."""

    @abc.abstractmethod
    def sample_observations_from_factors(self, factors, random_state):
        """Observations of ``factors`` (``[N, K]``): float32 ``[N, H, W, C]`` in [0, 1]."""

    def sample(self, num, random_state):
        """Draws factors and their observations, in this order."""
        factors = self.sample_factors(num, random_state)
        return factors, self.sample_observations_from_factors(factors, random_state)

    def sample_observations(self, num, random_state):
        """Draws observations only."""
        return self.sample(num, random_state)[1]


class IndexedData(GroundTruthData):
    """A data set that is a table of stored images.

    An observation is drawn in two steps: factors (and the draws of the hidden factors) give the
    index of a stored image, the index gives the image. Training reads images by index and metrics
    encode each index once, so both need only this.

    Attributes:
      noise_free: whether the observation is a function of its index alone; False where colour,
        noise or a background is drawn anew at each use.
    """

    noise_free = True

    @property
    @abc.abstractmethod
    def num_images(self):
        """Number of stored images, hidden factors included: one epoch."""

    @abc.abstractmethod
    def sample_indices(self, factors, random_state):
        """Indices of the images of ``factors``, int64 ``[N]``; draws the hidden factors."""

    @abc.abstractmethod
    def observations_at(self, indices, random_state):
        """Images by index: float32 ``[N, H, W, C]`` in [0, 1].

        ``random_state`` serves only what is drawn anew at each use and may be None where
        ``noise_free``.
        """

    def sample_observations_from_factors(self, factors, random_state):
        """Observations of ``factors``: hidden factors are drawn first, then the noise."""
        indices = self.sample_indices(np.asarray(factors), random_state)
        return self.observations_at(indices, random_state)
