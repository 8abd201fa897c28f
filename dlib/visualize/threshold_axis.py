"""An axis along the entries of a relation matrix in falling order. D codes, K factors."""

import numpy as np

from dlib.visualize import style

_WIDTH, _RIGHT, _TOP, _BOTTOM = 620, 24, 16, 58  # pixels; _WIDTH of the axis alone
_MAX_TICKS = 9


def figure(matrix, height, left_labels, top=_TOP):
    """A figure and its axes, over whose width the entries of ``matrix`` ``[D, K]`` fall.

    Args:
      matrix: ``[D, K]``.
      height: of the axes in pixels.
      left_labels: what will be written to the left of the axes; room is made for it.
      top: pixels above the axes.

    Returns:
      matplotlib's figure and axes.
    """
    left = 44 + int(max(style.text_width(str(label), 15) for label in left_labels))
    width, total = left + _WIDTH + _RIGHT, top + height + _BOTTOM
    made = style.figure(width, total)
    axes = made.add_axes((left / width, _BOTTOM / total, _WIDTH / width, height / total))
    entries = np.sort(matrix, axis=None)[::-1]
    ticks = np.unique(np.linspace(0, len(entries) - 1, min(_MAX_TICKS, len(entries))).astype(int))
    axes.set_xlim(-0.5, len(entries) - 0.5)
    axes.set_xticks(ticks, [f"{entries[t]:.2f}" for t in ticks], fontsize=style.points(13))
    axes.set_xlabel("threshold", fontsize=style.points(15), labelpad=8)
    axes.grid(axis="x", color=style.FAINT, linewidth=style.points(1))
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=0, pad=6)
    return made, axes


def names_of(matrix, factor_names=None):
    """Names of the K factors: as given, or "factor 0", ..."""
    return list(factor_names or [f"factor {k}" for k in range(np.shape(matrix)[1])])
