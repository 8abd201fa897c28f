"""The report's figures from its tables: which scores go where, and what is said below them.

``of_figure_*`` are the rows that a figure shows; functions without a number draw tables. Each
takes rows of one budget. Of a metric that was evaluated by several protocols, that of most runs is
drawn, and the caption says so.
"""

import numpy as np

from dlib.report import cells, names, notes, one_protocol, settings, study_runs, summaries
from dlib.report.figures import canvas, distributions, intervals, matrices, shares

_STAGES = ("#f0c3b2", "#e39b7f", "#d5704d", "#b54a29", "#8f3519", "#6d2510", "#4d180a", "#331005")
_PANELS = 4  # in a row
_LARGE_SPREAD = 5  # the largest error over the smallest from which a scale is logarithmic
_PARTS = {"method": "#3b7cb8", "hyperparameter": "#d99a2b", "seed": "#8a94a0"}


def of_figure_1(frame):
    """The β-VAE score, MIG and DCI of three approaches on dSprites, from the study's runs.

    Which setting stands for a method is decided among the study's runs alone.
    """
    study = frame[frame["study"] == study_runs.UNSUPERVISED]
    scores = cells.final(cells.with_standing(study))
    return scores[
        (scores["dataset"] == "dsprites_full")
        & scores["method"].isin(["beta_vae", "beta_tc_vae", "annealed_vae"])
        & scores["metric"].isin(["beta_vae_score", names.MIG, "dci_disentanglement"])
    ]


def figure_1(frame, budget):
    """A panel for each metric, a violin for each method."""
    frame, told = one_protocol.of_one_protocol(frame, one_protocol.num_runs)
    metrics = names.metrics_in_order(frame["metric"])
    scores = {("", metric): _by(frame[frame["metric"] == metric], "method") for metric in metrics}
    return distributions.violins(
        scores, {"": ("score on dSprites", True)}, {m: names.metric_label(m) for m in metrics},
        _methods(frame), (*_caption(frame, budget), *told), shared=False,
    )  # fmt: skip


def of_figure_10(frame):
    """All scores but the reconstruction error."""
    scores = cells.final(frame)
    return scores[scores["metric"] != names.RECONSTRUCTION]


def figure_10(frame, budget, threshold):
    """A row for each metric, a column for each data set, a violin for each method."""
    frame, told = one_protocol.of_one_protocol(frame, one_protocol.num_runs)
    metrics = names.metrics_in_order(frame["metric"])
    caption = (*_caption(frame, budget), *_less_is_better(metrics), *told)
    if names.MIG in metrics:
        caption = (*caption, f"Dashed: a MIG of {threshold:g}, below which a run has failed.")
    is_unit = {m: names.in_unit(m, frame.loc[frame["metric"] == m, "value"]) for m in metrics}
    if frame["dataset"].nunique() == 1:  # a single column would be a long one
        panels = {
            m: (names.metric_label(m), is_unit[m], _by(frame[frame["metric"] == m], "method"))
            for m in metrics
        }
        caption = (f"Data: {next(iter(_datasets(frame).values()))}. {caption[0]}", *caption[1:])
        return distributions.wrapped(panels, _methods(frame), caption, {names.MIG: threshold})
    return distributions.violins(
        _panels(frame, metrics), {m: (_axis(m), is_unit[m]) for m in metrics}, _datasets(frame),
        _methods(frame), caption, {names.MIG: threshold},
    )  # fmt: skip


def of_figure_11(frame):
    """The reconstruction errors."""
    return cells.final(frame, names.RECONSTRUCTION)


def figure_11(frame, budget):
    """A column for each data set, each with a scale of its own.

    Where a method's errors are many times those of another, all scales are logarithmic: else the
    others could not be told apart.
    """
    ends = frame.groupby("dataset")["value"].agg(["min", "max"])
    log = bool((ends["min"] > 0).all() and (ends["max"] > _LARGE_SPREAD * ends["min"]).any())
    unit = "nats per image, log scale" if log else "nats per image"
    return distributions.violins(
        _panels(frame, [names.RECONSTRUCTION]),
        {names.RECONSTRUCTION: (f"reconstruction error\n({unit})", False)},
        _datasets(frame), _methods(frame), _caption(frame, budget), shared=False, log=log,
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
    """A column for each data set, then the averages."""
    standing, told = one_protocol.of_one_protocol(made[made["stands"]], one_protocol.sum_of_runs)
    points = {}
    for row in standing.to_dict("records"):
        point = (row["failure_rate_percent"], row["ci_low"], row["ci_high"], row["paper_percent"])
        points.setdefault(("", row["dataset"]), {})[row["method"]] = point
    columns = {d: names.dataset_label(d) for d in dict.fromkeys(standing["dataset"])}
    what = f"Runs with a MIG below {threshold:g}, 95 % Wilson intervals."
    caption = (_budget(budget, what), *told)
    return intervals.dots(
        points, {"": ""}, columns, _methods(standing, names.TABLE_ORDER), caption, (-3, 103),
        "failure rate (%)", "the paper's values", ticks=(0, 50, 100),
    )  # fmt: skip


def summary(made, budget):
    """Interquartile means: scores in [0, 1]."""
    standing = made[made["stands"]]
    ends = {m: rows[["min", "max"]].to_numpy().ravel() for m, rows in standing.groupby("metric")}
    unit = [metric for metric, values in ends.items() if names.in_unit(metric, values)]
    standing = standing[standing["metric"].isin(unit)]
    if standing.empty:
        return {}
    standing, told = one_protocol.of_one_protocol(standing, one_protocol.sum_of_runs)
    points = {}
    for row in standing.to_dict("records"):
        point = (row["iqm"], row["iqm_low"], row["iqm_high"], np.nan)
        points.setdefault((row["metric"], row["dataset"]), {})[row["method"]] = point
    metrics, datasets = names.metrics_in_order(standing["metric"]), _datasets(standing)
    told = (*_less_is_better(metrics), *told)
    groups = _methods(standing, names.TABLE_ORDER)
    what = "Interquartile means, 95 % bootstrap intervals."
    if standing["runs"].between(2, notes.ENOUGH_RUNS - 1).any():
        told = (*told, f"Of fewer than {notes.ENOUGH_RUNS} runs an interval holds less than 95 %.")
    if len(datasets) > 1:
        caption = (_budget(budget, what), *told)
        rows = {m: _axis(m) for m in metrics}
        return {"": intervals.dots(points, rows, datasets, groups, caption)}
    ((dataset, label),) = datasets.items()
    of_metrics = {m: points[m, dataset] for m in metrics}
    return {"": _in_rows(of_metrics, groups, (_budget(budget, f"{label}. {what}"), *told))}


def across_datasets(made, budget):
    """Interquartile means over all data sets, a panel for each metric."""
    made, told = one_protocol.of_one_protocol(made, one_protocol.sum_of_runs)
    points = {}
    for row in made.to_dict("records"):
        point = (row["iqm"], row["iqm_low"], row["iqm_high"], np.nan)
        points.setdefault(row["metric"], {})[row["method"]] = point
    points = {metric: points[metric] for metric in names.metrics_in_order(made["metric"])}
    what = "All data sets. Interquartile means, 95 % stratified bootstrap intervals."
    groups = _methods(made, names.TABLE_ORDER)
    return {"": _in_rows(points, groups, (_budget(budget, what), *told))}


def _in_rows(points, groups, caption):
    """Metrics in rows of a few panels; one below the other they would be a tall strip.

    Args:
      points: ``{metric: {method: (value, low, high, reference)}}``.
      groups, caption: as ``intervals.dots`` takes them.
    """
    places = {metric: divmod(i, _PANELS) for i, metric in enumerate(points)}
    axes = zip(*places.values(), strict=True)
    rows, columns = (dict.fromkeys(sorted(set(axis)), "") for axis in axes)
    return intervals.dots(
        {places[metric]: panel for metric, panel in points.items()}, rows, columns, groups,
        caption, titles={places[metric]: names.metric_label(metric) for metric in points},
    )  # fmt: skip


def comparisons(made, budget):
    """For each metric, on average over data sets where there are several."""
    made, told = one_protocol.of_one_protocol(made, one_protocol.runs_of_pairs)
    drawn = {}
    methods = names.methods_in_order({*made["method_a"], *made["method_b"]}, names.TABLE_ORDER)
    for metric in names.metrics_in_order(made["metric"]):
        rows = made[made["metric"] == metric]
        over_all = rows[rows["dataset"] == summaries.EVERYWHERE]
        rows = over_all if len(over_all) else rows
        matrix = np.full((len(methods), len(methods)), np.nan)
        for row in rows.to_dict("records"):
            a, b = methods.index(row["method_a"]), methods.index(row["method_b"])
            matrix[a, b], matrix[b, a] = row["probability"], 1 - row["probability"]
        drawn[names.metric_label(metric)] = matrix
    labels = [names.method_label(method) for method in methods]
    what = "Probability in percent that a run of the row is better than one of the column."
    caption = (_budget(budget, what), *told)
    return {"": matrices.heat_maps(drawn, labels, (0, 1), caption, percent=True)}


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
    made, told = one_protocol.of_one_protocol(made, one_protocol.sum_of_runs)
    found = {
        (row["metric"], row["dataset"]): [row[part] for part in _PARTS]
        for row in made.to_dict("records")
    }
    metrics = names.metrics_in_order(made["metric"])
    caption = (_budget(budget, "Shares of the variance of each metric."), *told)
    return {
        "": shares.stacked(
            found, {m: names.metric_label(m) for m in metrics}, _datasets(made), _PARTS, caption
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


def _less_is_better(metrics):
    """The line that names the scores of which less is better, if there are any."""
    found = [names.metric_label(metric) for metric in metrics if names.is_error(metric)]
    return (f"Less is better: {', '.join(found)}.",) if found else ()


def _caption(frame, budget):
    """How many runs there are, and of which budget."""
    counts = frame.groupby(["dataset", "method"])["run"].nunique()
    low, high = counts.min(), counts.max()
    told = f"{low}" if low == high else f"{low} to {high}"
    if high == 1:
        return (_budget(budget, "One run each: no spread is known."),)
    return (_budget(budget, f"{told} runs each; the line is the median."),)


def _budget(budget, told):
    return told if budget == settings.NOT_NAMED else f"Budget: {budget}. {told}"
