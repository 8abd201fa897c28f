"""Scores as tables in the terminal."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

_BOOKKEEPING = ("elapsed_time", "uuid", "error")
_MAX_SCORES = 8  # of one metric; the others are in its files
MAX_RUNS = 30  # more are counted, not listed

# What a run's table shows of each metric; metrics that are not listed show their first score.
_HEADLINES = {
    "discrete_mig": "MIG",
    "nmi1": "NMI1",
    "nmi2": "NMI2",
    "disentanglement": "DCI dis.",
    "completeness": "DCI comp.",
    "SAP_score": "SAP",
    "modularity_score": "modularity",
    "explicitness_score_test": "explicitness",
    "IRS": "IRS",
}
_ACCURACIES = {"beta_vae_sklearn": "β-VAE score", "factor_vae_metric": "FactorVAE score"}


def print_outcomes(outcomes, run_directory):
    """The scores of one run, and where everything lies."""
    print_scores({f"{o.metric} ({o.representation})": o.scores for o in outcomes})
    for folder in ("annealing", "model", "postprocessed", "metrics", "visualizations"):
        path = Path(run_directory) / folder
        if path.is_dir():
            print(f"{folder + ':':<16}{path}")


def print_scores(scores_by_metric):
    """One row for each metric: ``{metric: {name: score}}``."""
    if not scores_by_metric:
        return
    table = Table("metric", "scores")
    for metric, scores in scores_by_metric.items():
        table.add_row(metric, _describe(scores))
    console().print(table)


def print_runs(rows):
    """The runs, from rows of aggregated results: one line each if they are few, else counted."""
    runs = {}
    for row in rows:
        runs.setdefault(_run_of(row), []).append(row)
    if len(runs) > MAX_RUNS:
        _print_counts(runs)
    else:
        _print_each(runs)


def _print_each(runs):
    """One line for each representation of a run."""
    scores = {run: _headlines(members) for run, members in runs.items()}
    columns = list(dict.fromkeys(name for run in scores.values() for name in run))
    table = Table("run", "data", "method", "seed", "representation")
    for column in columns:
        table.add_column(column, justify="right")
    for (run, representation), members in sorted(runs.items(), key=_natural):
        table.add_row(
            run,
            *_place_of(members[0]),
            _literal(members[0].get("train_config.model.random_seed")),
            representation,
            *(_number(scores[run, representation].get(column)) for column in columns),
        )
    console().print(table)


def _natural(item):
    """A key by which run 10 comes after run 2."""
    run, representation = item[0]
    parts = [(part.isdigit(), int(part) if part.isdigit() else part) for part in run.split("/")]
    return parts, representation


def _print_counts(runs):
    """One line for each data set, method and representation."""
    places = {}
    for (run, representation), members in runs.items():
        key = (*_place_of(members[0]), representation)
        places.setdefault(key, []).append((run, len(members)))
    table = Table("data", "method", "representation")
    for title in ("runs", "results"):
        table.add_column(title, justify="right")
    for key, found in sorted(places.items()):
        table.add_row(*key, str(len(found)), str(sum(count for _, count in found)))
    console().print(table)


def _place_of(row):
    """Data set and method."""
    model = row.get("train_config.model.model")
    method = _literal(row.get("train_config.model.name")) or _literal(model).removeprefix("@")
    return _literal(row.get("train_config.dataset.name")), method.removesuffix("()")


def _run_of(row):
    """The run's folder and its representation: ``<run>/metrics/<representation>/<metric>/...``."""
    run, found, rest = row["path"].rpartition("/metrics/")
    return (run, rest.split("/")[0]) if found else (row["path"], "")


def _headlines(rows):
    scores = {}
    for row in rows:
        found = {
            k.removeprefix("evaluation_results."): v for k, v in row.items() if _is_score(k, v)
        }
        names = [name for name in _HEADLINES if name in found]
        for name in names:
            scores[_HEADLINES[name]] = found[name]
        if found and not names:
            metric = _literal(row.get("evaluation_config.evaluation.name")) or "?"
            best = "eval_accuracy" if "eval_accuracy" in found else next(iter(found))
            scores[_ACCURACIES.get(metric, metric)] = found[best]
    return scores


def _is_score(key, value):
    name = key.removeprefix("evaluation_results.")
    return name != key and name not in _BOOKKEEPING and isinstance(value, int | float)


def _describe(scores):
    if "error" in scores:
        return f"failed: {scores['error']}"
    numbers = {
        name: value
        for name, value in scores.items()
        if name not in _BOOKKEEPING and isinstance(value, int | float)
    }
    text = "  ".join(
        f"{name} {_number(value)}" for name, value in list(numbers.items())[:_MAX_SCORES]
    )
    return text + (f"  and {len(numbers) - _MAX_SCORES} more" if len(numbers) > _MAX_SCORES else "")


def _number(value):
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _literal(text):
    """A literal of a configuration without its quotes."""
    return "" if text is None else str(text).strip("'\"")


def console():
    """A console as wide as the terminal; in a file or a pipe, wide enough for every table."""
    made = Console(highlight=False, markup=False)
    if not made.is_terminal:
        made.width = 200
    return made
