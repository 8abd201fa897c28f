"""Tables of numbers as tables of texts, for Markdown, LaTeX and the terminal."""

from dlib.report import names
from dlib.report.table_files import number, p_value, with_interval


def summary(made):
    """Of ``summaries.summary``."""
    several = _tells(made, "budget", "protocol")
    return _texts(
        made,
        {
            "metric": lambda r: names.metric_label(r["metric"]),
            "data": lambda r: names.dataset_label(r["dataset"]),
            "method": lambda r: names.method_label(r["method"]),
            "setting": lambda r: r["setting"] + ("" if r["stands"] else " (another stands)"),
            **several,
            "runs": lambda r: str(r["runs"]),
            "median": lambda r: with_interval(r["median"], r["median_low"], r["median_high"]),
            "IQM": lambda r: with_interval(r["iqm"], r["iqm_low"], r["iqm_high"]),
            "std": lambda r: number(r["std"]),
        },
    )


def across_datasets(made):
    """Of ``summaries.across_datasets``."""
    return _texts(
        made,
        {
            "metric": lambda r: names.metric_label(r["metric"]),
            "method": lambda r: names.method_label(r["method"]),
            **_tells(made, "budget", "protocol"),
            "data sets": lambda r: str(r["datasets"]),
            "runs": lambda r: str(r["runs"]),
            "median": lambda r: with_interval(r["median"], r["median_low"], r["median_high"]),
            "IQM": lambda r: with_interval(r["iqm"], r["iqm_low"], r["iqm_high"]),
        },
    )


def comparisons(made):
    """Of ``summaries.comparisons``."""
    return _texts(
        made,
        {
            "metric": lambda r: names.metric_label(r["metric"]),
            "data": lambda r: names.dataset_label(r["dataset"]),
            "A": lambda r: names.method_label(r["method_a"]),
            "B": lambda r: names.method_label(r["method_b"]),
            **_tells(made, "budget", "protocol"),
            "runs": lambda r: f"{r['runs_a']}, {r['runs_b']}",
            "P(A beats B)": lambda r: with_interval(r["probability"], r["ci_low"], r["ci_high"], 2),
            "p": lambda r: p_value(r["p_value"]),
            "p (Holm)": lambda r: p_value(r["p_holm"]),
        },
    )


def rank_correlations(made):
    """Of ``summaries.rank_correlations``."""
    return _texts(
        made,
        {
            "data": lambda r: names.dataset_label(r["dataset"]),
            "metric": lambda r: names.metric_label(r["metric_a"]),
            "and": lambda r: names.metric_label(r["metric_b"]),
            **_tells(made, "budget"),
            "runs": lambda r: str(r["runs"]),
            "rank correlation": lambda r: number(r["correlation"], 2),
        },
    )


def variance_shares(made):
    """Of ``summaries.variance_shares``."""
    return _texts(
        made,
        {
            "metric": lambda r: names.metric_label(r["metric"]),
            "data": lambda r: names.dataset_label(r["dataset"]),
            **_tells(made, "budget", "protocol"),
            "runs": lambda r: str(r["runs"]),
            "methods": lambda r: str(r["methods"]),
            "settings": lambda r: str(r["settings"]),
            "method": lambda r: _percent(r["method"]),
            "hyperparameter": lambda r: _percent(r["hyperparameter"]),
            "seed": lambda r: _percent(r["seed"]),
        },
    )


def settings(made):
    """Of ``summaries.summary``'s rows of MIG: settings and their median."""
    return _texts(
        made,
        {
            "data": lambda r: names.dataset_label(r["dataset"]),
            "method": lambda r: names.method_label(r["method"]),
            "setting": lambda r: r["setting"],
            **_tells(made, "budget", "protocol"),
            "runs": lambda r: str(r["runs"]),
            "median MIG": lambda r: with_interval(r["median"], r["median_low"], r["median_high"]),
            "stands": lambda r: "yes" if r["stands"] else "",
        },
    )


def chosen_settings(made):
    """Of ``chosen_settings.table``."""
    return _texts(
        made,
        {
            "data": lambda r: names.dataset_label(r["dataset"]),
            "method": lambda r: names.method_label(r["method"]),
            "parameter": lambda r: r["parameter"],
            "chosen": lambda r: _plain(r["chosen"]),
            "paper": lambda r: _plain(r["paper"]),
            "settings": lambda r: str(r["settings"]),
            **_tells(made, "budget", "protocol"),
            "runs": lambda r: str(r["runs"]),
            "median MIG": lambda r: with_interval(r["median"], r["median_low"], r["median_high"]),
        },
    )


def failure_rates(made):
    """Of ``failure_rate.table``, one row each: where a method has several settings."""
    return _texts(
        made,
        {
            "data": lambda r: names.dataset_label(r["dataset"]),
            "method": lambda r: names.method_label(r["method"]),
            "setting": lambda r: r["setting"] + ("" if r["stands"] else " (another stands)"),
            **_tells(made, "budget", "protocol"),
            "runs": lambda r: str(r["runs"]),
            "failures": lambda r: str(r["failures"]),
            "rate": lambda r: f"{r['failure_rate_percent']:.0f} %" if r["runs"]
            else f"– (0 of {r['unusable']} usable)",
            "interval": lambda r: f"[{r['ci_low']:.0f}, {r['ci_high']:.0f}]" if r["runs"] else "–",
            "paper": lambda r: "–" if r["paper_percent"] != r["paper_percent"]
            else f"{r['paper_percent']:.4g} %",
        },
    )  # fmt: skip


def _plain(value):
    if isinstance(value, str):
        return value
    return "–" if value != value else f"{value:g}"


def _percent(share):
    return "–" if share != share else f"{100 * share:.0f} %"


def _tells(made, *columns):
    """Columns that are shown only where they differ."""
    return {
        name: (lambda row, name=name: row[name])
        for name in columns
        if name in made and made[name].nunique() > 1
    }


def _texts(made, columns):
    import pandas as pd

    rows = [[tell(row) for tell in columns.values()] for row in made.to_dict("records")]
    return pd.DataFrame(rows, columns=list(columns))
