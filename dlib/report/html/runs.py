"""Runs as the page shows them: one line each, and what stands behind it.

A run's folder is the one that ``cells.tidy`` names in its column ``run``.
"""

import os
from pathlib import Path
from urllib.parse import quote

from dlib.report import names
from dlib.report.html import curves
from dlib.report.html.thumbnails import thumbnail

_CONFIG = "train_config."
# The picture of a run's traversals: ours, else the reference's.
_PICTURES = ("visualizations/traversals.png", "visualizations/traversals/traversals0.jpg")
_FILES = {
    "all traversals moving": "visualizations/traversals.gif",
    "reconstructions": "visualizations/reconstructions.png",
    "samples": "visualizations/sampled/samples.jpg",
    "NMI matrix": "visualizations/nmi_matrix.png",
    "log": "model/train_log.jsonl",
    "configuration": "model/results/gin/train.gin",
    "folder": "",
}
_SHOWN_SCORES = 8  # columns of the table of runs; the others stand in each run's details


def score_columns(frame):
    """The scores of finished runs, in their order, MIG first.

    Returns:
      a list of ``{"name", "label", "metric", "protocols"}``. A metric is one column, whose
      ``protocols`` tell those of its runs apart; only where a run has it by several protocols is
      each a column of its own.
    """
    final = frame[frame["stage"].isna()]
    several = set(final.loc[final.duplicated(["run", "metric"]), "metric"])
    found = final.groupby("metric", sort=False)["protocol"].unique()
    columns = []
    for metric in names.metrics_in_order(found.index):
        protocols, label = sorted(found[metric]), names.metric_label(metric)
        if metric not in several:
            columns.append(_column(metric, label, metric, protocols))
            continue
        for protocol in protocols:
            told = f" ({protocol})"
            columns.append(_column(metric + told, label + told, metric, [protocol]))
    return sorted(columns, key=lambda column: column["metric"] != names.MIG)


def _column(name, label, metric, protocols):
    return {"name": name, "label": label, "metric": metric, "protocols": protocols}


def lines(frame, columns):
    """One dictionary for each run, in the order of data sets, methods, budgets, settings, seeds.

    Args:
      frame: what ``cells.tidy`` gives.
      columns: what ``score_columns`` gives.
    """
    final = _with_none(frame[frame["stage"].isna()], ("seed", "updates"))
    places = {
        (column["metric"], protocol): (place, number)
        for place, column in enumerate(columns)
        for number, protocol in enumerate(column["protocols"])
    }
    found = {}
    for row in final.to_dict("records"):
        line = found.get(row["run"])
        if line is None:
            line = found[row["run"]] = _line(row, len(columns))
        place, number = places[row["metric"], row["protocol"]]
        value = row["value"]
        line["scores"][place] = None if value != value else float(f"{value:.6g}")
        if number:  # the first is not told: most runs have it
            line.setdefault("protocols", {})[place] = number
    datasets = names.datasets_in_order(line["dataset"] for line in found.values())
    methods = names.methods_in_order(line["method"] for line in found.values())
    ordered = sorted(
        found.values(),
        key=lambda line: (
            datasets.index(line["dataset"]), methods.index(line["method"]), line["budget"],
            line["setting"], line["seed"] is None, line["seed"] or 0, line["folder"],
        ),
    )  # fmt: skip
    return [{"id": number, **line} for number, line in enumerate(ordered)]


def _with_none(frame, names):
    """The frame with None for what is missing in columns of whole numbers."""
    columns = {n: frame[n].astype(object).where(frame[n].notna(), None) for n in names}
    return frame.assign(**columns)


def _line(row, num_scores):
    told = ("dataset", "method", "budget", "setting", "seed", "updates")
    return {
        "folder": row["run"],
        "name": short_name(row["run"]),
        **{name: row[name] for name in told},
        "scores": [None] * num_scores,
    }


def short_name(folder):
    """The last three parts of a run's folder, which tell study, configuration or seed."""
    return "/".join(Path(folder).parts[-3:]).removeprefix("output/")


def num_shown(columns):
    """How many scores the table of runs shows."""
    return min(len(columns), _SHOWN_SCORES)


def settings_of(rows):
    """Settings of each run's training, ``{folder: {name: literal}}``.

    Args:
      rows: result files as dictionaries with their ``path``.
    """
    found = {}
    for row in rows:
        folder = row.get("path", "").rpartition("/metrics/")[0] or row.get("path", "")
        if folder not in found:
            found[folder] = {
                key.removeprefix(_CONFIG): str(value)
                for key, value in row.items()
                if key.startswith(_CONFIG) and value is not None
            }
    return found


def shared_settings(settings):
    """Settings that all runs have and that are the same in all of them."""
    settings = list(settings)
    if not settings:
        return {}
    return {
        name: value
        for name, value in sorted(settings[0].items())
        if all(other.get(name) == value for other in settings[1:])
    }


def picture(folder, limit):
    """A run's picture of traversals as an address of at most ``limit`` characters, or None."""
    found = _picture_file(Path(folder)) if limit else None
    return thumbnail(found, limit) if found else None


def _picture_file(run):
    return next((run / name for name in _PICTURES if (run / name).is_file()), None)


def details(folder, settings, shared, report_folder):
    """What a run shows on a click but its ``picture``, as plain values.

    Args:
      folder: of the run.
      settings: its settings.
      shared: the settings that the page shows once for all runs.
      report_folder: where the page lies; links start there.
    """
    run = Path(folder)
    model = run / "model" if (run / "model").is_dir() else run
    found = _picture_file(run)
    log, stages = curves.read_log(model)
    return {
        "settings": {k: v for k, v in sorted(settings.items()) if k not in shared},
        "picture": link(found, report_folder) if found else None,
        "files": [
            {"label": label, "href": link(run / name, report_folder)}
            for label, name in _FILES.items()
            if (run / name).exists()
        ],
        "folder": str(folder),
        "log": log,
        "stages": stages,
    }


def link(path, report_folder):
    """The address of a file relative to the page, as a browser reads it."""
    relative = os.path.relpath(os.path.abspath(path), os.path.abspath(report_folder))
    return quote(Path(relative).as_posix())
