"""Distributions of scores: violins with the runs as points."""

import numpy as np

from dlib.report.figures import canvas
from dlib.visualize import style

_LEAST = 5  # runs that a density is estimated from; fewer are points alone
_HALF = 0.38  # of a violin, in units of the distance between two


def violins(
    scores, rows, columns, groups, caption=(), line=None, shared=True, group_title=None, log=False
):
    """A grid of panels, each with one violin for each group.

    A violin is a Gaussian kernel density between the smallest and the largest score, where there
    are five runs or more; the short line is the median.

    Args:
      scores: ``{(row, column): {group: [N]}}``, by keys; what is missing stays empty.
      rows: ``{key: (label, in_unit)}``; a score in [0, 1] that comes near 0 has an axis from 0.
      columns: ``{key: title}``.
      groups: ``{key: (label, colour)}``, from left to right.
      caption: lines below the panels.
      line: ``{row: value}`` of faint horizontal lines.
      shared: whether the panels of a row have one scale.
      group_title: what the groups are, below each column.
      log: whether scales are logarithmic; all scores are above 0 then.
    """
    slanted = group_title is None
    widest = max((style.text_width(str(g[0]), 13) for g in groups.values()), default=0)
    counts = {len(v) for panel in scores.values() for v in panel.values()}
    width, gap = max(190, 52 * len(groups)), 40 if shared else 66
    grid = canvas.Grid(
        len(rows), len(columns), width, 190 if len(rows) > 1 else 240,
        left=96 if not slanted else max(96, int(widest * 0.75)),
        top=40 + canvas.title_room(columns.values(), width),
        bottom=int(widest * 0.72) + 26 if slanted else 62,
        gap_x=gap, gap_y=34, caption=caption,
    )  # fmt: skip
    with style.look():
        made, axes = grid.make()
        for r, row in enumerate(rows):
            find = _log_limits if log else lambda v, row=row: _limits(v, rows[row][1])
            limits = [find(_of(scores, row, c)) for c in columns]
            if shared:
                limits = [_union(limits)] * len(limits)
            for c, column in enumerate(columns):
                ax = axes[r, c]
                _panel(ax, scores.get((row, column), {}), groups, len(counts) > 1, log)
                ax.set_ylim(*(limits[c] or ((1, 10) if log else (0, 1))))
                if line and row in line:
                    _dashed(ax, line[row])
                if r == 0:
                    canvas.title(ax, columns[column], width)
                if c == 0:
                    canvas.label(ax, rows[row][0])
                _ticks(ax, groups, r == len(rows) - 1, slanted, group_title)
        return made


def wrapped(panels, groups, caption=(), line=None, across=4):
    """Violins in panels that stand side by side as lines of text do, each with its own scale.

    Args:
      panels: ``{key: (title, in_unit, {group: [N]})}``.
      groups: ``{key: (label, colour)}``, from left to right.
      caption: lines below the panels.
      line: ``{key: value}`` of faint horizontal lines.
      across: the most panels side by side.
    """
    widest = max((style.text_width(str(g[0]), 13) for g in groups.values()), default=0)
    counts = {len(v) for _, _, panel in panels.values() for v in panel.values()}
    across = min(across, len(panels))
    below, width = int(widest * 0.72) + 26, max(170, 52 * len(groups))
    room = canvas.title_room((title for title, _, _ in panels.values()), width)
    grid = canvas.Grid(
        -(-len(panels) // across), across, width, 190, left=max(60, int(widest * 0.75)),
        top=40 + room, bottom=below, gap_x=66, gap_y=below + 44 + room, caption=caption,
    )  # fmt: skip
    with style.look():
        made, axes = grid.make()
        places = list(axes.values())
        for ax, (key, (title, in_unit, panel)) in zip(places, panels.items(), strict=False):
            _panel(ax, panel, groups, len(counts) > 1)
            values = [np.asarray(v, np.float64) for v in panel.values()]
            ax.set_ylim(*(_limits(np.concatenate(values), in_unit) or (0, 1)))
            if line and key in line:
                _dashed(ax, line[key])
            canvas.title(ax, title, width)
            _ticks(ax, groups, True, True, None)
        for ax in places[len(panels) :]:
            made.delaxes(ax)
        return made


def _dashed(ax, value):
    ax.axhline(value, color=style.QUIET, linewidth=style.points(1), dashes=(4, 3))


def _of(scores, row, column):
    values = [np.asarray(v, np.float64) for v in scores.get((row, column), {}).values()]
    return np.concatenate(values) if values else np.empty(0)


def _limits(values, in_unit):
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = values.min(), values.max()
    in_unit = in_unit and high <= 1.04  # what lies above it, whatever was said of it, is shown
    room = 0.07 * (high - low) or 0.07 * abs(high) or 0.07
    if in_unit and 0 <= low < 0.4 * high:
        return 0.0, min(high * 1.1, 1.04)
    return low - room, min(high + room, 1.04) if in_unit else high + room


def _log_limits(values):
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    room = (values.max() / values.min()) ** 0.07 if np.ptp(values) else 1.2
    return values.min() / room, values.max() * room


def _union(limits):
    known = [pair for pair in limits if pair]
    if not known:
        return 0.0, 1.0
    return min(low for low, _ in known), max(high for _, high in known)


def _panel(ax, panel, groups, tell_counts, log=False):
    if log:
        _log_scale(ax)
    canvas.clean(ax)
    ax.set_xlim(-0.6, len(groups) - 0.4)
    for place, (key, (_, color)) in enumerate(groups.items()):
        values = np.asarray(panel.get(key, ()), np.float64)
        values = np.sort(values[np.isfinite(values)])
        if len(values):
            _violin(ax, place, values, color, log)
        if tell_counts:
            ax.text(
                place, 1.0, str(len(values)) if len(values) else "–",
                transform=ax.get_xaxis_transform(), ha="center", va="bottom",
                fontsize=style.points(11), color=style.QUIET,
            )  # fmt: skip


def _log_scale(ax):
    from matplotlib import ticker

    ax.set_yscale("log")
    ax.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(ticker.FormatStrFormatter("%g"))
    ax.yaxis.set_minor_locator(ticker.NullLocator())


def _violin(ax, place, values, color, log):
    width = np.zeros(len(values))
    if len(values) >= _LEAST and np.ptp(values) > 1e-12:
        space = np.geomspace if log else np.linspace
        heights = space(values[0], values[-1], 120)
        # A density over what the axis shows: of the logarithms, where the scale is theirs.
        density, at_values = _density(*(np.log(v) if log else v for v in (values, heights)))
        ax.fill_betweenx(
            heights, place - _HALF * density, place + _HALF * density,
            color=color, alpha=0.28, linewidth=0,
        )  # fmt: skip
        width = 0.8 * _HALF * at_values
    ax.plot(
        place + width * _spread(len(values)), values, "o", color=color, alpha=0.75,
        markersize=style.points(5 if len(values) < 20 else 3.4), markeredgewidth=0,
        clip_on=False, zorder=4,  # a score of 0 lies on the frame
    )  # fmt: skip
    middle = np.median(values)
    ax.plot(
        [place - 0.17, place + 0.17], [middle, middle], color=style.INK,
        linewidth=style.points(2.2), solid_capstyle="round", clip_on=False, zorder=3,
    )  # fmt: skip


def _density(values, heights):
    """Densities at ``heights`` and at ``values``, the largest being 1."""
    from scipy import stats

    kernel = stats.gaussian_kde(values)
    density = kernel(heights)
    return density / density.max(), kernel(values) / density.max()


def _spread(count):
    """``count`` numbers in [-1, 1], neighbours far from each other (a van der Corput sequence)."""
    numbers = np.arange(1, count + 1)
    result, step = np.zeros(count), 0.5
    while numbers.any():
        result += step * (numbers % 2)
        numbers, step = numbers // 2, step / 2
    return 2 * result - 1


def _ticks(ax, groups, is_last, slanted, group_title):
    if not is_last:
        ax.set_xticks(range(len(groups)), [""] * len(groups))
        return
    options = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    texts = ax.set_xticks(range(len(groups)), [str(g[0]) for g in groups.values()], **options)
    for tick in texts:
        tick.label1.set_color(style.INK)
    if group_title:
        canvas.label(ax, group_title, "x")
