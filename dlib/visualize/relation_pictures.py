"""Pictures of a relation matrix: the matrix itself, what it recovers, and what it merges.

D codes, K factors. The matrix ``[D, K]`` is one of `dlib.evaluation.metrics.relation_matrices`.
"""

from pathlib import Path

import numpy as np

from dlib.evaluation.metrics import recovery
from dlib.visualize import style, threshold_axis
from dlib.visualize.dendrogram import dendrogram
from dlib.visualize.visualize_util import save_image

_CELL = 52  # pixels
_SECOND = "#c4622d"


def draw_relation(matrix, folder, name, factor_names=None):
    """Writes the three pictures, named as the reference (disentanglement_lib) names them.

    ``<name>.png`` the matrix, ``<name>_pr.png`` the recovery curve, ``<name>_dendrogram.png``.
    """
    folder = Path(folder)
    save_image(relation_squares(matrix, factor_names), folder / f"{name}.png")
    save_image(recovery_picture(matrix), folder / f"{name}_pr.png")
    save_image(dendrogram(matrix, factor_names), folder / f"{name}_dendrogram.png")


def relation_squares(matrix, factor_names=None, largest=None, xlabel="code", ylabel=""):
    """Each entry as a square of its size and shade: uint8 ``[H, W, 3]``.

    Args:
      matrix: ``[D, K]``, not negative; codes run to the right, factors downwards.
      factor_names: K names.
      largest: the entry that fills its cell; by default the largest of the matrix.
      xlabel: what the columns of the picture are.
      ylabel: what its rows are.
    """
    matrix = np.asarray(matrix, np.float64)
    names = threshold_axis.names_of(matrix, factor_names)
    largest = (matrix.max() or 1.0) if largest is None else largest
    left = 40 + int(max(style.text_width(name, 15) for name in names)) + (24 if ylabel else 0)
    wide, high = (_CELL * size for size in matrix.shape)
    width, height = left + wide + 110, high + 76
    with style.look():
        made = style.figure(width, height)
        axes = made.add_axes((left / width, 62 / height, wide / width, high / height))
        _draw_squares(axes, matrix, largest)
        _label(axes, names, xlabel, ylabel)
        scale = made.add_axes(((left + wide + 24) / width, 62 / height, 14 / width, high / height))
        _draw_scale(scale, largest)
        return style.to_array(made)


def _draw_squares(axes, matrix, largest):
    from matplotlib.patches import Rectangle

    for (d, k), value in np.ndenumerate(matrix):
        side = 0.92 * np.sqrt(np.clip(value / largest, 0, 1))  # the area is the entry
        corner = (d - side / 2, k - side / 2)
        axes.add_patch(Rectangle(corner, side, side, color=_shade(value / largest), linewidth=0))
    num_codes, num_factors = matrix.shape
    axes.set(xlim=(-0.51, num_codes - 0.49), ylim=(num_factors - 0.49, -0.51))  # whole lines
    axes.set_xticks(np.arange(num_codes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(num_factors + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=style.FAINT, linewidth=style.points(1))
    axes.set_axisbelow(True)


def _shade(share):
    import matplotlib

    return matplotlib.colormaps["Blues"](0.25 + 0.75 * float(np.clip(share, 0, 1)))


def _label(axes, names, xlabel, ylabel):
    size = style.points(15)
    axes.set_xticks(range(round(axes.get_xlim()[1] + 0.49)))
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(which="both", length=0, pad=8, labelsize=size, labelcolor=style.INK)
    axes.set_xlabel(xlabel, fontsize=size, labelpad=8)
    axes.set_ylabel(ylabel, fontsize=size, labelpad=8)
    axes.set_frame_on(False)


def _draw_scale(axes, largest):
    shades = np.array([_shade(share) for share in np.linspace(0, 1, 256)])[:, None, :3]
    axes.imshow(shades, origin="lower", aspect="auto", extent=(0, 1, 0, largest))
    axes.yaxis.tick_right()
    axes.set_xticks([])
    axes.set_yticks(np.linspace(0, largest, 3), [f"{v:.2f}" for v in np.linspace(0, largest, 3)])
    axes.tick_params(length=0, pad=6, labelsize=style.points(13))
    axes.set_frame_on(False)


def recovery_picture(matrix):
    """How many factors are discovered, and in how many independent groups: uint8 ``[H, W, 3]``."""
    num_factors = np.shape(matrix)[1]
    curve = recovery.recovery_curve(matrix)
    positions = np.arange(len(curve.thresholds))
    with style.look():
        made, axes = threshold_axis.figure(matrix, 280, ["00"], top=46)
        lines = (
            (curve.groups, "independent groups", style.ACCENT, "solid"),
            (curve.discovered, "discovered factors", _SECOND, (0, (4, 3))),
        )
        for values, label, color, dashes in lines:
            axes.plot(
                positions, values, label=label, color=color, linestyle=dashes,
                linewidth=style.points(3.5),
            )  # fmt: skip
        step = max(1, -(-num_factors // 10))
        axes.set_yticks(range(0, num_factors + 1, step))
        axes.tick_params(axis="y", labelsize=style.points(13))
        axes.set_ylim(0, num_factors * 1.06)
        axes.set_ylabel("factors", fontsize=style.points(15), labelpad=8)
        axes.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False,
            fontsize=style.points(15),
        )  # fmt: skip
        return style.to_array(made)
