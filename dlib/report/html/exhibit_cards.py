"""Exhibits as the page shows them: pictures, a table, links to their files."""

import csv
import math
from pathlib import Path

from dlib.report.figures import canvas
from dlib.report.html.runs import link
from dlib.report.html.thumbnails import thumbnail

_MAX_ROWS = 400
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def card(exhibit, report_folder, limit):
    """One exhibit as plain values.

    Args:
      exhibit: ``exhibits.Exhibit``.
      report_folder: where the page lies.
      limit: characters of its pictures, all together.
    """
    files = [Path(file) for file in exhibit.files]
    pictures = [file for file in files if file.suffix in _PICTURES]
    data = next((file for file in files if file.suffix == ".csv"), None)
    return {
        "name": exhibit.name,
        "title": exhibit.title,
        "notes": list(exhibit.notes),
        "pictures": [
            {
                "label": picture.stem,
                "src": thumbnail(picture, limit // len(pictures)) or link(picture, report_folder),
                "href": link(picture, report_folder),
                "width": _designed_width(picture),
            }
            for picture in pictures
        ],
        "table": data and _table(data),
        "files": [{"label": file.name, "href": link(file, report_folder)} for file in files],
    }


def _designed_width(picture):
    """The width in pixels that a figure's text was designed for; None if it is no whole picture."""
    from PIL import Image

    try:
        with Image.open(picture) as opened:
            return opened.width // canvas.PNG_SCALE
    except OSError:
        return None


def _table(path):
    if not path.is_file():
        return None
    with path.open(newline="", encoding="utf-8") as file:
        columns, *rows = [*csv.reader(file)] or [[]]
    shown = [[_cell(text) for text in row] for row in rows[:_MAX_ROWS]]
    return {"columns": columns, "rows": shown, "left_out": len(rows) - len(shown)}


def _cell(text):
    """A number where the text is one, None where there is nothing."""
    try:
        number = float(text)
    except ValueError:
        return text or None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and "." not in text else number
