"""Factors that occur only in some combinations: a distribution over the rows of a table.

Axes: M rows of the table, N drawn points, K factors.
"""

import numpy as np

from dlib.data.ground_truth.util import checked_factors, factor_bases
from dlib.utils.errors import DlibError


class JointTable:
    """The joint distribution of factors that are no full product.

    Overwriting one column of a drawn point would leave the set, so a metric that holds one factor
    fixed asks for exact conditional draws instead: ``given``.

    Args:
      name: the data set's name, for messages.
      rows: int64 ``[M, K]``, one row per image.
      factor_names, factors_num_values: K each.
      weights: ``[M]`` non-negative, or None for equal weights.

    Attributes:
      rows: see above.
    """

    def __init__(self, name, rows, factor_names, factors_num_values, weights=None):
        self.rows = np.ascontiguousarray(rows, np.int64)  # [M, K]
        self._name = name
        self._factor_names = tuple(factor_names)
        self._sizes = np.asarray(factors_num_values, np.int64)
        self._weights = None if weights is None else np.asarray(weights, np.float64)
        self._occurring = np.flatnonzero(self.weights > 0)
        self._all_cumulative = self._cumulative(self._occurring)
        self._groups = {}
        keys = self._keys(self.rows)
        self._by_key = np.argsort(keys, kind="stable")
        self._sorted_keys = keys[self._by_key]

    @property
    def weights(self):
        """How often each row is drawn, relative to the others: float64 ``[M]``."""
        return np.ones(len(self.rows)) if self._weights is None else self._weights

    def sample(self, num, random_state):
        """Draws factors: int64 ``[num, K]``; one draw per point."""
        first, last = np.zeros(num, np.int64), np.full(num, len(self._occurring))
        chosen = self._draw(self._occurring, self._all_cumulative, first, last, random_state)
        return self.rows[chosen]

    def given(self, column, values, random_state):
        """Draws factors whose ``column`` equals ``values``: int64 ``[N, K]``; one draw per point.

        Raises:
          DlibError: a value that no row of the set has.
        """
        values = np.asarray(values)
        order, sorted_column, cumulative = self._group(column)
        first = np.searchsorted(sorted_column, values, side="left")
        last = np.searchsorted(sorted_column, values, side="right")
        if (first == last).any():
            missing = values[first == last][0]
            raise DlibError(
                f"{self._name}: {self._factor_names[column]} = {missing} does not occur; "
                f"it takes {_listed(np.unique(sorted_column))}"
            )
        return self.rows[self._draw(order, cumulative, first, last, random_state)]

    def indices_of(self, factors, random_state):
        """Row numbers of ``factors``: int64 ``[N]``.

        Where several rows have the same factors, one of them is drawn (uniformly); nothing is
        drawn where all are unique.

        Raises:
          DlibError: a combination that does not occur.
        """
        keys = self._keys(factors)
        first = np.searchsorted(self._sorted_keys, keys, side="left")
        count = np.searchsorted(self._sorted_keys, keys, side="right") - first
        if (count == 0).any():
            missing = np.asarray(factors)[np.flatnonzero(count == 0)[0]]
            told = ", ".join(f"{n} {v}" for n, v in zip(self._factor_names, missing, strict=True))
            raise DlibError(
                f"{self._name}: no image has {told}; the set holds {len(self.rows)} of "
                f"{int(np.prod(self._sizes))} combinations (sample_factors_given stays inside)"
            )
        if (count > 1).any():
            first = first + random_state.randint(0, count)
        return self._by_key[first]

    def _keys(self, factors):
        return checked_factors(factors, self._sizes) @ factor_bases(self._sizes)

    def _cumulative(self, order):
        return None if self._weights is None else np.cumsum(self._weights[order])

    def _group(self, column):
        """The rows in order of their ``column``; kept, because metrics ask thousands of times."""
        if column not in self._groups:
            by_column = np.argsort(self.rows[self._occurring, column], kind="stable")
            order = self._occurring[by_column]
            self._groups[column] = order, self.rows[order, column], self._cumulative(order)
        return self._groups[column]

    @staticmethod
    def _draw(order, cumulative, first, last, random_state):
        """One element of ``order[first:last]`` per point, by weight where there are weights."""
        if cumulative is None:
            return order[random_state.randint(first, last)] if len(first) else order[:0]
        below = np.where(first > 0, cumulative[first - 1], 0.0)
        target = below + random_state.random_sample(len(first)) * (cumulative[last - 1] - below)
        chosen = np.searchsorted(cumulative, target, side="right")
        return order[np.clip(chosen, first, last - 1)]  # rounding must not leave the group


def _listed(values):
    return f"{values[0]}..{values[-1]}" if len(values) > 8 else ", ".join(map(str, values))
