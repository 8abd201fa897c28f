"""Tables of statistics over the tidy table's cells.

Nothing is pooled over budgets or protocols. Scores that are not numbers are left out.
"""

import itertools

import numpy as np

from dlib.report import cells, names, statistics

EVERYWHERE = "all data sets"
_APART = ["budget", "protocol", "metric"]  # what is never pooled


def summary(frame, random_state):
    """Median, interquartile mean and standard deviation of each setting of each cell.

    Returns:
      a ``DataFrame``; ``*_low`` and ``*_high`` bound 95 % bootstrap intervals, NaN for one run, as
      is then the standard deviation (of a sample, N - 1).
    """
    import pandas as pd

    scores = cells.final(frame, standing=False).dropna(subset=["value"])
    keys = ["metric", "dataset", "method", "setting", "budget", "protocol", "stands"]
    rows = []
    for key, members in scores.groupby(keys, sort=False):
        values = members["value"].to_numpy()
        row = dict(zip(keys, key, strict=True)) | {"runs": len(values)}
        for name, statistic in (("median", np.median), ("iqm", statistics.interquartile_mean)):
            low, high = statistics.bootstrap_interval(values, statistic, random_state)
            row |= {name: float(statistic(values)), f"{name}_low": low, f"{name}_high": high}
        row["std"] = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
        row |= {"min": float(values.min()), "max": float(values.max())}
        rows.append(row)
    columns = [*keys, "runs", "median", "median_low", "median_high", "iqm", "iqm_low"]
    columns += ["iqm_high", "std", "min", "max"]
    return pd.DataFrame(sorted(rows, key=_place), columns=columns)


def across_datasets(frame, random_state):
    """Scores over all data sets: the stratified bootstrap.

    The scores of all runs of a method, on all its data sets, are one sample whose median and
    interquartile mean are taken; the bootstrap resamples the runs of each data set by themselves.
    Only scores in [0, 1] can be taken together; of metrics that are not listed in ``names``, those
    all of whose scores are.

    Returns:
      a ``DataFrame``; methods with different ``datasets`` cannot be compared.
    """
    import pandas as pd

    scores = cells.final(frame).dropna(subset=["value"])
    unit = [m for m, part in scores.groupby("metric") if names.in_unit(m, part["value"])]
    scores = scores[scores["metric"].isin(unit)]
    rows = []
    for key, members in scores.groupby([*_APART, "method"], sort=False):
        strata = [part["value"].to_numpy() for _, part in members.groupby("dataset", sort=False)]
        row = dict(zip([*_APART, "method"], key, strict=True))
        row |= {"datasets": len(strata), "runs": len(members)}
        for name, statistic in (("median", np.median), ("iqm", statistics.interquartile_mean)):
            low, high = statistics.stratified_bootstrap_interval(
                strata, _pooled(statistic), random_state
            )
            value = float(statistic(np.concatenate(strata)))
            row |= {name: value, f"{name}_low": low, f"{name}_high": high}
        rows.append(row)
    columns = ["metric", "method", "budget", "protocol", "datasets", "runs", "median"]
    columns += ["median_low", "median_high", "iqm", "iqm_low", "iqm_high"]
    return pd.DataFrame(sorted(rows, key=_place), columns=columns)


def _pooled(statistic):
    return lambda samples: statistic(np.concatenate(samples, axis=-1), axis=-1)


def comparisons(frame, random_state):
    """The probability that one method beats another, for each pair of methods.

    Per data set with the Mann-Whitney test, whose p-values are adjusted by Holm's procedure over
    all pairs and data sets of a metric; and as the mean over the data sets that both have.

    Returns:
      a ``DataFrame``: ``probability`` that a run of ``method_a`` is better than one of
      ``method_b`` (lower, for errors), its bootstrap interval, ``p_value`` and ``p_holm``.
    """
    import pandas as pd

    rows = []
    scores = cells.final(frame).dropna(subset=["value"])
    for key, members in scores.groupby(_APART, sort=False):
        sign = -1.0 if names.is_error(key[-1]) else 1.0
        samples = {
            cell: sign * part["value"].to_numpy()
            for cell, part in members.groupby(["dataset", "method"], sort=False)
        }
        family = _pairs(samples, random_state)
        for row, adjusted in zip(
            family, statistics.holm([row["p_value"] for row in family]), strict=True
        ):
            rows.append(dict(zip(_APART, key, strict=True)) | row | {"p_holm": adjusted})
    columns = ["metric", "dataset", "method_a", "method_b", "budget", "protocol", "runs_a"]
    columns += ["runs_b", "probability", "ci_low", "ci_high", "p_value", "p_holm"]
    return pd.DataFrame(sorted(rows, key=_place), columns=columns)


def _pairs(samples, random_state):
    methods = names.methods_in_order((m for _, m in samples), names.TABLE_ORDER)
    datasets = names.datasets_in_order(d for d, _ in samples)
    rows = []
    for a, b in itertools.combinations(methods, 2):
        pairs = {
            name: (samples[name, a], samples[name, b])
            for name in datasets
            if (name, a) in samples and (name, b) in samples
        }
        for name, pair in pairs.items():
            rows.append(_pair(name, a, b, [pair], random_state))
        if len(pairs) > 1:
            rows.append(_pair(EVERYWHERE, a, b, list(pairs.values()), random_state))
    return rows


def _pair(dataset, a, b, pairs, random_state):
    low, high = statistics.improvement_interval(pairs, random_state)
    return {
        "dataset": dataset,
        "method_a": a,
        "method_b": b,
        "runs_a": sum(len(ours) for ours, _ in pairs),
        "runs_b": sum(len(theirs) for _, theirs in pairs),
        "probability": float(
            np.mean([statistics.probability_of_improvement(*pair) for pair in pairs])
        ),
        "ci_low": low,
        "ci_high": high,
        "p_value": statistics.mann_whitney(*pairs[0]) if dataset != EVERYWHERE else float("nan"),
    }


def rank_correlations(frame, known=False):
    """Spearman's correlation of each pair of metrics, over all runs on a data set.

    Of a metric that was evaluated by several protocols, scores by the one that most runs on the
    data set have are taken, of equally many the first; other runs lack it.

    Args:
      frame: what ``cells.tidy`` gives.
      known: whether data sets on which no correlation is known are left out.

    Returns:
      a ``DataFrame``; ``correlation`` is NaN where fewer than three runs have both metrics, or one
      of them never varies.
    """
    import pandas as pd

    rows = []
    ends = cells.final(frame, standing=False)
    for (budget, dataset), members in ends.groupby(["budget", "dataset"], sort=False):
        members = cells.of_main_protocols(members)
        table = members.pivot_table(index="run", columns="metric", values="value", aggfunc="mean")
        for a, b in itertools.combinations(names.metrics_in_order(table.columns), 2):
            value, count = statistics.rank_correlation(table[a].to_numpy(), table[b].to_numpy())
            row = {"dataset": dataset, "metric_a": a, "metric_b": b, "budget": budget}
            rows.append(row | {"runs": count, "correlation": value})
    if known:
        places = {(r["budget"], r["dataset"]) for r in rows if r["correlation"] == r["correlation"]}
        rows = [row for row in rows if (row["budget"], row["dataset"]) in places]
    columns = ["dataset", "metric_a", "metric_b", "budget", "runs", "correlation"]
    return pd.DataFrame(sorted(rows, key=_place), columns=columns)


def variance_shares(frame, known=False):
    """How much of each metric's variance on a data set method, hyperparameter and seed explain.

    Args:
      frame: what ``cells.tidy`` gives.
      known: whether rows are left out that would not split the variance: where scores do not vary,
        or only one of the three does.

    Returns:
      a ``DataFrame`` with shares in [0, 1]. ``hyperparameter`` is NaN, not 0, where no method has
      several settings, and ``seed`` where no setting has several runs: the question cannot be
      answered then, and the share is part of another.
    """
    import pandas as pd

    rows = []
    scores = cells.final(frame, standing=False).dropna(subset=["value"])
    for key, members in scores.groupby([*_APART, "dataset"], sort=False):
        shares = statistics.variance_shares(
            members["value"].to_numpy(), members["method"], members["setting"]
        )
        row = dict(zip([*_APART, "dataset"], key, strict=True))
        row |= {
            "runs": len(members),
            "methods": members["method"].nunique(),
            "settings": members.groupby(["method", "setting"]).ngroups,
        }
        row |= dict(zip(("method", "hyperparameter", "seed"), shares, strict=True))
        if row["settings"] == row["methods"]:
            row["hyperparameter"] = float("nan")
        if row["settings"] == row["runs"]:
            row["seed"] = float("nan")
        if row["methods"] == 1:
            row["method"] = float("nan")
        shares = [row[name] for name in ("method", "hyperparameter", "seed")]
        if not known or np.isfinite(shares).sum() > 1:
            rows.append(row)
    columns = ["metric", "dataset", "budget", "protocol", "runs", "methods", "settings"]
    columns += ["method", "hyperparameter", "seed"]
    return pd.DataFrame(sorted(rows, key=_place), columns=columns)


def _place(row):
    """Where a row comes: by metric, data set, method as the paper orders them, then the rest."""
    return (
        names.metric_rank(row.get("metric", row.get("metric_a", ""))),
        _rank(row.get("dataset", ""), names.DATASETS),
        _rank(row.get("method", ""), names.TABLE_ORDER) if "datasets" in row or "iqm" in row else 0,
        row["budget"],
        row.get("protocol", ""),
        not row.get("stands", True),
        row.get("setting", ""),
        names.metric_rank(row.get("metric_b", "")),
    )


def _rank(name, order):
    order = list(order)
    return (order.index(name) if name in order else len(order), str(name))
