"""Square matrices of numbers as heat maps."""

import numpy as np

from dlib.report.figures import canvas
from dlib.visualize import style

_CELL = 54


def heat_maps(matrices, labels, limits, caption=(), columns=4, percent=False):
    """A heat map for each matrix, the number in each field; a field with NaN is left blank.

    Args:
      matrices: ``{title: [N, N]}``.
      labels: N names.
      limits: values of the two ends of the scale; its middle is white.
      caption: lines below.
      columns: the most side by side.
      percent: whether numbers are written as percent.
    """
    widest = max(style.text_width(label, 13) for label in labels)
    side = max(_CELL * len(labels), 120)
    across = min(columns, len(matrices))
    room, below = canvas.title_room(matrices, side), int(widest * 0.72)
    grid = canvas.Grid(
        -(-len(matrices) // across), across, side, side, left=int(widest) + 28, top=40 + room,
        bottom=below + 24, gap_x=30, gap_y=below + 74 + room, caption=caption,
    )  # fmt: skip
    with style.look():
        made, axes = grid.make()
        for (row, column), ax in axes.items():
            number = row * across + column
            if number >= len(matrices):
                made.delaxes(ax)
                continue
            name = list(matrices)[number]
            _heat_map(ax, np.asarray(matrices[name], float), limits, percent)
            canvas.title(ax, name, side)
            _names(ax, labels, column == 0)
        return made


def _heat_map(ax, matrix, limits, percent):
    ax.imshow(matrix, vmin=limits[0], vmax=limits[1], cmap="RdBu", aspect="auto")
    edges = np.arange(len(matrix) + 1) - 0.5
    for edge in edges:
        ax.axhline(edge, color="white", linewidth=style.points(2))
        ax.axvline(edge, color="white", linewidth=style.points(2))
    middle, half = np.mean(limits), (limits[1] - limits[0]) / 2
    for (i, j), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            strong = abs(value - middle) > 0.62 * half
            ax.text(
                j, i, f"{100 * value:.0f}" if percent else f"{value:.2f}", ha="center",
                va="center", fontsize=style.points(13), color="white" if strong else style.INK,
            )  # fmt: skip


def _names(ax, labels, with_rows):
    places = range(len(labels))
    ax.tick_params(length=0, pad=6, labelsize=canvas.tick_size(), labelcolor=style.INK)
    ax.set_xticks(places, labels, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_yticks(places, labels if with_rows else [""] * len(labels))
    for spine in ax.spines.values():
        spine.set_visible(False)
