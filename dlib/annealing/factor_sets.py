"""Images of one factor: a random base sample with the factor enumerated over its values.

Where a data set holds some combinations of its factors only, the values are those that occur with
the base sample.

Axes: V values of the factor, K factors, M combinations of factors, H W C image.
"""

import dataclasses
import math

import numpy as np

from dlib.data.ground_truth.correlated import CorrelatedData
from dlib.data.ground_truth.util import factor_bases
from dlib.utils.errors import DlibError

# Base samples that are drawn in search of one with two values of the factor.
_MOST_DRAWS = 1000


@dataclasses.dataclass(frozen=True)
class FactorSet:
    """What one test sees at each update.

    Attributes:
      images: one for each value, float32 ``[V, H, W, C]``.
      copies: how often they are repeated in an update.
      base: the K factors of the base sample; the enumerated one runs over the V values.
    """

    images: np.ndarray
    copies: int
    base: tuple


def factor_indices(data, factors=None):
    """The factors to test, as positions.

    Args:
      data: the data set.
      factors: names or positions; None for all that have more than one value.

    Raises:
      DlibError: for unlabelled data; no factor, an unknown one, one that has a single value, alone
        or as long as the others are held, or one that is given twice.
    """
    names, sizes = list(data.factor_names), list(data.factors_num_values)
    if not sizes:
        raise DlibError(
            f"{data.name or 'the data set'} has no labels, and the per-factor annealing test "
            f"enumerates a factor: use a labelled data set."
        )
    if factors is None:
        chosen = [k for k, size in enumerate(sizes) if size > 1]
        if not chosen:
            raise DlibError(
                f"no factor of {data.name or 'the data set'} has more than one value, so nothing "
                f"of them can freeze: use annealing.variant = 'whole_set', or other data."
            )
    else:
        chosen = _chosen(factors, names, sizes)
    _check_combinations(data, chosen)
    return chosen


def _chosen(factors, names, sizes):
    if not isinstance(factors, list | tuple) or not factors:
        raise DlibError(
            f"annealing.factors must be a list of names or positions, such as {names[-1:]}, or "
            f"None for all; got {factors!r}."
        )
    chosen = [_position(names, factor) for factor in factors]
    for k in chosen:
        if sizes[k] < 2:
            raise DlibError(f"factor '{names[k]}' has one value, so nothing of it can freeze.")
        if chosen.count(k) > 1:
            raise DlibError(f"annealing.factors has '{names[k]}' twice: give each factor once.")
    return chosen


def _check_combinations(data, chosen):
    """Raises if a factor cannot be enumerated with the others held."""
    name, rows = data.name or "the data set", _combinations(data)
    if rows is None:
        return
    stuck = [k for k in chosen if not _varies(rows, k, data.factors_num_values)]
    if stuck:
        told = ", ".join(data.factor_names[k] for k in stuck)
        raise DlibError(
            f"{name}: with the other factors held there is one value of {told}, so the annealing "
            f"test cannot enumerate it: leave it out of annealing.factors, or use "
            f"annealing.variant = 'whole_set'."
        )


def _combinations(data):
    """The combinations of factors that have an image, ``[M, K]``; None where all have.

    Raises:
      DlibError: for a data set that holds some only and does not tell which.
    """
    # Of correlated factors, only the draws are others than those of the set below.
    images = data.base if isinstance(data, CorrelatedData) else data
    if hasattr(images, "joint_table"):
        return images.joint_table.rows
    if hasattr(images, "sample_factors_given") and not getattr(images, "is_full_product", False):
        raise DlibError(
            f"{data.name or 'the data set'} holds some combinations of its factors only and has no "
            f"joint_table that tells which, so the annealing test cannot enumerate a factor: use "
            f"annealing.variant = 'whole_set'."
        )
    return None


def _varies(rows, factor, sizes):
    """Whether two of the combinations differ in a factor and in nothing else."""
    bases = factor_bases(sizes)
    whole = np.unique(rows @ bases)  # one number for each combination
    others = whole - whole // bases[factor] % sizes[factor] * bases[factor]
    return len(np.unique(others)) < len(whole)


def _position(names, factor):
    if factor in names:
        return names.index(factor)
    if isinstance(factor, int) and 0 <= factor < len(names):
        return factor
    raise DlibError(f"annealing.factors: there is no factor {factor!r}; there are {names}.")


def factor_set(data, factor, random_state, at_least=16):
    """Draws a base sample and enumerates a factor in it, over all values that occur with it.

    What the data set draws beside the factors (hidden factors, colours, background patches, noise)
    is drawn once and held: each value is asked for from the same random state.

    Args:
      data: a labelled data set.
      factor: position of the factor.
      random_state: draws the base sample, then the rest.
      at_least: the images are repeated until an update has so many.

    Raises:
      DlibError: if no base sample is found with two values of the factor.
    """
    base, values = _base_and_values(data, factor, random_state)
    held = random_state.randint(2**32, dtype=np.int64)
    images = []
    for value in values:
        row = base.copy()
        row[0, factor] = value
        images += [data.sample_observations_from_factors(row, np.random.RandomState(held))]
    images = np.concatenate(images).astype(np.float32, copy=False)
    return FactorSet(images, math.ceil(at_least / len(values)), tuple(int(c) for c in base[0]))


def _base_and_values(data, factor, random_state):
    """A base sample, ``[1, K]``, and the values of a factor that occur with it, at least two."""
    rows = _combinations(data)
    for _ in range(_MOST_DRAWS):
        base = data.sample_factors(1, random_state)
        if rows is None:
            return base, range(data.factors_num_values[factor])
        alike = rows == base
        alike[:, factor] = True
        values = np.unique(rows[alike.all(axis=1), factor])
        if len(values) > 1:
            return base, values.tolist()
    raise DlibError(
        f"{data.name or 'the data set'}: {_MOST_DRAWS} draws gave no sample in which "
        f"{data.factor_names[factor]} has two values: use annealing.variant = 'whole_set'."
    )
