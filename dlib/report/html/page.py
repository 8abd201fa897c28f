"""Puts the page together: ``report.html``, one file with everything in it.

Pictures of runs get what is left of the page's size: 1000 runs have smaller ones than three.
"""

import concurrent.futures
import datetime
import html
import json
import os
from pathlib import Path
from string import Template

from dlib.report import names
from dlib.report.figures import canvas
from dlib.report.html import exhibit_cards, runs
from dlib.utils import files
from dlib.version import __version__

NAME = "report.html"
_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = ("dom", "table", "charts", "filters", "scores", "exhibits", "runs", "main")
_TITLE = "Report of dlib"

_PAGE = 29_500_000  # bytes; the details of more than about 3 000 runs take more
_PICTURES_OF_RUNS = 16_000_000  # characters, all together
_PICTURES_OF_EXHIBITS = 5_000_000  # characters, all together
_AROUND = 100  # characters of the elements that hold a run's details
_LARGEST = 120_000  # characters of one run's picture
_SMALLEST = 4_000  # below this nothing is to be seen


def write(folder, frame, exhibits, rows, notices=()):
    """Writes ``report.html``.

    Args:
      folder: where the report lies; exhibits are there already.
      frame: the runs, as ``cells.tidy`` gives them.
      exhibits: ``exhibits.Exhibit``s, written already.
      rows: the result files that ``frame`` was made of.
      notices: what a reader must know before all else, one sentence each.

    Returns:
      the page's path.
    """
    folder = Path(folder)
    columns = runs.score_columns(frame)
    lines = runs.lines(frame, columns)
    settings = runs.settings_of(rows)
    shared = runs.shared_settings(settings.get(line["folder"], {}) for line in lines)
    report = _report(folder, lines, columns, exhibits, shared, notices)
    head, _, tail = _frame_of_page(report).rpartition("$details")

    def details(line):
        found = runs.details(line["folder"], settings.get(line["folder"], {}), shared, folder)
        return as_json(found)

    def picture(line):
        return runs.picture(line["folder"], limit)

    with (
        files.replacing(folder / NAME) as temporary,
        temporary.open("w", encoding="utf-8") as file,
        concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        told = list(pool.map(details, lines))
        limit = _limit(len(lines), sum(len(text.encode()) for text in (head, tail, *told)))
        file.write(head)
        for line, text, shown in zip(lines, told, pool.map(picture, lines), strict=True):
            opening = f'<script type="application/json" id="run-{line["id"]}">'
            file.write(f'{opening}{text[:-1]},"thumbnail":{as_json(shown)}}}</script>\n')
        file.write(tail)
    return folder / NAME


def _limit(num_runs, others):
    """Characters of a run's picture; 0 if so many runs leave too little for each.

    Args:
      num_runs: their number.
      others: bytes of the page without these pictures.
    """
    num_runs = max(1, num_runs)
    left = (_PAGE - others) // num_runs - _AROUND
    limit = min(_LARGEST, _PICTURES_OF_RUNS // num_runs, left)
    return limit if limit >= _SMALLEST else 0


def _report(folder, lines, columns, exhibits, shared, notices):
    datasets = names.datasets_in_order(line["dataset"] for line in lines)
    methods = names.methods_in_order(line["method"] for line in lines)
    limit = _PICTURES_OF_EXHIBITS // max(1, len(exhibits))
    # The table of all scores says in numbers what the others are made of: it comes last.
    exhibits = sorted(exhibits, key=lambda exhibit: exhibit.name == "scores")
    return {
        "rows": [{k: v for k, v in line.items() if k != "folder"} for line in lines],
        "scores": [{k: column[k] for k in ("name", "label", "protocols")} for column in columns],
        "shown_scores": runs.num_shown(columns),
        "values": {"dataset": datasets, "method": methods},
        "labels": {name: names.dataset_label(name) for name in datasets}
        | {name: names.method_label(name) for name in methods}
        | {column["name"]: column["label"] for column in columns},
        "colors": canvas.colors(methods),
        "exhibits": [exhibit_cards.card(exhibit, folder, limit) for exhibit in exhibits],
        "shared_settings": shared,
        "notices": list(notices),
    }


def _frame_of_page(report):
    """The page without the details of runs, whose place ``$details`` marks."""
    return Template(asset("page.html")).substitute(
        title=html.escape(_TITLE),
        written=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        version=html.escape(__version__),
        style=asset("page.css"),
        theme=asset("theme.js"),
        report=as_json(report),
        script="\n".join(asset(f"{name}.js") for name in _SCRIPTS),
        details="$details",
    )


def asset(name):
    """The text of a file that pages are made of."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def as_json(value):
    """JSON that may stand inside a script element: no text in it can end the element."""
    text = json.dumps(files.plain(value), ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
