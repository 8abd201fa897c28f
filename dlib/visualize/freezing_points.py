"""Figures of the annealing test: freezing points of factors, and the curve of one test.

They take arrays and write PNG and PDF. F factors, N tests, T updates.
"""

from pathlib import Path

import numpy as np

from dlib.utils import files
from dlib.visualize import style

_ROW = 70  # pixels from factor to factor


def draw_points(points, betas, path):
    """Boxes of each factor's freezing points, and the numbered pressures between them (Figure 9).

    Args:
      points: ``{factor: N betas}``; values that are not finite or not above 0 (censored) are left
        out of the box and counted beside the name.
      betas: the separating pressures.
      path: of the pictures, without ending.
    """
    order = sorted(points, key=lambda name: np.median(points[name]))
    with style.look():
        made = style.figure(900, 140 + _ROW * len(order))
        axes = made.add_axes([0.2, 70 / (140 + _ROW * len(order)), 0.75, 0.7])
        for row, name in enumerate(order):
            values = _known(points[name])
            if len(values):
                axes.boxplot(
                    [values], positions=[row], orientation="horizontal", widths=0.5, whis=(0, 100),
                    medianprops={"color": style.ACCENT}, manage_ticks=False,
                )  # fmt: skip
                axes.plot(values, np.full(len(values), row), ".", color=style.ACCENT, alpha=0.5)
        for number, beta in enumerate(betas, 1):
            axes.axvline(beta, color="#b3261e", linewidth=1, linestyle="--")
            axes.annotate(
                f"{number}: {beta:.3g}", (beta, 1), xycoords=("data", "axes fraction"),
                rotation=45, color="#b3261e", fontsize=style.points(13),
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yticks(range(len(order)), [_label(name, points[name]) for name in order])
        axes.set_ylim(-0.6, len(order) - 0.4)
        axes.set_xlabel("information freezing point (beta)")
        save(made, path)


def draw_curve(betas, information, reconstruction, path):
    """Information and reconstruction loss of one test over its updates (Figure 4).

    Args:
      betas, information, reconstruction: ``[T]`` each.
      path: of the pictures, without ending.
    """
    with style.look():
        made = style.figure(800, 600)
        upper, middle, lower = made.subplots(3, sharex=True)
        upper.plot(betas, color=style.INK)
        upper.set_ylabel("beta")
        middle.plot(information, color=style.ACCENT)
        middle.set_ylabel("I(x; z), nats")
        lower.plot(reconstruction, color=style.ACCENT)
        lower.set_ylabel("reconstruction")
        lower.set_xlabel("update of the fall")
        save(made, path)


def save(made, path):
    """Writes a figure as ``<path>.png`` and ``<path>.pdf``, each whole or not at all."""
    for kind in ("png", "pdf"):
        with files.replacing(Path(f"{path}.{kind}")) as temporary:
            made.savefig(temporary, format=kind, bbox_inches="tight")


def _known(values):
    values = np.asarray(values, np.float64)
    return values[np.isfinite(values) & (values > 0)]


def _label(name, values):
    censored = len(values) - len(_known(values))
    return f"{name} ({censored} censored)" if censored else name
