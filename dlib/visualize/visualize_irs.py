"""Pictures of interventional effects: what a latent does when factors are changed.

Suter et al. (2019). N points, D latents, K factors, P the parent: the factor that a latent is most
robust to.
"""

from pathlib import Path

import numpy as np

from dlib.evaluation.metrics import irs
from dlib.visualize import interventional, style
from dlib.visualize.image_grid import joined, white

MAX_LINES = 8  # parent values that are told apart in one panel
MAX_LATENTS = 16
_PANEL = (190, 116)
_LEGEND = (
    "Shaded panels: the code's mean and middle 90 % at each value of its parent. "
    "Lines: its mean while the parent is held, low (dark) to high (bright)."
)


def vis_all_interventional_effects(gen_factors, latents, output_dir):
    """Writes ``interventional_effect.png``, as the reference (disentanglement_lib) names it.

    Args:
      gen_factors: factors, ``[N, K]``.
      latents: codes, ``[N, D]``.
      output_dir: a folder.
    """
    from dlib.visualize.visualize_util import save_image

    picture = interventional_effects(latents, gen_factors)
    save_image(picture, Path(output_dir) / "interventional_effect.png")


def interventional_effects(codes, factors, factor_names=None, latents=None):
    """One panel for each latent and factor.

    In the parent's panel: the latent's mean at each of its values, and the middle 90 %. In the
    others: its mean as the factor changes while the parent is held, one line for each of up to
    eight values (or groups of neighbouring values) of the parent. A disentangled latent rises in
    its parent's panel and is level in all others.

    Args:
      codes: ``[N, D]``.
      factors: ``[N, K]``.
      factor_names: K names; by default "factor 0", ...
      latents: columns of ``codes`` to draw, in order; by default the first sixteen.

    Returns:
      uint8 ``[H, W, 3]``.
    """
    codes, factors = np.asarray(codes), np.asarray(factors)
    num_factors = factors.shape[1]
    names = factor_names or [f"factor {k}" for k in range(num_factors)]
    latents = list(range(min(MAX_LATENTS, codes.shape[1]))) if latents is None else list(latents)
    robustness = irs.robustness(codes, factors).matrix
    width = max(_PANEL[0] * num_factors, int(style.text_width(_LEGEND, 12))) + 120
    height = _PANEL[1] * len(latents) + 96
    with style.look():
        made = style.figure(width, height)
        axes = made.subplots(len(latents), num_factors, sharex="col", sharey="row", squeeze=False)
        made.subplots_adjust(
            left=106 / width, right=1 - 14 / width, top=1 - 46 / height, bottom=58 / height,
            hspace=0.26, wspace=0.08,
        )  # fmt: skip
        for row, d in enumerate(latents):
            parent = int(robustness[d].argmax())
            for k in range(num_factors):
                visualize_interventional_effect(
                    factors, codes, d, parent, k, k == parent, axes[row, k], plot_legend=False
                )
            _annotate(axes[row], parent, robustness[d, parent])
            _name_row(made, axes[row, 0], f"z{d}")
        made.text(106 / width, 14 / height, _LEGEND, fontsize=style.points(12), color=style.QUIET)
        for k, name in enumerate(names):
            axes[0, k].set_title(name, fontsize=style.points(15), pad=20)
        return style.to_array(made)


def visualize_interventional_effect(
    gen_factors,
    latents,
    latent_dim,
    const_factor_idx,
    intervened_factor_idx,
    no_conditioning=False,
    ax=None,
    plot_legend=True,
    plot_scatter=False,
):
    """One panel; the arguments are the reference's (disentanglement_lib).

    Args:
      gen_factors: factors, ``[N, K]``.
      latents: codes, ``[N, D]``.
      latent_dim: the latent.
      const_factor_idx: the factor that is held, one line for each of its values.
      intervened_factor_idx: the factor that is changed.
      no_conditioning: hold nothing: draw the mean and the middle 90 %.
      ax: matplotlib's axes; by default those of a new figure.
      plot_legend: whether to tell the lines apart in a legend.
      plot_scatter: whether to draw the points as well.

    Returns:
      the axes.
    """
    ax = style.figure(640, 420).subplots() if ax is None else ax
    code = np.asarray(latents)[:, latent_dim].astype(np.float64)
    changed, values = interventional.ranks(gen_factors[:, intervened_factor_idx])
    if plot_scatter:
        ax.scatter(values[changed], code, s=2, color=style.FAINT, linewidths=0)
    if no_conditioning:
        _draw_parent(ax, code, changed, values)
    else:
        _draw_lines(ax, code, changed, values, gen_factors[:, const_factor_idx])
    if plot_legend:
        title = None if no_conditioning else f"factor {const_factor_idx}"
        ax.legend(fontsize=style.points(11), frameon=False, title=title)
    _quiet(ax, values)
    return ax


def small_effects(codes, factors, factor_names, latents, width, height=96, size=20):
    """The parent's panel of each latent, small, with the parent's name and the score below.

    The parent is what interventions say that a latent stands for. It may be another factor than
    the one that the latent shares most information with, so that the picture says where its name
    is from.

    Args:
      codes: ``[N, D]``.
      factors: ``[N, K]``.
      factor_names: K names.
      latents: columns of ``codes``.
      width: of each picture.
      height: of the curve alone.
      size: height of the letters.

    Returns:
      ``{latent: picture}``, uint8, all of one size and one scale.
    """
    codes, factors = np.asarray(codes), np.asarray(factors)
    robustness = irs.robustness(codes, factors).matrix
    limit = 1.1 * max(float(np.quantile(np.abs(codes[:, latents]), 0.995)), 1e-6)
    pictures = {}
    for d in latents:
        parent = int(robustness[d].argmax())
        curve = _small_curve(codes[:, d], factors[:, parent], limit, width, height)
        lines = [
            ("by intervention:", style.QUIET, False),
            (factor_names[parent], style.INK, False),
            (f"IRS {robustness[d, parent]:.2f}", style.INK, False),
        ]
        parts = [white(8, width), curve, style.text_image(lines, width, size)]
        pictures[d] = joined(parts, 0, 2)
    return pictures


def _small_curve(code, factor, limit, width, height):
    label, values = interventional.ranks(factor)
    with style.look():
        made = style.figure(width, height)
        ax = made.add_axes((0, 0, 1, 1))
        _draw_parent(ax, code.astype(np.float64), label, values)
        ax.axhline(0, color=style.FAINT, linewidth=style.points(1), zorder=0)
        ax.set(ylim=(-limit, limit), xticks=[], yticks=[])
        ax.set_frame_on(False)
        return style.to_array(made)


def _draw_parent(ax, code, label, values):
    low, high = interventional.spread(code, label)
    means = interventional.conditional_means(code, label)
    ax.fill_between(
        values, low, high, color=style.ACCENT, alpha=0.18, linewidth=0, label="middle 90 %"
    )
    marker = "o" if len(values) <= 12 else None
    ax.plot(
        values, means, color=style.ACCENT, linewidth=style.points(2.2), marker=marker,
        markersize=style.points(5), label="mean",
    )  # fmt: skip


def _draw_lines(ax, code, changed, values, held):
    import seaborn

    held, _ = interventional.ranks(held)
    groups = interventional.grouped(held, MAX_LINES)
    means = interventional.conditional_means(code, groups, changed)  # [groups, values]
    for number, (line, color) in enumerate(
        zip(means, seaborn.color_palette("viridis", len(means)), strict=True)
    ):
        known = np.isfinite(line)
        members = np.flatnonzero(np.bincount(held[groups == number]))
        label = str(members[0]) if len(members) == 1 else f"{members[0]}–{members[-1]}"
        ax.plot(values[known], line[known], color=color, linewidth=style.points(1.2), label=label)


def _quiet(ax, values):
    ax.tick_params(length=2, labelsize=style.points(11))
    step = max(1, -(-len(values) // 5))
    ax.set_xticks(values[::step] if len(values) > 1 else values)
    ax.set_xlim(values[0] - 0.5, values[-1] + 0.5)


def _name_row(made, ax, name):
    middle = sum(ax.get_position().intervaly) / 2
    made.text(16 / (made.get_figwidth() * made.dpi), middle, name,
              fontsize=style.points(15), va="center")  # fmt: skip


def _annotate(row, parent, score):
    row[parent].set_facecolor("#f3f7fb")
    row[parent].text(
        0.02, 1.01, f"parent, IRS {score:.2f}", transform=row[parent].transAxes, va="bottom",
        fontsize=style.points(11), color=style.ACCENT,
    )  # fmt: skip
