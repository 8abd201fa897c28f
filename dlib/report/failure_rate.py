"""Table 4: the share of runs whose MIG is below a threshold."""

import numpy as np

from dlib.report import cells, names, statistics

THRESHOLD = 0.1
COLUMNS = ("dataset", "method", "runs", "failures", "failure_rate_percent")
COLUMNS += ("ci_low", "ci_high", "paper_percent")
FURTHER = ("setting", "budget", "protocol", "stands")

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

    A run fails if its MIG is below ``threshold``; a run whose MIG is not a number does not count.
    The average is the mean of the data sets' rates, with the runs of all of them as counts; its
    interval is Wilson's for as many runs as have that mean's variance
    (``statistics.effective_count``). The paper's average is that of its values on the same data
    sets.

    Args:
      frame: what ``cells.tidy`` gives.
      threshold: of MIG.

    Returns:
      a ``DataFrame`` with ``COLUMNS`` and ``FURTHER``, rates and interval bounds in percent. The
      average is over the settings that stand for their methods.
    """
    import pandas as pd

    scores = cells.final(frame, names.MIG, standing=False).dropna(subset=["value"])
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


def without_needless(made):
    """The table with ``COLUMNS`` alone, if ``FURTHER`` tell nothing: one setting for each method on
    each data set, one budget, one protocol.
    """
    plain = made["stands"].all() and all(
        made[name].nunique() <= 1 for name in ("budget", "protocol")
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
    failures = int(np.sum(scores < threshold))
    return _with_interval(failures / len(scores), len(scores), failures, len(scores))


def _with_interval(share, effective, failures, runs):
    low, high = statistics.wilson_interval(share, effective)
    return {
        "runs": runs,
        "failures": failures,
        "failure_rate_percent": 100 * share,
        "ci_low": 100 * low,
        "ci_high": 100 * high,
    }


def _averages(rows):
    """One row for each method, budget and protocol."""
    groups = {}
    for row in rows:
        if row["stands"]:
            groups.setdefault((row["method"], row["budget"], row["protocol"]), []).append(row)
    averages = []
    for (method, budget, protocol), members in groups.items():
        share = float(np.mean([row["failures"] / row["runs"] for row in members]))
        effective = statistics.effective_count([row["runs"] for row in members])
        known = [row["paper_percent"] for row in members]
        averages.append(
            {
                "dataset": names.AVERAGE,
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
            }
        )
    return sorted(averages, key=_place)


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
    parts = [
        f"{row['failure_rate_percent']:.0f} % ({row['failures']}/{row['runs']})",
        f"[{row['ci_low']:.0f}, {row['ci_high']:.0f}]",
    ]
    if row["paper_percent"] == row["paper_percent"]:
        parts.append(f"paper {row['paper_percent']:.4g}")
    return ("\n" if in_lines else " ").join(parts)
