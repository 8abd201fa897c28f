"""Figures of the annealing test: freezing points of factors, and the curve of one test.

They take arrays and write PNG and PDF. F factors, N tests, T updates.
"""

from pathlib import Path

import numpy as np

from dlib.annealing import censored
from dlib.utils import files
from dlib.visualize import style

SEPARATION = "#b3261e"  # the pressures that are proposed; red in the paper
_ROW = 56  # pixels from factor to factor
_MARGIN = 1.2  # between the outermost number and the axis's end
_TOP, _BOTTOM = 50, 70  # pixels of the labels above and below


def draw_points(points, betas, path):
    """Boxes of each factor's freezing points, and the numbered pressures between them (Figure 9).

    Args:
      points: ``{factor: N betas}``; 0 where a test never froze and infinity where it was frozen at
        once. These stand at the edges as triangles, count in the box by their rank, and are
        counted beside the name. A factor of which nothing else is known has no box.
      betas: the separating pressures.
      path: of the pictures, without ending.
    """
    order = sorted(points, key=lambda name: censored.median(points[name]))
    height = _TOP + _BOTTOM + _ROW * len(order)
    edges = _edges([*points.values(), betas])
    with style.look():
        made = style.figure(900, height)
        axes = made.add_axes([0.2, _BOTTOM / height, 0.75, _ROW * len(order) / height])
        for row, name in enumerate(order):
            _row(axes, row, np.asarray(points[name], np.float64), edges)
        for beta in betas:
            axes.axvline(beta, color=SEPARATION, linewidth=1, linestyle="--", zorder=0)
        label_pressures(axes, betas)
        log_axis(axes)
        axes.set_xlim(edges)
        axes.set_yticks(range(len(order)), [_label(name, points[name]) for name in order])
        axes.set_ylim(-0.6, len(order) - 0.4)
        axes.set_xlabel("information freezing point (beta)")
        save(made, path)


def _edges(values):
    """The ends of the axis: a little beyond all that has a number."""
    values = np.concatenate(values).astype(np.float64)
    known = values[censored.is_known(values)]
    return (known.min() / _MARGIN, known.max() * _MARGIN) if len(known) else (1.0, 10.0)


def _row(axes, row, values, edges):
    """Quartiles, whiskers over all, and each point, moved a little so that none hides another."""
    is_known = censored.is_known(values)
    if is_known.any():
        shares = {"whislo": 0, "q1": 0.25, "med": 0.5, "q3": 0.75, "whishi": 1}
        quantiles = {key: censored.quantile(values, share) for key, share in shares.items()}
        axes.bxp(
            [{key: np.clip(value, *edges) for key, value in quantiles.items()}],
            positions=[row], orientation="horizontal", widths=0.5, patch_artist=True,
            manage_ticks=False, showfliers=False,
            boxprops={"facecolor": style.BAND, "edgecolor": style.ACCENT},
            whiskerprops={"color": style.ACCENT}, capprops={"color": style.ACCENT},
            medianprops={"color": style.INK, "linewidth": 1.6},
        )  # fmt: skip
    rows = row + 0.16 * ((np.arange(len(values)) % 5) - 2) / 2
    look = {"color": style.ACCENT, "alpha": 0.6, "linestyle": "", "zorder": 3}
    axes.plot(values[is_known], rows[is_known], ".", markersize=5, **look)
    for edge, marker, which in zip(edges, "<>", (values == 0, np.isinf(values)), strict=True):
        number = int(which.sum())  # one above the other, on the axes' very edge
        heights = row + min(0.16, 0.5 / max(1, number)) * (np.arange(number) - (number - 1) / 2)
        axes.plot([edge] * number, heights, marker, markersize=6, clip_on=False, **look)


def label_pressures(axes, betas):
    """Numbers the pressures above the axes; labels of close neighbours stand on two lines."""
    previous, raised = None, False
    for number, beta in sorted(enumerate(betas, 1), key=lambda pair: -pair[1]):
        raised = previous is not None and previous / beta < 1.5 and not raised
        axes.annotate(
            f"{number}: {beta:.3g}", (beta, 1), xytext=(0, 20 if raised else 5),
            xycoords=("data", "axes fraction"), textcoords="offset points", ha="center",
            color=SEPARATION, fontsize=style.points(14),
        )  # fmt: skip
        previous = beta


def log_axis(axes, which="x", marks=(1, 2, 3, 5)):
    """A logarithmic axis of pressures with plain numbers."""
    from matplotlib import ticker

    axes.set(**{f"{which}scale": "log"})
    axis = getattr(axes, f"{which}axis")
    axis.set_major_locator(ticker.LogLocator(10, marks))
    axis.set_major_formatter(ticker.FuncFormatter(lambda beta, _: f"{beta:g}"))
    axis.set_minor_formatter(ticker.NullFormatter())


def draw_curve(betas, information, reconstruction, path, point=None, updates=None):
    """Pressure, information and reconstruction loss of one test over its updates (Figure 4).

    Args:
      betas, information, reconstruction: ``[T]`` each.
      path: of the pictures, without ending.
      point: the freezing point, drawn where the pressure passes it, or at the last update if the
        rows end before that; None if there is none.
      updates: numbers of the updates, ``[T]``; by default from 0.
    """
    updates = np.arange(len(betas)) if updates is None else np.asarray(updates)
    with style.look():
        made = style.figure(800, 620)
        panels = made.subplots(3, sharex=True, gridspec_kw={"hspace": 0.14})
        labels = ("beta", "I(x; z), nats", "rec. loss, nats")  # no longer than a panel is high
        for axes, values, label in zip(
            panels, (betas, information, reconstruction), labels, strict=True
        ):
            axes.plot(updates, values, color=style.ACCENT, linewidth=1.3)
            axes.set_ylabel(label)
        made.align_ylabels(panels)
        log_axis(panels[0], "y", (1, 1.5, 2, 3, 5, 7))
        if point is not None:
            passed = np.flatnonzero(np.asarray(betas) <= point)
            at = int(updates[passed[0] if len(passed) else -1])
            for axes in panels:
                axes.axvline(at, color=SEPARATION, linewidth=1, linestyle="--")
            is_late = at > (updates[0] + updates[-1]) / 2  # the text lies where there is room
            panels[0].annotate(
                f"freezing point: beta {point:.3g}, update {at}", (at, 0.9),
                xytext=(-8 if is_late else 8, 0), ha="right" if is_late else "left",
                xycoords=("data", "axes fraction"), textcoords="offset points",
                color=SEPARATION, fontsize=style.points(14),
            )  # fmt: skip
        panels[-1].set_xlabel("update of the fall")
        save(made, path)


def save(made, path):
    """Writes a figure as ``<path>.png`` and ``<path>.pdf``, each whole or not at all."""
    for kind in ("png", "pdf"):
        with files.replacing(Path(f"{path}.{kind}")) as temporary:
            made.savefig(temporary, format=kind, bbox_inches="tight")


def _label(name, values):
    told = [
        f"{number} {what}"
        for number, what in (
            (np.sum(np.equal(values, 0)), "never froze"), (np.isinf(values).sum(), "at once"),
        )
        if number
    ]  # fmt: skip
    return f"{name} ({', '.join(told)})" if told else name
