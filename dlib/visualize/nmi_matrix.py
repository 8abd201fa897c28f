"""The matrix of latents and factors as a heat map (paper, figure 14b). D latents, K factors."""

import numpy as np

from dlib.visualize import style
from dlib.visualize.latents import Latent

_CELL = (104, 46)
_SCALE = 116  # width of the scale at the right
_UNUSED = "#f0f1f3"  # fields of dead latents


def nmi_heat_map(matrix, factor_names, latents=None, title="NMI(z, c)"):
    """Normalised mutual information of each latent with each factor, written into each field.

    The scale is 0 to 1, so that pictures of several models can be compared. A dead latent has grey
    fields: what it shares with a factor is an accident of finitely many points, or a trace that
    the decoder does not use.

    Args:
      matrix: ``[D, K]`` in [0, 1].
      factor_names: K names.
      latents: ``Latent`` in the order of the rows, with their KL beside; or None for the order of
        the matrix, where nothing is known of the KL.
      title: above the scale.

    Returns:
      uint8 ``[H, W, 3]``.
    """
    import seaborn

    matrix = np.asarray(matrix, np.float64)
    rows = list(range(len(matrix))) if latents is None else [latent.index for latent in latents]
    names = [f"z{d}" for d in rows] if latents is None else [_row_name(z) for z in latents]
    left = 24 + int(max(style.text_width(name, 15) for name in names))
    top = _height_of(factor_names)
    width, height = left + _CELL[0] * len(factor_names) + _SCALE, top + _CELL[1] * len(rows) + 16
    with style.look():
        made = style.figure(width, height)
        ax = made.add_axes(_box(left, top, width - left - _SCALE, height - top - 16, width, height))
        scale = made.add_axes(_box(width - 84, top, 14, min(height - top - 16, 320), width, height))
        is_dead = np.zeros((len(rows), len(factor_names)), bool)
        is_dead[[row for row, latent in enumerate(latents or ()) if latent.is_dead]] = True
        seaborn.heatmap(
            matrix[rows], mask=is_dead, cmap="Blues", cbar_ax=scale,
            annot_kws={"fontsize": style.points(15)}, **_fields(ax),
        )  # fmt: skip
        seaborn.heatmap(
            matrix[rows], mask=~is_dead, cmap=[_UNUSED], cbar=False,
            annot_kws={"fontsize": style.points(15), "color": style.QUIET}, **_fields(ax),
        )  # fmt: skip
        _label_axes(ax, scale, names, factor_names, title)
        for text, latent in zip(ax.get_yticklabels(), latents or (), strict=False):
            text.set_color(style.QUIET if latent.is_dead else style.INK)
        return style.to_array(made)


def _fields(ax):
    """What fields of all latents have alike."""
    return {
        "vmin": 0, "vmax": 1, "annot": True, "fmt": ".2f", "linewidths": 2, "linecolor": "white",
        "ax": ax,
    }  # fmt: skip


def _box(left, top, width, height, total_width, total_height):
    """A rectangle in pixels from the upper left corner, in the fractions of a figure."""
    bottom = total_height - top - height
    return left / total_width, bottom / total_height, width / total_width, height / total_height


def _row_name(latent: Latent):
    return f"{latent.name}  KL {latent.kl_text}{', unused' if latent.is_dead else ''}"


def _wrapped(name):
    return name.replace("_", " ").replace(" ", "\n")


def _height_of(names):
    return 26 + 20 * max(_wrapped(name).count("\n") + 1 for name in names)


def _label_axes(ax, scale, names, factor_names, title):
    size = style.points(15)
    ax.xaxis.tick_top()
    ax.set_xticklabels([_wrapped(name) for name in factor_names], fontsize=size, color=style.INK)
    ax.set_yticklabels(names, fontsize=size, rotation=0)
    ax.tick_params(length=0, pad=6)
    scale.set_title(title, fontsize=style.points(12), color=style.QUIET, pad=12, loc="left")
    scale.tick_params(length=0, labelsize=style.points(12), labelcolor=style.QUIET)
    scale.set_yticks([0, 0.5, 1])
