"""From an observation to the other one of its pair: which factors change, and to what.

Axes: N observations, K factors.
"""

import gin
import numpy as np

from dlib.methods.shared.settings import one_of
from dlib.utils.errors import DlibError

VARIANTS = ("paper", "reference")


@gin.configurable("dynamics", denylist=["z", "ground_truth_data", "random_state"])
def simple_dynamics(z, ground_truth_data, random_state, k=gin.REQUIRED, variant="paper"):
    """Changes some factors of each observation.

    Args:
      z: factors, ``[N, K]``; left as they are.
      ground_truth_data: where their number of values is known from.
      random_state: every draw comes from it.
      k: how many factors change, 1 to K; -1 draws it for each pair from 1 to K - 1, so that at
        least one is shared.
      variant: "paper": k factors change, each to another value (Locatello et al. 2020).
        "reference": k factors or, with probability 1/2, only one are drawn anew, old values among
        those drawn, and only the last one counts as changed.

    Returns:
      ``(factors of the other observation int64 [N, K], changed bool [N, K])``.

    Raises:
      DlibError: for k out of range, or data without factors.
    """
    one_of("dynamics.variant", variant, VARIANTS)
    sizes = np.asarray(ground_truth_data.factors_num_values, np.int64)
    if not (sizes > 1).any():
        raise DlibError(
            "pairs need ground-truth factors that can change, and this data set has none: name a "
            "labelled data set, or an unsupervised method."
        )
    if k != -1 and not 1 <= k <= len(sizes):
        raise DlibError(f"dynamics.k must be -1 or 1 to {len(sizes)} (the factors), got {k}.")
    draw = _draw_as_in_the_paper if variant == "paper" else _draw_as_in_the_reference
    return draw(np.array(z, np.int64), sizes, random_state, k)


def _draw_as_in_the_paper(factors, sizes, random_state, k):
    num, num_factors = factors.shape
    if k == -1:
        k = random_state.randint(1, max(num_factors, 2), size=(num, 1))
    keys = random_state.random_sample(factors.shape)
    keys[:, sizes == 1] = 2.0  # what has one value only cannot change: it comes last
    changed = (keys.argsort(axis=1).argsort(axis=1) < k) & (sizes > 1)  # [N, K]
    for factor in np.flatnonzero(sizes > 1):
        shift = random_state.randint(1, sizes[factor], size=num)
        shifted = (factors[:, factor] + shift) % sizes[factor]
        factors[:, factor] = np.where(changed[:, factor], shifted, factors[:, factor])
    return factors, changed


def _draw_as_in_the_reference(factors, sizes, random_state, k):
    changed = np.zeros(factors.shape, bool)
    for row, mask in zip(factors, changed, strict=True):
        at_most = random_state.randint(1, max(len(sizes), 2)) if k == -1 else k
        number = random_state.choice([1, at_most])
        chosen = random_state.choice(len(sizes), number, replace=False)
        for factor in chosen:
            row[factor] = random_state.randint(sizes[factor])
        mask[chosen[-1]] = True
    return factors, changed
