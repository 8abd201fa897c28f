"""Figures of the annealing test of a whole data set: information, its increment, its points.

They take arrays and write PNG and PDF. The pressure falls from left to right, as in time. S steps
of beta, R seeds.
"""

import numpy as np

from dlib.visualize import style
from dlib.visualize.freezing_points import SEPARATION, label_pressures, log_axis, save

CHANGE = "#2e7d32"  # change points; green in the paper


def draw_information(information, reconstruction, points, threshold, path):
    """Information and reconstruction loss while the pressure falls (Figure 4).

    Args:
      information, reconstruction: ``(betas [S], median [S], low [S], high [S], seeds [S, R])``.
      points: R freezing points of the seeds; those that are censored are left out.
      threshold: nats that make a point.
      path: of the pictures, without ending.
    """
    points = np.asarray(points, np.float64)
    points = points[np.isfinite(points) & (points > 0)]
    with style.look():
        made = style.figure(900, 640)
        upper, lower = made.subplots(2, sharex=True, gridspec_kw={"hspace": 0.12})
        _band(upper, *information)
        _band(lower, *reconstruction)
        upper.set_ylabel("I(x; z), nats")
        lower.set_ylabel("reconstruction loss, nats")
        if len(points):
            middle = float(np.median(points))
            for axes in (upper, lower):
                axes.axvline(middle, color=SEPARATION, linewidth=1, linestyle="--")
            label = f"freezing point {middle:.3g}\n(I over {threshold:g} nats)"
            _label_line(upper, middle, label, information[0])
        _falling(lower, information[0])
        save(made, path)


def draw_increment(increment, change_points, levels, betas, path):
    """The increment of information, its change points and the proposed pressures (Figure 16).

    Args:
      increment: ``(betas [S], median [S], low [S], high [S], seeds [S, R])``.
      change_points: ``(beta, low, high)`` of each change at which something starts to freeze.
      levels: ``(first beta, last beta, level)`` of each piece, the green broken line.
      betas: the separating pressures.
      path: of the pictures, without ending.
    """
    grid, median = np.asarray(increment[0]), np.asarray(increment[1])
    with style.look():
        made = style.figure(900, 520)
        axes = made.add_axes([0.09, 0.13, 0.88, 0.74])
        _band(axes, *increment)
        for number, (first, last, level) in enumerate(levels):
            label = None if number else "level between change points"
            axes.plot([first, last], [level, level], "--", color=CHANGE, linewidth=1.6, label=label)
        for number, (beta, low, high) in enumerate(change_points):
            height = _at(grid, median, beta)
            label = None if number else "change point, with its interval"
            axes.plot([low, high], [height, height], color=CHANGE, linewidth=3, alpha=0.35)
            axes.plot(beta, height, "o", color=CHANGE, markersize=8, zorder=4, label=label)
        for number, beta in enumerate(betas, 1):
            height = _at(grid, median, beta)
            label = None if number > 1 else "proposed pressure"
            axes.axvline(beta, color=SEPARATION, linewidth=0.8, linestyle=":")
            axes.plot(beta, height, "o", color=SEPARATION, markersize=8, zorder=5, label=label)
        label_pressures(axes, betas)
        axes.set_ylabel("increment of I(x; z), nats per unit of log beta")
        axes.legend(loc="upper left", frameon=False, fontsize=style.points(13))
        _falling(axes, [*grid, *betas])
        save(made, path)


def draw_latents(betas, per_latent, threshold, path, networks=1):
    """The KL of each latent of one seed while the pressure falls.

    Args:
      betas: ``[T]``.
      per_latent: nats, ``[T, D]``, the first to freeze first.
      threshold: nats that make a point.
      path: of the pictures, without ending.
      networks: how many seeds there are; of several, the picture says that it shows one.
    """
    from matplotlib import colormaps

    with style.look():
        made = style.figure(900, 420)
        axes = made.add_axes([0.09, 0.16, 0.76, 0.75])
        count = per_latent.shape[1]
        for d in range(count):
            color = colormaps["viridis"](0.9 * d / max(1, count - 1))
            axes.plot(betas, per_latent[:, d], color=color, linewidth=1.3, label=f"latent {d + 1}")
        axes.axhline(threshold, color=style.QUIET, linewidth=0.8, linestyle=":")
        axes.set_ylabel("KL of each latent, nats")
        if networks > 1:
            text = f"one network of {networks}: the one whose first freezing point is in the middle"
            axes.set_title(text, loc="left", fontsize=style.points(13), color=style.QUIET)
        axes.legend(
            loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False,
            fontsize=style.points(13),
        )  # fmt: skip
        _falling(axes, betas)
        save(made, path)


def _band(axes, betas, median, low, high, seeds):
    axes.plot(betas, seeds, color=style.ACCENT, linewidth=0.6, alpha=0.3)
    axes.fill_between(betas, low, high, color=style.BAND, linewidth=0)
    axes.plot(betas, median, color=style.ACCENT, linewidth=1.8)


def _label_line(axes, beta, label, betas):
    """Writes beside the line at a pressure, towards the axis's middle, so that it stays inside."""
    left = beta > np.sqrt(max(betas) * min(betas))
    axes.annotate(
        label, (beta, 0.96), xycoords=("data", "axes fraction"), va="top",
        xytext=(8 if left else -8, 0), textcoords="offset points", ha="left" if left else "right",
        color=SEPARATION, fontsize=style.points(14),
    )  # fmt: skip


def _falling(axes, betas):
    """A logarithmic axis on which the pressure falls."""
    log_axis(axes)
    axes.set_xlim(max(betas), min(betas))
    axes.set_xlabel("beta, falling")


def _at(betas, values, beta):
    """The curve's height at a pressure."""
    return float(np.interp(-np.log(beta), -np.log(betas), values))
