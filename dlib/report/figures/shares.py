"""Shares of a whole as stacked bars."""

import numpy as np

from dlib.report.figures import canvas
from dlib.visualize import style


def stacked(shares, rows, columns, parts, caption=()):
    """A panel for each column, a bar for each row, cut into parts.

    Args:
      shares: ``{(row, column): [P]}`` with NaN for a part that is not known.
      rows: ``{key: label}``.
      columns: ``{key: title}``.
      parts: ``{label: colour}``, P of them; those that no bar has are not in the legend.
      caption: lines below.
    """
    widest = max(style.text_width(label, 13) for label in rows.values())
    left = int(widest) + 30
    known = np.isfinite([values for values in shares.values() if values is not None]).any(axis=0)
    legend = [part for part, is_known in zip(parts.items(), known, strict=True) if is_known]
    ends = left + np.cumsum([_legend_width(text) for text, _ in legend])
    grid = canvas.Grid(
        1, len(columns), 210, 34 * len(rows) + 10, left=left, top=74, bottom=36,
        gap_x=48, caption=caption, least_width=int(max(ends, default=0)),
    )  # fmt: skip
    with style.look():
        made, axes = grid.make()
        for c, column in enumerate(columns):
            ax = axes[0, c]
            canvas.title(ax, columns[column], grid.width)
            _bars(ax, [shares.get((row, column)) for row in rows], list(parts.values()))
            ax.set_yticks(range(len(rows)), list(rows.values()) if c == 0 else [""] * len(rows))
            for tick in ax.get_yticklabels():
                tick.set_color(style.INK)
        _legend(made, grid, legend)
        return made


def _bars(ax, values, colors):
    canvas.clean(ax, grid="x")
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1], ["0", "50", "100 %"])
    ax.set_ylim(len(values) - 0.4, -0.6)
    for place, parts in enumerate(values):
        if parts is None or not np.isfinite(parts).any():
            ax.text(0.5, place, "not known", ha="center", va="center", color=style.QUIET,
                    fontsize=style.points(12))  # fmt: skip
            continue
        start = 0.0
        for part, color in zip(np.nan_to_num(parts), colors, strict=True):
            ax.barh(place, part, left=start, height=0.62, color=color, linewidth=0)
            if part > 0.14:
                ax.text(
                    start + part / 2, place, f"{100 * part:.0f}", ha="center",
                    va="center_baseline", color="white", fontsize=style.points(12),
                )  # fmt: skip
            start += part


def _legend_width(text):
    """Of one entry, with the distance to the next."""
    return 48 + style.text_width(text, 14)


def _legend(made, grid, entries):
    width, height = made.get_size_inches() * made.get_dpi()
    x = grid.left
    for text, color in entries:
        made.text(x / width, 1 - 20 / height, "■", color=color, va="center",
                  fontsize=style.points(17))  # fmt: skip
        made.text((x + 20) / width, 1 - 20 / height, text, color=style.INK, va="center",
                  fontsize=style.points(14))  # fmt: skip
        x += _legend_width(text)
