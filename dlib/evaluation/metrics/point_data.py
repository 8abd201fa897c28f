"""Given points in the place of a data set. N points, D codes, K factors.

Metrics that draw pairs or batches sharing a factor then work on codes that were computed
elsewhere: the draws are among the given points.
"""

import numpy as np

from dlib.data.ground_truth.ground_truth_data import GroundTruthData
from dlib.evaluation.metrics import checks, information


class PointData(GroundTruthData):
    """Codes ``[N, D]`` as the observations of their factors ``[N, K]``.

    Factors are drawn as the points have them, so dependent factors stay dependent; their values
    are counted from 0 in ascending order. An observation is the code of a point with these
    factors, drawn among several.

    Attributes:
      is_full_product: whether every combination of values is there.
    """

    def __init__(self, codes, factors):
        self._codes, factors = checks.check_points(codes, factors)
        self._factors, self._sizes = information.value_indices(factors)
        self._by_value = [_Groups(column) for column in self._factors.T]
        self._levels = []
        combinations = self._combinations(self._factors)
        self._by_combination = _Groups(combinations)
        self.is_full_product = len(np.unique(combinations)) == np.prod(self._sizes.astype(float))

    @property
    def factor_names(self):
        """``factor_0``, ``factor_1``, ..."""
        return tuple(f"factor_{k}" for k in range(len(self._sizes)))

    @property
    def factors_num_values(self):
        """Number of different values of each factor."""
        return self._sizes.tolist()

    @property
    def observation_shape(self):
        """``[D]``: an observation is a code."""
        return [self._codes.shape[1]]

    def sample_factors(self, num, random_state):
        """Factors of ``num`` points drawn with replacement, int64 ``[num, K]``."""
        return self._factors[random_state.randint(len(self._factors), size=num)]

    def sample_factors_given(self, column, values, random_state):
        """Factors of drawn points with ``values`` ``[n]`` in one column, int64 ``[n, K]``."""
        return self._factors[self._by_value[column].draw(np.asarray(values), random_state)]

    def sample_observations_from_factors(self, factors, random_state):
        """Codes of drawn points with these factors, ``[len(factors), D]``."""
        groups = self._combinations(np.asarray(factors))
        return self._codes[self._by_combination.draw(groups, random_state)]

    def _combinations(self, factors):
        """Number of each row's combination; the first call, with all points, numbers them.

        Columns join one by one and are renumbered, so the numbers stay small for any K.
        """
        number = np.zeros(len(factors), np.int64)
        known = bool(self._levels)
        for k, size in enumerate(self._sizes):
            number = number * size + factors[:, k]
            if not known:
                self._levels.append(np.unique(number))
            number = np.searchsorted(self._levels[k], number)
        return number


class _Groups:
    """Points by a number that they share."""

    def __init__(self, numbers):
        self._points = np.argsort(numbers, kind="stable")
        self._counts = np.bincount(numbers)
        self._starts = np.cumsum(self._counts) - self._counts

    def draw(self, groups, random_state):
        """One point of each of ``groups`` ``[n]``."""
        return self._points[self._starts[groups] + random_state.randint(self._counts[groups])]
