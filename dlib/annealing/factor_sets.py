"""Images of one factor: a random base sample with the factor enumerated over all its values.

Axes: V values of the factor, K factors, H W C image.
"""

import dataclasses
import math

import numpy as np

from dlib.utils.errors import DlibError


@dataclasses.dataclass(frozen=True)
class FactorSet:
    """What one test sees at each update.

    Attributes:
      images: one for each value, float32 ``[V, H, W, C]``.
      copies: how often they are repeated in an update.
      base: the K factors of the base sample; the enumerated one runs over all values.
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
      DlibError: for unlabelled data, an unknown factor, or one that has a single value.
    """
    names, sizes = list(data.factor_names), list(data.factors_num_values)
    if not sizes:
        raise DlibError(
            f"{data.name or 'the data set'} has no labels, and the per-factor annealing test "
            f"enumerates a factor: use a labelled data set."
        )
    if factors is None:
        return [k for k, size in enumerate(sizes) if size > 1]
    chosen = [_position(names, factor) for factor in factors]
    for k in chosen:
        if sizes[k] < 2:
            raise DlibError(f"factor '{names[k]}' has one value, so nothing of it can freeze.")
    return chosen


def _position(names, factor):
    if factor in names:
        return names.index(factor)
    if isinstance(factor, int) and 0 <= factor < len(names):
        return factor
    raise DlibError(f"annealing.factors: there is no factor {factor!r}; there are {names}.")


def factor_set(data, factor, random_state, at_least=16):
    """Draws a base sample and enumerates a factor in it.

    What the data set draws beside the factors (hidden factors, colours, background patches, noise)
    is drawn once and held: each value is asked for from the same random state.

    Args:
      data: a labelled data set.
      factor: position of the factor, with V values.
      random_state: draws the base sample, then the rest.
      at_least: the images are repeated until an update has so many.
    """
    size = data.factors_num_values[factor]
    base = data.sample_factors(1, random_state)  # [1, K]
    held = random_state.randint(2**32, dtype=np.int64)
    images = []
    for value in range(size):
        row = base.copy()
        row[0, factor] = value
        images += [data.sample_observations_from_factors(row, np.random.RandomState(held))]
    images = np.concatenate(images).astype(np.float32, copy=False)
    return FactorSet(images, math.ceil(at_least / size), tuple(int(c) for c in base[0]))
