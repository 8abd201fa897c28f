"""One look for all pictures: dark on white, one typeface, quiet axes.

Figures are made without pyplot, so no window system is asked for, no setting of the process
changes, and a figure is gone when its picture is made. Sizes are pixels.
"""

import contextlib
import functools
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

INK = "#1f2328"
QUIET = "#6e7781"
FAINT = "#d0d7de"
ACCENT = "#0b5fa5"
BAND = "#cfe0f0"
TEXT_COLORS = (INK, QUIET, ACCENT)
WHITE = 255

_DPI = 100  # with it, a point of text or line is 1.39 pixels
_SETTINGS = {
    "font.family": "DejaVu Sans",
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "figure.facecolor": "white",
}


@contextlib.contextmanager
def look():
    """Matplotlib's settings for our figures, for the length of a block."""
    with matplotlib.rc_context(_SETTINGS):
        yield


def points(pixels):
    """Matplotlib's unit of text and lines (1/72 inch) for a size in pixels."""
    return pixels * 72 / _DPI


def figure(width, height):
    """A figure of ``width`` x ``height`` pixels that belongs to nobody but its caller."""
    made = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
    FigureCanvasAgg(made)
    return made


def to_array(made):
    """The picture of a figure: uint8 ``[H, W, 3]``."""
    made.canvas.draw()
    picture = np.asarray(made.canvas.buffer_rgba())[..., :3].copy()
    made.clear()
    return picture


@functools.cache
def font(size, bold=False):
    """The typeface of the figures, for text that is drawn straight into images."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)


def text_width(text, size, bold=False):
    """Width of one line of text."""
    return font(size, bold).getlength(text)


def line_height(size):
    """Distance of two lines of text."""
    return round(size * 1.3)


def text_image(lines, width, size, align="center", height=None):
    """A block of text: uint8 ``[H, width, 3]``, black on white.

    A line that is too wide is set smaller, at most by a third; what is still too wide is cut and
    ends in three dots.

    Args:
      lines: ``(text, colour, bold)`` for each line.
      width: of the block.
      size: height of the letters.
      align: "left", "center" or "right".
      height: of the block; the lines are centred in it. By default that of the lines.
    """
    step = line_height(size)
    height = len(lines) * step if height is None else height
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    anchor, x = {"left": ("lm", 0), "center": ("mm", width / 2), "right": ("rm", width)}[align]
    top = (height - len(lines) * step) / 2
    for row, (text, color, bold) in enumerate(lines):
        text, fitted = _fit(text, width, size, bold)
        y = top + (row + 0.5) * step
        draw.text((x, y), text, fill=color, font=font(fitted, bold), anchor=anchor)
    return np.asarray(picture).copy()


def _fit(text, width, size, bold):
    """The text and its size, so that it is no wider than ``width``."""
    smallest = max(6, round(size * 2 / 3))
    while text_width(text, size, bold) > width and size > smallest:
        size -= 1
    whole = text
    while text_width(text, size, bold) > width and len(text) > 1:
        whole = whole[:-1]
        text = whole.rstrip() + "…"
    return text, size
