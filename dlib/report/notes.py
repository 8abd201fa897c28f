"""What must be said beside a table: mixed budgets, single seeds, missing scores, and the like.

Each note is one sentence. An exhibit carries those about the rows that it shows.
"""

from dlib.report import cells, names, settings

_NAMED = 5  # of a long list; the others are counted


def of(frame):
    """The notes on rows of the tidy table, in the order of their weight."""
    if frame.empty:
        return []
    return [
        *_budgets(frame),
        *_protocols(frame),
        *_several_settings(frame),
        *_single_seeds(frame),
        *_not_numbers(frame),
        *_absent(frame),
    ]


def _budgets(frame):
    runs = frame.drop_duplicates("run")
    counts = runs.groupby("budget")["run"].nunique()
    if len(counts) > 1:
        told = ", ".join(f"{name} ({_runs(count)})" for name, count in counts.items())
        yield (
            f"Budgets are mixed: {told}. Each has rows of its own; compare only rows of one budget."
        )
    elif counts.index[0] != settings.NOT_NAMED:
        yield f"Budget of all runs: {counts.index[0]} ({_updates(runs)})."
    unnamed = runs[runs["budget"] == settings.NOT_NAMED]
    if len(unnamed):
        yield (
            f"{_runs(len(unnamed))} {_name(unnamed, 'names', 'name')} no budget; "
            f"{_name(unnamed, 'it was', 'they were')} trained for {_updates(unnamed)}."
        )


def _updates(runs):
    known = sorted(runs["updates"].dropna().unique())
    if not known:
        return "an unknown number of updates"
    told = [f"{int(value):,}".replace(",", " ") for value in known]
    if len(known) <= 3:
        return f"{' or '.join(told)} updates"
    return f"{told[0]} to {told[-1]} updates"


def _protocols(frame):
    for metric, members in cells.final(frame, standing=False).groupby("metric", sort=False):
        counts = members.groupby("protocol")["run"].nunique()
        if len(counts) > 1:
            told = "; ".join(f"{name or 'not told'} ({_runs(n)})" for name, n in counts.items())
            yield f"Protocols of {names.metric_label(metric)} are mixed: {told}."


def _several_settings(frame):
    for key, members in frame.groupby(cells.CELL, sort=False):
        count = members["setting"].nunique()
        if count > 1:
            best = members.loc[members["stands"], "setting"].iloc[0]
            known = ((members["metric"] == names.MIG) & members["value"].notna()).any()
            why = "the highest median MIG" if known else "the most runs (no MIG is known)"
            yield f"{_cell(key)} has {count} settings; {best} stands for it, with {why}."


def _single_seeds(frame):
    alone = []
    for key, members in frame.groupby([*cells.CELL, "setting"], sort=False):
        if members["run"].nunique() == 1:
            alone.append(_cell(key))
    if alone:
        yield (f"One seed only, so no spread and no interval: {_some(dict.fromkeys(alone))}.")


def _not_numbers(frame):
    for metric, members in frame[frame["value"].isna()].groupby("metric", sort=False):
        runs = list(dict.fromkeys(members["run"]))
        yield (
            f"{names.metric_label(metric)} is not a number in {_runs(len(runs))}, left out of "
            f"what is computed from it: {_some(runs)}."
        )


def _absent(frame):
    """Metrics that some runs have and others lack; those that the same runs lack together."""
    ends = cells.final(frame, standing=False)
    everyone = ends.drop_duplicates("run").set_index("run")
    lacking = {}
    for metric, members in ends.groupby("metric", sort=False):
        missing = everyone.index.difference(members["run"], sort=False)
        if len(missing):
            lacking.setdefault(tuple(missing), []).append(metric)
    for missing, metrics in lacking.items():
        rows = everyone.loc[list(missing)]
        places = dict.fromkeys(map(_cell, zip(*(rows[n] for n in cells.CELL), strict=True)))
        labels = ", ".join(names.metric_label(metric) for metric in metrics)
        verb = "is" if len(metrics) == 1 else "are"
        yield (
            f"{labels} {verb} missing from {len(missing)} of {_runs(len(everyone))}: "
            f"{_some(places)}."
        )


def _cell(key):
    dataset, method, budget = key[:3]
    told = "" if budget == settings.NOT_NAMED else f" ({budget})"
    return f"{names.method_label(method)} on {names.dataset_label(dataset)}{told}"


def _runs(count):
    return "1 run" if count == 1 else f"{count} runs"


def _name(rows, one, many):
    return one if len(rows) == 1 else many


def _some(items):
    items = list(items)
    rest = len(items) - _NAMED
    return ", ".join(items[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
