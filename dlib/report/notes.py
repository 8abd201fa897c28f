"""What must be said beside a table: mixed budgets, single seeds, missing scores, and the like.

Each note is one sentence. An exhibit carries those about the rows that it shows.
"""

from dlib.report import cells, names, settings

ENOUGH_RUNS = 6  # from which a bootstrap interval of the median can hold 95 %
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


def of_bootstrap(frame):
    """The note on bootstrap intervals of few runs, if there are such.

    Of N < 6 runs the percentile bootstrap's 95 % interval of the median is from the smallest to the
    largest: a resample whose median is the smallest has more than the tail's 2.5 %. The true median
    lies within unless all runs are on one side of it: with the probability 1 - 2^(1 - N).
    """
    ends = cells.final(frame, standing=False).dropna(subset=["value"])
    counts = ends.groupby([*cells.CELL, "setting"], sort=False)["run"].nunique()
    few = sorted(set(counts[(counts > 1) & (counts < ENOUGH_RUNS)]))
    if few:
        told = ", ".join(f"{100 * (1 - 2.0 ** (1 - count)):.0f} % ({count} runs)" for count in few)
        yield (
            f"Of fewer than {ENOUGH_RUNS} runs an interval holds less than 95 %: that of the "
            f"median is from the smallest to the largest score, where the true median lies with "
            f"{told}."
        )


def _budgets(frame):
    runs = frame.drop_duplicates("run")
    counts = runs.groupby("budget")["run"].nunique()
    if len(counts) > 1:
        told = ", ".join(f"{name} ({_runs(count)})" for name, count in counts.items())
        yield (
            f"Budgets are mixed: {told}. Each has rows of its own; compare only rows of one budget."
        )
    elif settings.is_named(counts.index[0]):
        yield f"Budget of all runs: {counts.index[0]} ({_updates(runs)})."
    else:
        yield (
            f"{_runs(len(runs))} {_name(runs, 'names', 'name')} no budget; "
            f"{_name(runs, 'it was', 'they were')} trained for {_updates(runs)}."
        )


def _updates(runs):
    known = sorted(runs["updates"].dropna().unique())
    if not known:
        return "an unknown number of updates"
    told = [settings.count_of_updates(value) for value in known]
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
        places = zip(members["run"], *(members[name] for name in cells.CELL), strict=True)
        runs = {run: f"{run} ({_cell(key)})" for run, *key in places}
        yield (
            f"{names.metric_label(metric)} is not a number in {_runs(len(runs))}, left out of "
            f"what is computed from it: {_some(runs.values())}."
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
