"""Annotated heat maps of NMI(c, 1) and NMI(c, 2) side by side (the paper's Figures 3 and 6).

One row per checkpoint of a training, or per value of a setting; one column per factor.

V rows, K factors.
"""

import numpy as np

from dlib.visualize import run_groups, style
from dlib.visualize.training_curves import short

_CELL = (96, 34)  # pixels
_LEFT, _GAP, _TOP, _BOTTOM, _SCALE = 92, 44, 92, 18, 88
_MOST_ROWS = 16


def of_training(group):
    """NMI of a method over its training: names of the rows, ``[V, K]`` for m = 1 and m = 2.

    Medians over seeds; of long trainings every second, third, ... visit, counted from the last,
    so that there are at most sixteen rows.
    """
    chosen = _thinned(len(group.steps))
    first, second = (run_groups.quantile(group.ranked_nmi(m), 0.5)[chosen] for m in (1, 2))
    return [short(step) for step in group.steps[chosen]], first, second


def of_settings(groups):
    """NMI at the end of training for each group: names, ``[V, K]`` for m = 1 and m = 2.

    The end is each run's last visit; medians over seeds.
    """
    ends = [[np.median([_end(t, m) for t in g.tracks], axis=0) for g in groups] for m in (1, 2)]
    return [group.label for group in groups], *map(np.array, ends)


def _end(track, m):
    return run_groups.ranked(track.nmi()[-1:], m)[0]


def _thinned(count):
    every = -(-count // _MOST_ROWS)
    return np.arange(count - 1, -1, -every)[::-1]


def figure(row_names, first, second, factor_names, row_title, title=""):
    """Both maps on one scale from 0 to 1, the numbers written into the fields.

    Args:
      row_names: V names.
      first, second: NMI(c, 1) and NMI(c, 2), ``[V, K]`` in [0, 1]; NaN is left white.
      factor_names: K names.
      row_title: what the rows are.
      title: above both.

    Returns:
      matplotlib's figure.
    """
    import seaborn

    panel = (_CELL[0] * len(factor_names), _CELL[1] * len(row_names))
    left = _LEFT + int(max(style.text_width(name, 14) for name in row_names)) - 40
    top = _TOP + (26 if title else 0) + 18 * max(_wrapped(n).count("\n") for n in factor_names)
    width, height = left + 2 * panel[0] + _GAP + _SCALE, top + panel[1] + _BOTTOM
    with style.look():
        made = style.figure(width, height)
        scale = made.add_axes(_box(width - _SCALE + 24, top, 14, min(panel[1], 260), width, height))
        for side, matrix in enumerate((first, second)):
            x = left + side * (panel[0] + _GAP)
            axes = made.add_axes(_box(x, top, *panel, width, height))
            seaborn.heatmap(
                np.asarray(matrix), vmin=0, vmax=1, cmap="Blues", annot=True, fmt=".2f",
                linewidths=1.5, linecolor="white", ax=axes, cbar=not side, cbar_ax=scale,
                annot_kws={"fontsize": style.points(13)},
            )  # fmt: skip
            _label(axes, side, row_names, factor_names, row_title)
        scale.tick_params(length=0, labelsize=style.points(12))
        scale.set_yticks([0, 0.5, 1])
        if title:
            made.text(left / width, 1 - 14 / height, title, fontsize=style.points(17), va="top")
    return made


def rows_of(row_title, row_names, first, second, factor_names):
    """What `figure` draws as rows of a table."""
    rows = [
        [name, factor, float(first[v, k]), float(second[v, k])]
        for v, name in enumerate(row_names)
        for k, factor in enumerate(factor_names)
    ]
    return [row_title, "factor", "nmi1", "nmi2"], rows


def _box(left, top, width, height, total_width, total_height):
    """A rectangle in pixels from the upper left corner, in the fractions of a figure."""
    bottom = total_height - top - height
    return left / total_width, bottom / total_height, width / total_width, height / total_height


def _wrapped(name):
    return name.replace("_", " ").replace(" ", "\n")


def _label(axes, side, row_names, factor_names, row_title):
    axes.xaxis.tick_top()
    size = style.points(14)
    axes.set_xticklabels(map(_wrapped, factor_names), fontsize=size, color=style.INK, rotation=0)
    axes.set_yticklabels([] if side else row_names, fontsize=size, rotation=0)
    if not side:
        axes.set_ylabel(row_title, fontsize=size, labelpad=10)
    axes.tick_params(length=0, pad=6)
    axes.set_title(f"NMI(c, {side + 1})", fontsize=style.points(16), loc="left", pad=16)
