"""Grids of panels, colours, and figures as files. Sizes are pixels."""

import dataclasses

from dlib.report import names
from dlib.utils import files
from dlib.visualize import style

PNG_SCALE = 2  # sharp on screens with small pixels
# Told apart by readers with any colour vision; the paper's five methods keep theirs.
_COLORS = {
    "beta_vae": "#3b7cb8",
    "vae": "#3b7cb8",
    "beta_tc_vae": "#d99a2b",
    "annealed_vae": "#3f9b7c",
    "cascade_vae_c": "#b07aa8",
    "deft": "#c8502d",
}
_MORE_COLORS = ("#6b7f99", "#8a6d4f", "#58a5c9", "#9aa33a", "#7d6bb3", "#a3564f")
_TITLE, _LABEL, _TICK, _CAPTION = 17, 15, 13, 13
_TITLE_STEP = 22  # from line to line of a title


def colors(methods):
    """``{method: colour}``."""
    others = [name for name in methods if name not in _COLORS]
    more = {name: _MORE_COLORS[i % len(_MORE_COLORS)] for i, name in enumerate(others)}
    return {name: _COLORS.get(name) or more[name] for name in methods}


@dataclasses.dataclass
class Grid:
    """Panels in rows and columns, with titles above, and lines of text below.

    Attributes:
      rows, columns: their number.
      width, height: of one panel.
      left, right, top, bottom: room around all panels.
      gap_x, gap_y: room between them.
      caption: lines below everything.
      least_width: of the whole figure, as what stands above the panels may need.
    """

    rows: int
    columns: int
    width: int
    height: int
    left: int = 80
    right: int = 24
    top: int = 40
    bottom: int = 40
    gap_x: int = 44
    gap_y: int = 28
    caption: tuple = ()
    least_width: int = 0

    def make(self):
        """The figure and its axes, ``{(row, column): axes}``."""
        below = 22 * len(self.caption) + (10 if self.caption else 0)
        inner_x = self.columns * self.width + (self.columns - 1) * self.gap_x
        inner_y = self.rows * self.height + (self.rows - 1) * self.gap_y
        total_x = self.left + inner_x + self.right
        total_x = max(
            total_x,
            self.least_width,
            *(24 + self._width_of(line) for line in self.caption or ("",)),
        )
        total_y = self.top + inner_y + self.bottom + below
        made = style.figure(int(total_x), int(total_y))
        axes = {}
        for row in range(self.rows):
            for column in range(self.columns):
                x = self.left + column * (self.width + self.gap_x)
                y = total_y - self.top - (row + 1) * self.height - row * self.gap_y
                box = (x / total_x, y / total_y, self.width / total_x, self.height / total_y)
                axes[row, column] = made.add_axes(box)
        for number, line in enumerate(self.caption):
            y = (below - 22 * number - 12) / total_y
            made.text(
                12 / total_x, y, line, fontsize=style.points(_CAPTION), color=style.QUIET,
                va="center",
            )  # fmt: skip
        return made, axes

    def _width_of(self, line):
        return style.text_width(line, _CAPTION) + 12


def clean(axes, grid="y"):
    """A panel without ticks, with faint lines across."""
    axes.tick_params(length=0, pad=6, labelsize=style.points(_TICK))
    axes.grid(axis=grid, color=style.FAINT, linewidth=style.points(0.8), alpha=0.7)
    axes.set_axisbelow(True)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible((side == "bottom") == (grid == "y"))


def title(axes, text, width):
    """What a panel or a column of panels is about, in lines of at most ``width`` pixels."""
    axes.set_title(broken(text, width), fontsize=style.points(_TITLE), color=style.INK, pad=10)


def title_room(titles, width):
    """Room that titles take beyond that of one line."""
    return _TITLE_STEP * max((broken(text, width).count("\n") for text in titles), default=0)


def broken(text, width):
    """A title broken at spaces into lines that are no wider than ``width``, if words allow."""
    lines = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and style.text_width(longer, _TITLE) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def label(axes, text, side="y"):
    """What an axis measures."""
    set_label = axes.set_ylabel if side == "y" else axes.set_xlabel
    set_label(text, fontsize=style.points(_LABEL), labelpad=8)


def tick_size():
    """Matplotlib's size of the ticks' text."""
    return style.points(_TICK)


def method_width(methods):
    """Room that the longest of the methods' labels takes."""
    return int(max((style.text_width(names.method_label(m), _TICK) for m in methods), default=0))


def save(made, stem):
    """Writes ``<stem>.png`` and ``<stem>.pdf``, equal for equal figures; returns the paths."""
    paths = []
    for suffix, options in ((".png", {}), (".pdf", {"metadata": {"CreationDate": None}})):
        path = stem.with_name(stem.name + suffix)
        with files.replacing(path) as temporary:
            made.savefig(temporary, format=suffix[1:], dpi=made.get_dpi() * PNG_SCALE, **options)
        paths.append(path)
    return paths
