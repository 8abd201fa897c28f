"""The report's figures from its tables: which scores go where, and what is said below them.

``of_figure_*`` are the rows that a figure shows; functions without a number draw tables. Each
takes rows of one budget.
"""

import numpy as np

from dlib.report import cells, names, settings, study_runs
from dlib.report.figures import canvas, distributions, intervals, matrices, shares

_STAGES = ("#f0c3b2", "#e39b7f", "#d5704d", "#b54a29", "#8f3519", "#6d2510", "#4d180a", "#331005")
_PARTS = {"method": "#3b7cb8", "hyperparameter": "#d99a2b", "seed": "#8a94a0"}


def of_figure_1(frame):
    """The β-VAE score, MIG and DCI of three approaches on dSprites, from the study's runs."""
    scores = cells.final(frame)
    return scores[
        (scores["study"] == study_runs.UNSUPERVISED)
        & (scores["dataset"] == "dsprites_full")
        & scores["method"].isin(["beta_vae", "beta_tc_vae", "annealed_vae"])
        & scores["metric"].isin(["beta_vae_score", names.MIG, "dci_disentanglement"])
    ]


def figure_1(frame, budget):
    """A panel for each metric, a violin for each method."""
    metrics = names.metrics_in_order(frame["metric"])
    scores = {("", metric): _by(frame[frame["metric"] == metric], "method") for metric in metrics}
    return distributions.violins(
        scores, {"": ("score on dSprites", True)}, {m: names.metric_label(m) for m in metrics},
        _methods(frame), _caption(frame, budget), shared=False,
    )  # fmt: skip


def of_figure_10(frame):
    """All scores but the reconstruction error."""
    scores = cells.final(frame)
    return scores[scores["metric"] != names.RECONSTRUCTION]


def figure_10(frame, budget, threshold):
    """A row for each metric, a column for each data set, a violin for each method."""
    metrics = names.metrics_in_order(frame["metric"])
    caption = _caption(frame, budget)
    if names.MIG in metrics:
        caption = (*caption, f"Dashed: a MIG of {threshold:g}, below which a run has failed.")
    if frame["dataset"].nunique() == 1:  # a single column would be a long one
        panels = {
            m: (names.metric_label(m), _is_unit(m), _by(frame[frame["metric"] == m], "method"))
            for m in metrics
        }
        told = (f"Data: {next(iter(_datasets(frame).values()))}. {caption[0]}", *caption[1:])
        return distributions.wrapped(panels, _methods(frame), told, {names.MIG: threshold})
    return distributions.violins(
        _panels(frame, metrics), {m: (_axis(m), _is_unit(m)) for m in metrics}, _datasets(frame),
        _methods(frame), caption, {names.MIG: threshold},
    )  # fmt: skip


def of_figure_11(frame):
    """The reconstruction errors."""
    return cells.final(frame, names.RECONSTRUCTION)


def figure_11(frame, budget):
    """A column for each data set, each with a scale of its own."""
    return distributions.violins(
        _panels(frame, [names.RECONSTRUCTION]),
        {names.RECONSTRUCTION: ("reconstruction error\n(nats per image)", False)},
        _datasets(frame), _methods(frame), _caption(frame, budget), shared=False,
    )  # fmt: skip


def of_figure_12(frame):
    """MIG of DEFT at its stages' ends."""
    return frame[
        frame["stage"].notna()
        & frame["stands"]
        & (frame["method"] == "deft")
        & (frame["metric"] == names.MIG)
    ]


def figure_12(frame, budget):
    """A column for each data set, a violin for each stage."""
    stages = [int(stage) for stage in sorted(frame["stage"].unique())]
    scores = {
        (names.MIG, dataset): {
            int(stage): part["value"].to_numpy() for stage, part in members.groupby("stage")
        }
        for dataset, members in frame.groupby("dataset")
    }
    return distributions.violins(
        scores, {names.MIG: ("MIG", True)}, _datasets(frame),
        {stage: (stage, _STAGES[min(stage, len(_STAGES)) - 1]) for stage in stages},
        _caption(frame, budget), group_title="stage",
    )  # fmt: skip


def failure_rates(made, threshold, budget):
    """A column for each data set, then the average."""
    standing = made[made["stands"]]
    points = {}
    for row in standing.to_dict("records"):
        point = (row["failure_rate_percent"], row["ci_low"], row["ci_high"], row["paper_percent"])
        points.setdefault(("", row["dataset"]), {})[row["method"]] = point
    columns = {
        d: names.dataset_label(d)
        for d in (*names.datasets_in_order(set(standing["dataset"]) - {names.AVERAGE}),
                  names.AVERAGE)
    }  # fmt: skip
    caption = (_budget(budget, f"Runs with a MIG below {threshold:g}, 95 % Wilson intervals."),)
    return intervals.dots(
        points, {"": ""}, columns, _methods(standing, names.TABLE_ORDER), caption, (-3, 103),
        "failure rate (%)", "the paper's values",
    )  # fmt: skip


def summary(made, budget):
    """Interquartile means: scores in [0, 1]."""
    standing = made[made["stands"] & made["metric"].map(_is_unit)]
    if standing.empty:
        return {}
    points = {}
    for row in standing.to_dict("records"):
        point = (row["iqm"], row["iqm_low"], row["iqm_high"], np.nan)
        points.setdefault((row["metric"], row["dataset"]), {})[row["method"]] = point
    metrics = names.metrics_in_order(standing["metric"])
    caption = (_budget(budget, "Interquartile means, 95 % bootstrap intervals."),)
    return {
        "": intervals.dots(
            points, {m: _axis(m) for m in metrics}, _datasets(standing),
            _methods(standing, names.TABLE_ORDER), caption,
        )
    }  # fmt: skip


def across_datasets(made, budget):
    """Interquartile means over all data sets, a row for each metric."""
    points = {}
    for row in made.to_dict("records"):
        point = (row["iqm"], row["iqm_low"], row["iqm_high"], np.nan)
        points.setdefault((row["metric"], ""), {})[row["method"]] = point
    metrics = names.metrics_in_order(made["metric"])
    told = "Interquartile means, 95 % stratified bootstrap intervals."
    return {
        "": intervals.dots(
            points, {m: _axis(m) for m in metrics}, {"": "all data sets"},
            _methods(made, names.TABLE_ORDER), (_budget(budget, told),), width=340,
        )
    }  # fmt: skip


def comparisons(made, budget):
    """For each metric, on average over data sets where there are several."""
    drawn = {}
    methods = names.methods_in_order({*made["method_a"], *made["method_b"]}, names.TABLE_ORDER)
    for metric in names.metrics_in_order(made["metric"]):
        rows = made[made["metric"] == metric]
        over_all = rows[rows["dataset"] == "all data sets"]
        rows = over_all if len(over_all) else rows
        matrix = np.full((len(methods), len(methods)), np.nan)
        for row in rows.to_dict("records"):
            a, b = methods.index(row["method_a"]), methods.index(row["method_b"])
            matrix[a, b], matrix[b, a] = row["probability"], 1 - row["probability"]
        drawn[names.metric_label(metric)] = matrix
    labels = [names.method_label(method) for method in methods]
    told = "Probability in percent that a run of the row is better than one of the column."
    picture = matrices.heat_maps(drawn, labels, (0, 1), (_budget(budget, told),), percent=True)
    return {"": picture}


def rank_correlations(made, budget):
    """A matrix for each data set."""
    metrics = names.metrics_in_order({*made["metric_a"], *made["metric_b"]})
    drawn = {}
    for dataset in names.datasets_in_order(made["dataset"]):
        matrix = np.full((len(metrics), len(metrics)), np.nan)
        for row in made[made["dataset"] == dataset].to_dict("records"):
            a, b = metrics.index(row["metric_a"]), metrics.index(row["metric_b"])
            matrix[a, b] = matrix[b, a] = row["correlation"]
        drawn[names.dataset_label(dataset)] = matrix
    labels = [names.metric_label(metric) for metric in metrics]
    told = _budget(budget, "Spearman's rank correlation over all runs.")
    return {"": matrices.heat_maps(drawn, labels, (-1, 1), (told,), columns=2)}


def variance_shares(made, budget):
    """A column for each data set, a bar for each metric."""
    found = {
        (row["metric"], row["dataset"]): [row[part] for part in _PARTS]
        for row in made.to_dict("records")
    }
    metrics = names.metrics_in_order(made["metric"])
    told = _budget(budget, "Shares of the variance of each metric.")
    return {
        "": shares.stacked(
            found, {m: names.metric_label(m) for m in metrics}, _datasets(made), _PARTS, (told,)
        )
    }


def _panels(frame, metrics):
    return {
        (metric, dataset): _by(part, "method")
        for (metric, dataset), part in frame.groupby(["metric", "dataset"])
        if metric in metrics
    }


def _by(frame, column):
    return {key: part["value"].to_numpy() for key, part in frame.groupby(column)}


def _methods(frame, order=names.FIGURE_ORDER):
    methods = names.methods_in_order(frame["method"], order)
    colors = canvas.colors(methods)
    return {method: (names.method_label(method), colors[method]) for method in methods}


def _datasets(frame):
    return {d: names.dataset_label(d) for d in names.datasets_in_order(frame["dataset"])}


def _axis(metric):
    return names.metric_label(metric).replace(" ", "\n", 1)


def _is_unit(metric):
    return metric not in names.METRICS or names.METRICS[metric].in_unit


def _caption(frame, budget):
    """How many runs there are, of which budget, and that protocols are mixed, if they are."""
    counts = frame.groupby(["dataset", "method"])["run"].nunique()
    low, high = counts.min(), counts.max()
    told = f"{low}" if low == high else f"{low} to {high}"
    lines = [_budget(budget, f"{told} runs each; the line is the median." if high > 1 else
                     "One run each: no spread is known.")]  # fmt: skip
    if frame.groupby("metric")["protocol"].nunique().max() > 1:
        lines.append("Protocols of evaluation are mixed; see the notes of the tables.")
    return tuple(lines)


def _budget(budget, told):
    return told if budget == settings.NOT_NAMED else f"Budget: {budget}. {told}"
