"""The values that latents take in a traversal. S values, N points, D latents."""

import gin
import numpy as np

RANGES = ("fixed", "quantiles", "minmax")


@gin.configurable("traversal", denylist=["means", "num_latent"])
def traversal_values(num_values=9, kind="fixed", means=None, limit=2.0, num_latent=None):
    """The values that each latent takes, and what is written beside the rows.

    Args:
      num_values: S.
      kind: "fixed": from ``-limit`` to ``limit``; "quantiles": from the 5 % to the 95 % quantile
        of the latent's means in equal steps of probability; "minmax": from their smallest to
        their largest in equal steps.
      means: means of posteriors, ``[N, D]``; not needed for "fixed".
      limit: of "fixed"; the paper's Figure 17 has 2.
      num_latent: D, where ``means`` is not given.

    Returns:
      values ``[S, D]`` and S labels.

    Raises:
      ValueError: for another kind, or fewer than two values.
    """
    if kind not in RANGES:
        raise ValueError(f"the range of a traversal is one of {', '.join(RANGES)}, not {kind!r}.")
    if num_values < 2:
        raise ValueError(f"a traversal has at least 2 values, not {num_values}.")
    if kind == "fixed":
        column = np.linspace(-limit, limit, num_values)
        num_latent = np.shape(means)[1] if num_latent is None else num_latent
        return np.tile(column[:, None], num_latent), [_signed(value) for value in column]
    if kind == "quantiles":
        levels = np.linspace(0.05, 0.95, num_values)
        return np.quantile(means, levels, axis=0), [f"{level:.0%}" for level in levels]
    steps = np.linspace(0, 1, num_values)
    low, high = np.min(means, axis=0), np.max(means, axis=0)
    labels = ["min", *[""] * (num_values - 2), "max"]
    return low + steps[:, None] * (high - low), labels


def _signed(value):
    """A number with one decimal or two and a true minus sign."""
    text = f"{value:.2f}".removesuffix("0")
    return text.replace("-", "−") if float(text) else "0.0"
