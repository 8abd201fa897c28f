"""One method against others on one data set: medians, intervals, and how often it wins.

N runs of a method.
"""

import numpy as np

from dlib.report import cells, names, statistics

COLUMNS = ("metric", "rank", "method", "runs", "median", "ci_low", "ci_high")
COLUMNS += ("probability_to_beat", "probability_ci_low", "probability_ci_high")
_SEED = 0  # of the bootstrap: equal runs give equal intervals


def leaderboard(frame, contestants, ours):
    """The table of a comparison.

    Args:
      frame: the runs, as ``cells.tidy`` gives them.
      contestants: ``{name: folders of its runs}``, the folders as ``frame`` names them.
      ours: the name whose probability to beat each other one is told.

    Returns:
      a list of dictionaries with the keys ``COLUMNS``: for each metric one for each contestant,
      the best median first; MIG before the other metrics. ``ci_low`` and ``ci_high`` hold 95 %
      of the bootstrap's medians; ``probability_to_beat`` is that of a run of ours to be better
      than one of the row's, ties counting half, with its own 95 % bootstrap interval. What cannot
      be known (an interval of one run, a score that no run has) is None.
    """
    final = cells.final(frame, standing=False)
    metrics = names.metrics_in_order(final["metric"])
    rows = []
    for metric in sorted(metrics, key=lambda metric: metric != names.MIG):
        of_metric = final[final["metric"] == metric].dropna(subset=["value"])
        scores = {
            name: of_metric.loc[of_metric["run"].isin(set(folders)), "value"].to_numpy(float)
            for name, folders in contestants.items()
        }
        rows += _ranked(metric, scores, ours)
    return rows


def _ranked(metric, scores, ours):
    sign = -1 if names.is_error(metric) else 1
    made = [_row(metric, name, scores[name], scores[ours], sign, name == ours) for name in scores]
    made.sort(key=lambda row: (row["median"] is None, -sign * (row["median"] or 0)))
    for rank, row in enumerate(made, 1):
        row["rank"] = rank if row["median"] is not None else None
    return made


def _row(metric, name, theirs, ours, sign, is_ours):
    random_state = np.random.RandomState(_SEED)
    row = dict.fromkeys(COLUMNS) | {"metric": metric, "method": name, "runs": len(theirs)}
    if not len(theirs):
        return row
    low, high = statistics.bootstrap_interval(theirs, np.median, random_state)
    row |= {"median": float(np.median(theirs)), "ci_low": _known(low), "ci_high": _known(high)}
    if is_ours or not len(ours):
        return row
    pair = (sign * ours, sign * theirs)
    low, high = statistics.improvement_interval([pair], random_state)
    return row | {
        "probability_to_beat": float(statistics.probability_of_improvement(*pair)),
        "probability_ci_low": _known(low),
        "probability_ci_high": _known(high),
    }


def _known(value):
    return None if np.isnan(value) else value


def as_markdown(rows, ours, heading, notes=()):
    """The table as Markdown: a heading, one table for each metric, the notes."""
    lines = [f"# {heading}", ""]
    for metric in dict.fromkeys(row["metric"] for row in rows):
        lines += [f"## {names.metric_label(metric)}", "", _line(titles(ours)), _line(["---"] * 6)]
        lines += [_line(texts(row)) for row in rows if row["metric"] == metric]
        lines.append("")
    return "\n".join([*lines, *(f"* {note}" for note in notes), ""])


def titles(ours):
    """The heads of the columns that people read."""
    return ["", "method", "runs", "median", "95 % interval", f"{ours} is better (95 %)"]


def texts(row):
    """One row as people read it, in the order of ``titles``."""
    return [
        "" if row["rank"] is None else str(row["rank"]),
        row["method"],
        str(row["runs"]),
        _number(row["median"]),
        _interval(row["ci_low"], row["ci_high"], _number),
        _chance(row),
    ]


def _chance(row):
    if row["probability_to_beat"] is None:
        return ""
    interval = _interval(row["probability_ci_low"], row["probability_ci_high"], _percent)
    return f"{_percent(row['probability_to_beat'])}" + (f" ({interval})" if interval else "")


def _interval(low, high, form):
    return "" if low is None else f"{form(low)} to {form(high)}"


def _number(value):
    if value is None:
        return "none"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.1f}"


def _percent(value):
    return f"{100 * value:.0f} %"


def _line(cells_of_row):
    return "| " + " | ".join(cells_of_row) + " |"
