"""Discrete state spaces: drawing factors, and going from factors to an image's index.

Axes: N observations, K latent factors, F all factors (latent and hidden).
"""

import numpy as np

from dlib.utils.errors import DlibError


def checked_factors(factors, sizes):
    """``factors`` as an int64 array ``[N, K]``, after checking it.

    Args:
      factors: ``[N, K]``, whole numbers of any dtype.
      sizes: K numbers of values; column k must lie in ``range(sizes[k])``.

    Raises:
      DlibError: for another width, for fractions, and for values out of range.
    """
    factors = np.asarray(factors)
    sizes = np.asarray(sizes, dtype=np.int64)
    if factors.ndim != 2 or factors.shape[1] != len(sizes):
        raise DlibError(
            f"factors have shape {list(factors.shape)}, expected [N, {len(sizes)}]: one column "
            f"for each of the factors with {sizes.tolist()} values."
        )
    if factors.dtype.kind not in "iub":
        if factors.size and not np.array_equal(factors, np.floor(factors)):
            raise DlibError("factors must be whole numbers (indices of values), found fractions.")
        factors = factors.astype(np.int64)
    wrong = (factors < 0) | (factors >= sizes)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise DlibError(
            f"factor {column} is {factors[row, column]} in row {row}, expected 0 to "
            f"{sizes[column] - 1}."
        )
    return factors.astype(np.int64, copy=False)


def factor_bases(sizes):
    """Strides of the factors in an enumeration where the last factor runs fastest, int64."""
    sizes = np.asarray(sizes, dtype=np.int64)
    return np.append(np.cumprod(sizes[:0:-1])[::-1], 1).astype(np.int64)[: len(sizes)]


class SplitDiscreteStateSpace:
    """A product of discrete factors, split into latent ones and hidden ones.

    Latent factors are the ones that a data set tells; hidden ones are drawn anew for each
    observation. Draws come in the order of the reference (disentanglement_lib): one ``randint``
    per factor.

    Attributes:
      factor_sizes: numbers of values of all F factors.
      latent_factor_indices: positions of the K latent factors among them.
      observation_factor_indices: positions of the hidden ones, ascending.
    """

    def __init__(self, factor_sizes, latent_factor_indices):
        self.factor_sizes = [int(size) for size in factor_sizes]
        self.num_factors = len(self.factor_sizes)
        self.latent_factor_indices = [int(index) for index in latent_factor_indices]
        known = range(self.num_factors)
        if len(set(self.latent_factor_indices)) != len(self.latent_factor_indices) or not set(
            self.latent_factor_indices
        ) <= set(known):
            raise DlibError(
                f"latent factor indices {self.latent_factor_indices} must be distinct and lie in "
                f"0 to {self.num_factors - 1}."
            )
        self.observation_factor_indices = [i for i in known if i not in self.latent_factor_indices]
        self._bases = factor_bases(self.factor_sizes)

    @property
    def num_latent_factors(self):
        """K."""
        return len(self.latent_factor_indices)

    @property
    def latent_factor_sizes(self):
        """Numbers of values of the K latent factors."""
        return [self.factor_sizes[i] for i in self.latent_factor_indices]

    @property
    def num_states(self):
        """Number of combinations of all F factors."""
        return int(np.prod(self.factor_sizes))

    def sample_latent_factors(self, num, random_state):
        """Draws the latent factors: int64 ``[num, K]``."""
        factors = np.zeros((num, self.num_latent_factors), dtype=np.int64)
        for column, i in enumerate(self.latent_factor_indices):
            factors[:, column] = self._sample_factor(i, num, random_state)
        return factors

    def sample_all_factors(self, latent_factors, random_state):
        """Completes latent factors ``[N, K]`` with draws of the hidden ones: int64 ``[N, F]``.

        Raises:
          DlibError: if ``latent_factors`` are out of range or of the wrong width.
        """
        latent_factors = checked_factors(latent_factors, self.latent_factor_sizes)
        num = len(latent_factors)
        factors = np.zeros((num, self.num_factors), dtype=np.int64)
        factors[:, self.latent_factor_indices] = latent_factors
        for i in self.observation_factor_indices:
            factors[:, i] = self._sample_factor(i, num, random_state)
        return factors

    def sample_states(self, latent_factors, random_state):
        """Position of each completed row in the enumeration of all combinations: int64 ``[N]``."""
        return self.sample_all_factors(latent_factors, random_state) @ self._bases

    def _sample_factor(self, i, num, random_state):
        if self.factor_sizes[i] == 1:  # consumes nothing from the stream in the reference either
            return np.zeros(num, dtype=np.int64)
        return random_state.randint(self.factor_sizes[i], size=num)


class StateSpaceAtomIndex:
    """Where the image of each combination of factors is stored.

    Args:
      factor_sizes: numbers of values of the F factors.
      features: ``[number of combinations, F]``; row i holds the factors of stored image i, every
        combination exactly once, in any order.

    Raises:
      DlibError: if ``features`` are not exactly all combinations.
    """

    def __init__(self, factor_sizes, features):
        self.factor_sizes = [int(size) for size in factor_sizes]
        self._bases = factor_bases(self.factor_sizes)
        num_atoms = int(np.prod(self.factor_sizes))
        states = self._states(features)
        if len(states) != num_atoms or len(np.unique(states)) != num_atoms:
            raise DlibError(
                f"{len(states)} rows with {len(np.unique(states))} distinct combinations of "
                f"factors, expected each of the {num_atoms} combinations of "
                f"{self.factor_sizes} values once."
            )
        self._positions = np.empty(num_atoms, dtype=np.int64)
        self._positions[states] = np.arange(num_atoms)

    def features_to_index(self, features):
        """Positions of the stored images with these factors (``[N, F]``): int64 ``[N]``.

        Raises:
          DlibError: if a factor is negative or not below its number of values.
        """
        return self._positions[self._states(features)]

    def _states(self, features):
        return checked_factors(features, self.factor_sizes) @ self._bases
