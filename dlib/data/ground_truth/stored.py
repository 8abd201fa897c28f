"""Data sets whose images lie in one memory-mapped store: a full product, a table, or unlabelled.

Axes: N observations, M stored images, K latent factors, H W C image.
"""

import numpy as np

from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.data.ground_truth.joint_table import JointTable
from dlib.data.ground_truth.util import SplitDiscreteStateSpace


class StoredImages(IndexedData):
    """Images of a store (``store.floats(indices)`` -> float32), by index.

    Args:
      name, source: see ``GroundTruthData``.
      store: an image store of shape ``(M, H, W, C)``.
      factor_names, factors_num_values: K each; empty where no factor is known.
    """

    def __init__(self, name, source, store, factor_names, factors_num_values):
        self.name = name
        self.source = source
        self.store = store
        self._factor_names = tuple(factor_names)
        self._factors_num_values = [int(size) for size in factors_num_values]

    @property
    def factor_names(self):
        """Names of the K factors."""
        return self._factor_names

    @property
    def factors_num_values(self):
        """Number of values of each factor."""
        return list(self._factors_num_values)

    @property
    def observation_shape(self):
        """``[H, W, C]``."""
        return list(self.store.shape[1:])

    @property
    def num_images(self):
        """M, hidden factors included."""
        return len(self.store)

    def observations_at(self, indices, random_state=None):
        """Images by index: float32 ``[N, H, W, C]``."""
        return self.store.floats(indices)


class StoredProduct(StoredImages):
    """Every combination of the factors is stored once, the last factor running fastest.

    Args:
      all_factor_sizes: sizes of all factors, hidden ones included, in the order of storage.
      latent: positions of the K latent factors among them; the rest is hidden and drawn anew for
        each observation. By default all are latent.
      factor_names: names of the latent factors.
    """

    def __init__(self, name, source, store, factor_names, all_factor_sizes, latent=None):
        latent = range(len(all_factor_sizes)) if latent is None else latent
        self._state_space = SplitDiscreteStateSpace(all_factor_sizes, latent)
        super().__init__(name, source, store, factor_names, self._state_space.latent_factor_sizes)

    def sample_factors(self, num, random_state):
        """Draws factors, each uniformly: int64 ``[num, K]``; one ``randint`` per factor."""
        return self._state_space.sample_latent_factors(num, random_state)

    def sample_indices(self, factors, random_state):
        """Indices of the images of ``factors``; draws the hidden factors, one after another."""
        return self._state_space.sample_states(factors, random_state)


class StoredTable(StoredImages):
    """Images with the factors of a table, where not every combination occurs exactly once.

    Args:
      factors: int64 ``[M, K]``, the factors of each stored image.

    Attributes:
      joint_table: the ``JointTable`` of the factors.
    """

    def __init__(self, name, source, store, factor_names, factors_num_values, factors):
        super().__init__(name, source, store, factor_names, factors_num_values)
        self.joint_table = JointTable(name, factors, factor_names, factors_num_values)

    def sample_factors(self, num, random_state):
        """Draws the factors of uniformly drawn images: int64 ``[num, K]``."""
        return self.joint_table.sample(num, random_state)

    def sample_factors_given(self, column, values, random_state):
        """Draws factors whose ``column`` equals ``values`` (``[N]``), uniformly over the images.

        Raises:
          DlibError: a value that no image has.
        """
        return self.joint_table.given(column, values, random_state)

    def sample_indices(self, factors, random_state):
        """Indices of images of ``factors``; draws only where several images have the same.

        Raises:
          DlibError: a combination that no image has.
        """
        return self.joint_table.indices_of(factors, random_state)


class UnlabelledImages(StoredImages):
    """Images without factors: K is 0."""

    def __init__(self, name, source, store):
        super().__init__(name, source, store, (), [])

    def sample_factors(self, num, random_state):
        """int64 ``[num, 0]``; draws nothing."""
        return np.zeros((num, 0), np.int64)

    def sample_indices(self, factors, random_state):
        """Draws images uniformly, one for each row of ``factors`` (``[N, 0]``)."""
        return random_state.randint(self.num_images, size=len(factors))
