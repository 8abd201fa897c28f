"""Curves of tracked trainings: several methods, several seeds (the paper's Figures 2 and 7).

A line is the median over seeds, its band reaches from quartile to quartile. Colours are
told apart by readers with any colour vision; methods also differ in their markers.

R runs of a group, T visits.
"""

import dataclasses
import math

import numpy as np

from dlib.visualize import run_groups, style

# Of the paper's five methods in the order of `run_groups`, and of one more; as in the reports.
COLORS = ("#3b7cb8", "#d99a2b", "#3f9b7c", "#b07aa8", "#c8502d", "#6b7f99")
MARKERS = ("o", "s", "^", "D", "v", "P")
_PANEL = (380, 270)  # pixels of a panel's axes
_LEFT, _GAP, _TOP, _ROW_GAP, _BOTTOM, _RIGHT = 76, 76, 48, 102, 60, 24
_MARKS = 8  # markers along a line


@dataclasses.dataclass(frozen=True)
class Panel:
    """One field of a figure.

    Attributes:
      title: above the field.
      name: what ``Track.values`` takes.
      limits: lowest and highest value that the quantity can take; None where there is no bound.
      target: a second quantity, drawn dashed: what the method was told to reach.
      target_title: what the legend calls it.
    """

    title: str
    name: str
    limits: tuple = (None, None)
    target: str | None = None
    target_title: str = ""


INFORMATION = (
    Panel(
        "mutual information I(x; z), nats",
        "mutual_information",
        (0, None),
        "capacity",
        "C, the capacity aimed at",
    ),
    Panel("total correlation, nats", "total_correlation"),
    Panel("dimension-wise KL, nats", "dimension_wise_kl"),
    Panel("NMI1", "nmi1", (0, 1)),
    Panel("NMI2", "nmi2", (0, 1)),
)


def figure(groups, panels, columns=3):
    """A figure of all panels with one line for each group.

    Args:
      groups: ``Group``; where there are more than six, some share a colour and differ in their
        markers still.
      panels: ``Panel``.
      columns: panels side by side.

    Returns:
      matplotlib's figure.
    """
    columns = min(columns, len(panels))
    rows = math.ceil(len(panels) / columns)
    handles = _legend_handles(groups, panels)
    inside = rows * columns > len(panels)  # a free field takes the legend
    legend_height = 0 if inside else 26 + 34 * _legend_rows(handles, columns)
    width = _LEFT + columns * _PANEL[0] + (columns - 1) * _GAP + _RIGHT
    height = _TOP + rows * _PANEL[1] + (rows - 1) * _ROW_GAP + _BOTTOM + legend_height
    with style.look():
        made = style.figure(width, height)
        for place, panel in enumerate(panels):
            row, column = divmod(place, columns)
            box = _box(row, column, width, height)
            _draw(
                made.add_axes(box), groups, panel, row + 1 == rows or place + columns >= len(panels)
            )
        free = _box(rows - 1, columns - 1, width, height) if inside else None
        _add_legend(made, handles, groups, columns, free)
    return made


def rows_of(groups, panels):
    """What `figure` draws as rows of a table: method, update, quantity, runs, quartiles, median."""
    header = ["method", "step", "quantity", "runs", "median", "quartile_1", "quartile_3"]
    rows = []
    for group in groups:
        for name in [n for panel in panels for n in (panel.name, panel.target) if n]:
            values = group.values(name)  # [R, T]
            middle = [run_groups.quantile(values, share) for share in (0.5, 0.25, 0.75)]
            counts = np.isfinite(values).sum(axis=0)
            rows += [
                [group.label, int(step), name, int(n), *map(float, numbers)]
                for step, n, *numbers in zip(group.steps, counts, *middle, strict=True)
                if n
            ]
    return header, rows


def _box(row, column, width, height):
    left = _LEFT + column * (_PANEL[0] + _GAP)
    top = _TOP + row * (_PANEL[1] + _ROW_GAP)
    bottom = height - top - _PANEL[1]
    return left / width, bottom / height, _PANEL[0] / width, _PANEL[1] / height


def _draw(axes, groups, panel, is_last_row):
    for group in groups:
        values = group.values(panel.name)
        if np.isfinite(values).any():
            _draw_group(axes, group, values)
        if panel.target:
            target = run_groups.quantile(group.values(panel.target), 0.5)
            known = np.isfinite(target)
            axes.plot(group.steps[known], target[known], "--", color=_color(group), linewidth=1.2)
    _set_limits(axes, panel.limits)
    axes.set_title(panel.title, fontsize=style.points(15), color=style.INK, loc="left", pad=12)
    if is_last_row:
        axes.set_xlabel("updates", fontsize=style.points(14), labelpad=8)
    axes.xaxis.set_major_formatter(lambda step, _: short(step))
    axes.grid(axis="y", color=style.FAINT, linewidth=style.points(1))
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6, labelsize=style.points(13))


def _draw_group(axes, group, values):
    low, median, high = (run_groups.quantile(values, share) for share in (0.25, 0.5, 0.75))
    known = np.isfinite(median)
    steps, low, median, high = (a[known] for a in (group.steps, low, median, high))
    if len(values) > 1:
        axes.fill_between(steps, low, high, color=_color(group), alpha=0.18, linewidth=0)
    axes.plot(
        steps, median, color=_color(group), linewidth=1.8, marker=_marker(group), markersize=5,
        markevery=max(1, len(steps) // _MARKS), markeredgecolor="white", markeredgewidth=0.6,
    )  # fmt: skip


def _set_limits(axes, limits):
    """The data's range with a margin, cut where the quantity has its bounds."""
    low, high = axes.get_ylim()
    bottom, top = limits
    low = low if bottom is None else max(low, bottom)
    high = high if top is None else min(high, top)
    axes.set_ylim(low, high if high > low else low + 1)


def _color(group):
    return COLORS[group.place % len(COLORS)]


def _marker(group):
    return MARKERS[(group.place + group.place // len(COLORS)) % len(MARKERS)]


def short(step):
    """A number of updates in few letters: 800, 20k, 1.5M."""
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if abs(step) >= unit:
            return f"{step / unit:g}{letter}"
    return f"{step:g}"


def _legend_handles(groups, panels):
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], color=_color(group), marker=_marker(group), linewidth=1.8, markersize=5,
            label=_legend_label(group),
        )
        for group in groups
    ]  # fmt: skip
    for panel in panels:
        if panel.target and any(np.isfinite(g.values(panel.target)).any() for g in groups):
            handles.append(
                Line2D([], [], color=style.QUIET, linestyle="--", label=panel.target_title)
            )
    return handles


def _legend_label(group):
    runs = len(group.tracks)
    return f"{group.label} ({runs} seeds)" if runs > 1 else group.label


def _legend_rows(handles, columns):
    return math.ceil(len(handles) / (2 * columns)) if columns > 1 else len(handles)


def _add_legend(made, handles, groups, columns, box):
    """Into the free field ``box``, or below all panels if there is none."""
    options = {"handles": handles, "frameon": False, "fontsize": style.points(14)}
    if any(len(group.tracks) > 1 for group in groups):
        options |= {
            "title": "line: median over seeds; band: quartiles",
            "title_fontsize": style.points(13),
            "alignment": "left" if box else "center",
        }
    if box:
        left, bottom, _, height = box
        legend = made.legend(loc="upper left", bbox_to_anchor=(left, bottom + height), **options)
    else:
        per_row = 2 * columns if columns > 1 else 1
        legend = made.legend(loc="lower center", ncols=min(per_row, len(handles)), **options)
    legend.get_title().set_color(style.QUIET)
