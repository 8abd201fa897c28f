"""Estimates with their intervals, side by side."""

import numpy as np

from dlib.report.figures import canvas
from dlib.visualize import style


def dots(
    points, rows, columns, groups, caption=(), limits=None, unit="", reference=None, width=176,
    titles=None, ticks=None,
):  # fmt: skip
    """A grid of panels, each with a dot and an interval for each group, one below the other.

    Args:
      points: ``{(row, column): {group: (value, low, high, reference)}}``; NaN is not drawn.
      rows: ``{key: label}``.
      columns: ``{key: title}``.
      groups: ``{key: (label, colour)}``, from top to bottom.
      caption: lines below the panels.
      limits: of all panels' axes; by default each row of panels has its own.
      unit: written below the lowest panels.
      reference: what the hollow diamonds are, for the caption.
      width: of a panel.
      titles: ``{(row, column): title}`` where each panel has its own, and its own limits; places
        without one stay empty.
      ticks: numbers at the axes; by default few round ones.
    """
    widest = max((style.text_width(g[0], 13) for g in groups.values()), default=0)
    has_labels = any(rows.values())
    if reference:
        caption = (*caption, f"Diamonds: {reference}.")
    title_width = width + 24  # the gap is wider
    room = canvas.title_room((columns if titles is None else titles).values(), title_width)
    grid = canvas.Grid(
        len(rows), len(columns), width, (38 if reference else 30) * len(groups) + 14,
        left=int(widest) + (72 if has_labels else 30), top=40 + room, bottom=62 if unit else 42,
        gap_x=34 if titles is None else 48, gap_y=44 if titles is None else 74 + room,
        caption=caption,
    )  # fmt: skip
    from matplotlib.ticker import FixedLocator, MaxNLocator

    with style.look():
        made, axes = grid.make()
        for r, row in enumerate(rows):
            shared = limits or _limits([points.get((row, c), {}) for c in columns])
            for c, column in enumerate(columns):
                ax, panel = axes[r, c], points.get((row, column), {})
                if titles is not None and (row, column) not in titles:
                    ax.set_visible(False)
                    continue
                own = shared if titles is None or limits else _limits([panel])
                _panel(ax, panel, groups, own)
                if titles is not None:
                    canvas.title(ax, titles[row, column], title_width)
                elif r == 0:
                    canvas.title(ax, columns[column], title_width)
                if c == 0:
                    ax.set_yticks(range(len(groups)), [g[0] for g in groups.values()])
                    for tick in ax.get_yticklabels():
                        tick.set_color(style.INK)
                    if rows[row]:
                        canvas.label(ax, rows[row])
                else:
                    ax.set_yticks([])
                ax.xaxis.set_major_locator(MaxNLocator(3) if ticks is None else FixedLocator(ticks))
                if unit and r == len(rows) - 1:
                    canvas.label(ax, unit, "x")
        return made


def _limits(panels):
    numbers = np.array([n for panel in panels for point in panel.values() for n in point], float)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return 0.0, 1.0
    room = 0.08 * np.ptp(numbers) or 0.05 * abs(numbers[0]) or 0.05
    return numbers.min() - room, numbers.max() + room


def _panel(ax, panel, groups, limits):
    canvas.clean(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(groups) - 0.4, -0.6)
    ax.set_xlim(*limits)
    for place, (key, (_, color)) in enumerate(groups.items()):
        value, low, high, reference = panel.get(key, (np.nan,) * 4)
        if not np.isfinite(value):
            ax.text(
                0.5, place, "no score" if key in panel else "no runs",
                transform=ax.get_yaxis_transform(), ha="center", va="center",
                fontsize=style.points(12), color=style.QUIET,
            )  # fmt: skip
            if key not in panel:
                continue
        ax.plot(
            [low, high], [place, place], color=color, linewidth=style.points(5), alpha=0.35,
            solid_capstyle="round", clip_on=False,
        )  # fmt: skip
        ax.plot([value], [place], "o", color=color, markersize=style.points(9), clip_on=False)
        ax.plot(
            [reference], [place + 0.27], "D", markerfacecolor="white", markeredgecolor=style.INK,
            markersize=style.points(6), markeredgewidth=style.points(1.2), clip_on=False,
            zorder=4,
        )  # fmt: skip
