"""Table 4: the share of runs whose MIG is below a threshold."""

import numpy as np

from dlib.report import cells, names, statistics

THRESHOLD = 0.1
COLUMNS = ("dataset", "method", "runs", "failures", "failure_rate_percent")
COLUMNS += ("ci_low", "ci_high", "paper_percent")
FURTHER = ("setting", "budget", "protocol", "stands", "unusable")

# Percent, in the order of ``names.TABLE_ORDER``.
PAPER = {
    "color_dsprites": (0, 24, 0, 0, 8),
    "dsprites_full": (8, 16, 2, 0, 0),
    "smallnorb": (0, 0, 0, 0, 10),
    "scream_dsprites": (12, 12, 26, 80, 25),
}


def paper_percent(dataset, method):
    """The paper's value in percent, None where it has none."""
    method = {"vae": "beta_vae"}.get(method, method)
    if dataset not in PAPER or method not in names.TABLE_ORDER:
        return None
    return float(PAPER[dataset][names.TABLE_ORDER.index(method)])


def table(frame, threshold=THRESHOLD):
    """Failure rates per data set and method, and on average over the data sets.

    A run fails if its MIG is below ``threshold``; a run whose MIG is not a number does not count,
    but in ``unusable``. The average, for methods with two data sets or more, is the mean of the
    data sets' rates, with the runs of all of them as counts; its interval is Wilson's for as many
    runs as have that mean's variance (``statistics.effective_count``). The paper's average is that
    of its values on the same data sets. ``dataset`` tells how many they are
    (``names.average_of``), ``notes`` where methods have different ones.

    Args:
      frame: what ``cells.tidy`` gives.
      threshold: of MIG.

    Returns:
      a ``DataFrame`` with ``COLUMNS`` and ``FURTHER``, rates and interval bounds in percent, NaN
      where no run is usable. The average is over the settings that stand for their methods.
    """
    import pandas as pd

    scores = cells.final(frame, names.MIG, standing=False)
    keys = ["dataset", "method", "budget", "protocol", "setting", "stands"]
    rows = [
        dict(zip(keys, key, strict=True)) | _rate(members["value"].to_numpy(), threshold)
        for key, members in scores.groupby(keys, sort=False)
    ]
    for row in rows:
        row["paper_percent"] = paper_percent(row["dataset"], row["method"])
    rows = sorted(rows, key=_place)
    rows += _averages(rows)
    made = pd.DataFrame(rows, columns=list(COLUMNS + FURTHER))
    return made.astype({"paper_percent": float})


def why_none(frame):
    """Why there is no rate at all: the reason that stands in the table's place."""
    scores = cells.final(frame, names.MIG, standing=False)
    if scores.empty:
        return "no run has a MIG: evaluate with metric/mig.gin"
    count = scores["run"].nunique()
    runs = "the only run that has" if count == 1 else f"all {count} runs that have"
    return f"the MIG is not a number in {runs} one"


def without_needless(made):
    """The table with ``COLUMNS`` alone, if ``FURTHER`` tell nothing: one setting for each method on
    each data set, one budget, one protocol, no run without a number.
    """
    plain = (
        made["stands"].all()
        and all(made[name].nunique() <= 1 for name in ("budget", "protocol"))
        and not made["unusable"].any()
    )
    return made[list(COLUMNS)] if plain else made


def _place(row):
    return (
        names.datasets_in_order([row["dataset"], *names.DATASETS]).index(row["dataset"]),
        row["dataset"],
        names.methods_in_order([row["method"], *names.METHODS], names.TABLE_ORDER).index(
            row["method"]
        ),
        row["method"],
        row["budget"],
        row["protocol"],
        not row["stands"],
        row["setting"],
    )


def _rate(scores, threshold):
    known = scores[~np.isnan(scores)]
    failures = int(np.sum(known < threshold))
    unusable = {"unusable": len(scores) - len(known)}
    if not len(known):
        unknown = ("failure_rate_percent", "ci_low", "ci_high")
        return {"runs": 0, "failures": 0, **dict.fromkeys(unknown, float("nan"))} | unusable
    return _with_interval(failures / len(known), len(known), failures, len(known)) | unusable


def _with_interval(share, effective, failures, runs):
    low, high = statistics.wilson_interval(share, effective)
    return {
        "runs": runs,
        "failures": failures,
        "failure_rate_percent": 100 * share,
        "ci_low": 100 * low,
        "ci_high": 100 * high,
    }


def _averaged(rows):
    """``{(method, budget, protocol): rows}`` of those with several data sets."""
    groups = {}
    for row in rows:
        if row["stands"] and row["runs"] and not names.is_average(row["dataset"]):
            groups.setdefault((row["method"], row["budget"], row["protocol"]), []).append(row)
    return {key: members for key, members in groups.items() if len(members) > 1}


def _averages(rows):
    """One row for each method, budget and protocol; those of the most data sets first."""
    averages = []
    groups = sorted(_averaged(rows).items(), key=lambda group: -len(group[1]))
    for (method, budget, protocol), members in groups:
        share = float(np.mean([row["failures"] / row["runs"] for row in members]))
        effective = statistics.effective_count([row["runs"] for row in members])
        known = [row["paper_percent"] for row in members]
        averages.append(
            {
                "dataset": names.average_of(len(members)),
                "method": method,
                **_with_interval(
                    share,
                    effective,
                    sum(row["failures"] for row in members),
                    sum(row["runs"] for row in members),
                ),
                "paper_percent": None if None in known else float(np.mean(known)),
                "setting": "",
                "budget": budget,
                "protocol": protocol,
                "stands": True,
                "unusable": sum(row["unusable"] for row in members),
            }
        )
    order = list(dict.fromkeys(row["dataset"] for row in averages))
    return sorted(averages, key=lambda row: (order.index(row["dataset"]), _place(row)))


def notes(made):
    """What must be said beside the table: methods whose averages are over different data sets."""
    sets = {}
    for (method, budget, protocol), members in _averaged(made.to_dict("records")).items():
        found = ", ".join(names.dataset_label(row["dataset"]) for row in members)
        sets.setdefault((budget, protocol), {})[method] = found
    for by_method in sets.values():
        if len(set(by_method.values())) > 1:
            methods = names.methods_in_order(by_method, names.TABLE_ORDER)
            told = "; ".join(f"{names.method_label(name)}: {by_method[name]}" for name in methods)
            yield f"The averages are over different data sets and not to be compared. {told}."


def as_printed(made, in_lines=False):
    """The table as the paper prints it: a row for each data set, a column for each method.

    Args:
      made: what ``table`` gives; only settings that stand for their methods are taken.
      in_lines: whether a cell has a line for each of its parts.

    Returns:
      a ``DataFrame`` of texts. A row is "dSprites", or "dSprites, cpu" where budgets differ.
    """
    import pandas as pd

    standing = made[made["stands"]]
    methods = names.methods_in_order(standing["method"], names.TABLE_ORDER)
    lines, order = {}, []
    for row in standing.to_dict("records"):
        name = _line_name(row, standing)
        if name not in lines:
            order.append(name)
        lines.setdefault(name, {})[row["method"]] = _cell(row, in_lines)
    body = [[name, *(lines[name].get(method, "–") for method in methods)] for name in order]
    return pd.DataFrame(body, columns=["", *map(names.method_label, methods)])


def _line_name(row, standing):
    parts = [names.dataset_label(row["dataset"])]
    for name in ("budget", "protocol"):
        if standing[name].nunique() > 1:
            parts.append(row[name])
    return ", ".join(parts)


def _cell(row, in_lines):
    usable = f"{row['runs']} of {row['runs'] + row['unusable']} usable"
    parts = [f"– ({usable})"]
    if row["runs"]:
        parts = [
            f"{row['failure_rate_percent']:.0f} % ({row['failures']}/{row['runs']})",
            f"[{row['ci_low']:.0f}, {row['ci_high']:.0f}]",
            *([usable] if row["unusable"] else []),
        ]
    if row["paper_percent"] == row["paper_percent"]:
        parts.append(f"paper {row['paper_percent']:.4g}")
    return ("\n" if in_lines else " ").join(parts)
