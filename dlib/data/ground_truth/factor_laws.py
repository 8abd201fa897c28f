"""Laws that correlate the factors of a data set, and the distribution that they make.

A law gives weights to combinations of two factors; the distribution is the product of all laws,
normalised over the combinations of the factors that they name. Other factors stay uniform and
independent. In data where not all combinations occur equally often, the laws multiply the weights
of those that occur.

Axes: N observations, M combinations, K factors.
"""

from collections.abc import Callable
from dataclasses import dataclass

import gin
import numpy as np

from dlib.data.ground_truth.joint_table import JointTable
from dlib.utils.errors import DlibError

_MOST_COMBINATIONS = 2**22  # a table of more would cost more than 250 MB


@dataclass(frozen=True)
class PairLaw:
    """A weight for each combination of two factors.

    Attributes:
      first, second: names of the factors; ``second`` None stands for each other factor in turn.
      log_weight: function of the two factors' normalised values (i / n_i, in [0, 1)), arrays of
        one shape, that returns the logarithm of the weight; -inf excludes.
    """

    first: str
    second: str | None
    log_weight: Callable


@gin.configurable
def correlated_pairs(pairs=gin.REQUIRED, sigma=gin.REQUIRED):
    """Pairs of factors that go together: p(i, j) ~ exp(-(i / n_i - j / n_j)^2 / (2 sigma^2)).

    Args:
      pairs: pairs of names of factors.
      sigma: width of the correlation; 0.2 is strong, 0.7 weak.
    """
    return [PairLaw(first, second, _gaussian(sigma)) for first, second in _pairs(pairs)]


@gin.configurable
def confounded(factor=gin.REQUIRED, sigma=gin.REQUIRED):
    """One factor that is correlated with each other factor, as ``correlated_pairs`` are.

    Args:
      factor: its name.
      sigma: width of the correlations.
    """
    return [PairLaw(factor, None, _gaussian(sigma))]


@gin.configurable
def excluded(pairs=gin.REQUIRED, margin=0.0):
    """Pairs of which one side of the diagonal never occurs: those with i / n_i > j / n_j + margin.

    Args:
      pairs: pairs of names of factors.
      margin: how far beyond the diagonal combinations still occur.
    """

    def log_weight(first, second):
        return np.where(first > second + margin, -np.inf, 0.0)

    return [PairLaw(first, second, log_weight) for first, second in _pairs(pairs)]


def _gaussian(sigma):
    if not sigma > 0:
        raise DlibError(f"sigma is {sigma}, expected a positive width of the correlation.")

    def log_weight(first, second):
        return -((first - second) ** 2) / (2 * sigma**2)

    return log_weight


def _pairs(pairs):
    pairs = [tuple(pair) if not isinstance(pair, str) else pair for pair in pairs]
    if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        raise DlibError(f"pairs are {pairs}, expected a list like [('scale', 'posX')].")
    return pairs


class FactorDistribution:
    """The distribution that laws give to the factors of a data set.

    The laws' weights multiply those that the data set gives to combinations of its factors: equal
    ones, or those of its ``joint_table``.

    Args:
      data: a labelled data set; one in which not all combinations occur equally often has a
        ``joint_table``.
      laws: ``PairLaw``, one or more.

    Raises:
      DlibError: for names that are no factors, laws that exclude everything, or more combinations
        of the factors concerned than a table can hold.
    """

    def __init__(self, data, laws):
        names = list(data.factor_names)
        terms = [term for law in laws for term in _terms(law, names)]
        self._sizes = list(data.factors_num_values)
        if hasattr(data, "joint_table"):
            self._columns = list(range(len(names)))
            rows, weights = data.joint_table.rows, data.joint_table.weights
        else:
            self._columns = sorted({column for *pair, _ in terms for column in pair})
            rows = _combinations(self._columns, names, self._sizes)
            weights = np.ones(len(rows))
        sizes = [self._sizes[column] for column in self._columns]
        values = dict(zip(self._columns, rows.T / np.array(sizes)[:, None], strict=True))
        self._table = JointTable(
            data.name,
            rows,
            [names[column] for column in self._columns],
            sizes,
            _reweighted(weights, values, terms),
        )

    def sample(self, num, random_state):
        """Draws factors: int64 ``[num, K]``; the correlated ones first, then each other one."""
        return self._completed(self._table.sample(num, random_state), random_state)

    def given(self, column, values, random_state):
        """Draws factors whose ``column`` equals ``values`` (``[N]``): int64 ``[N, K]``.

        Raises:
          DlibError: for a value that never occurs.
        """
        values = np.asarray(values)
        if column in self._columns:
            place = self._columns.index(column)
            return self._completed(self._table.given(place, values, random_state), random_state)
        factors = self.sample(len(values), random_state)
        factors[:, column] = values
        return factors

    def _completed(self, correlated, random_state):
        factors = np.empty((len(correlated), len(self._sizes)), dtype=np.int64)
        factors[:, self._columns] = correlated
        for column, size in enumerate(self._sizes):
            if column not in self._columns:
                factors[:, column] = random_state.randint(size, size=len(factors))
        return factors


def _combinations(columns, names, sizes):
    """All combinations of some factors' values: int64 ``[M, number of columns]``."""
    concerned = [sizes[column] for column in columns]
    if np.prod(concerned, dtype=np.float64) > _MOST_COMBINATIONS:
        raise DlibError(
            f"the correlated factors {[names[c] for c in columns]} have {concerned} values, "
            f"more than {_MOST_COMBINATIONS} combinations; correlate fewer factors."
        )
    return np.indices(concerned).reshape(len(columns), -1).T


def _reweighted(weights, values, terms):
    """``weights`` ``[M]`` times the laws', the largest 1; ``values`` are columns, normalised."""
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)  # -inf: what does not occur stays so
    for first, second, log_weight in terms:
        log_weights = log_weights + log_weight(values[first], values[second])
    if log_weights.max() == -np.inf:
        raise DlibError("the laws of the factors exclude every combination.")
    return np.exp(log_weights - log_weights.max())


def _terms(law, names):
    """A law as ``(first column, second column, log weight)``, one for each pair it means."""
    for name in (law.first, law.second):
        if name is not None and name not in names:
            raise DlibError(f"there is no factor {name!r} to correlate; there are {names}.")
    seconds = [law.second] if law.second is not None else [n for n in names if n != law.first]
    if law.first in seconds:
        raise DlibError(f"factor {law.first!r} cannot be correlated with itself.")
    first = names.index(law.first)
    return [(first, names.index(second), law.log_weight) for second in seconds]
