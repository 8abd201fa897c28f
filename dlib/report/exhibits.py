"""All exhibits of a report: the paper's tables and figures from whatever runs there are.

Each is data (CSV) and a picture (PNG, PDF); tables are Markdown and LaTeX too. Where runs of
several budgets meet, tables have a column for it and figures are drawn once for each budget.
"""

import dataclasses
from pathlib import Path

import numpy as np

from dlib.report import (
    cells,
    chosen_settings,
    failure_rate,
    names,
    notes,
    pictures,
    printed,
    study_runs,
    summaries,
    table_files,
)
from dlib.report.figures import canvas
from dlib.utils import files
from dlib.utils.errors import DlibError

_OF_MIG = ("settings", "table3_chosen_settings")  # tables of MIG alone
_WITHOUT_INTERVALS = ("rank_correlation", "variance_shares")
LIST = "exhibits.json"  # names, titles, files and notes of what was written


@dataclasses.dataclass
class Exhibit:
    """A table or figure that was written.

    Attributes:
      name: start of its files' names.
      title: what it shows.
      files: paths, the CSV first.
      notes: what must be said beside it.
    """

    name: str
    title: str
    files: list
    notes: list = dataclasses.field(default_factory=list)


def write(frame, folder, threshold=failure_rate.THRESHOLD, random_seed=0):
    """Writes every exhibit that the results suffice for.

    Args:
      frame: what ``cells.tidy`` gives.
      folder: made if it is missing.
      threshold: of MIG, below which a run has failed.
      random_seed: of the bootstrap; equal results give equal files.

    Returns:
      a list of ``Exhibit``; ``missing`` tells which are not among them.

    Raises:
      DlibError: if there is no result, or the folder cannot be written.
    """
    if frame.empty:
        raise DlibError("there is no result that a table or figure could be made of.")
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise DlibError(f"{folder} is a file, not a folder: give another folder to --report.")
    random_state = np.random.RandomState(random_seed)
    written = [_runs(frame, folder)]
    written += _failure_rate(frame, folder, threshold)
    written += _tables(frame, folder, random_state)
    for budget, part, suffix in _budgets(frame):
        written += _figures(part, folder, budget, suffix, threshold)
    _replace_list(written, folder)
    return written


def _replace_list(written, folder):
    """Lists what was written, and deletes what only an earlier report here had written."""
    listed = [
        {
            "name": exhibit.name,
            "title": exhibit.title,
            "files": [path.name for path in exhibit.files],
            "notes": exhibit.notes,
        }
        for exhibit in written
    ]
    path = folder / LIST
    earlier = files.read_json(path) if path.is_file() else []
    current = {name for exhibit in listed for name in exhibit["files"]}
    for name in {Path(name).name for exhibit in earlier for name in exhibit["files"]} - current:
        (folder / name).unlink(missing_ok=True)
    files.write_json(path, listed)


def missing(frame):
    """``(title, why)`` of the paper's exhibits that the results do not suffice for."""
    if not _any_number(cells.final(frame, names.MIG)):
        yield "Table 4", failure_rate.why_none(frame)
    if pictures.of_figure_1(frame).empty:
        yield (
            "Figure 1",
            f"no run of {study_runs.UNSUPERVISED} with β-VAE, β-TCVAE or AnnealedVAE on dSprites",
        )
    if not _any_number(pictures.of_figure_11(frame)):
        yield "Figure 11", "no result file has a number as train_results.reconstruction_loss"
    if not _any_number(pictures.of_figure_12(frame)):
        yield (
            "Figure 12",
            "no training log of DEFT beside the results has scores at its stages' ends "
            "(train.callbacks = [@stage_scores()])",
        )


def _any_number(scores):
    return scores["value"].notna().any()


def _budgets(frame):
    found = sorted(frame["budget"].unique())
    for budget in found:
        suffix = "" if len(found) == 1 else "_" + "".join(c if c.isalnum() else "_" for c in budget)
        yield budget, frame[frame["budget"] == budget], suffix


def _runs(frame, folder):
    """The tidy table itself."""
    path = table_files.write_csv(frame, folder / "scores.csv")
    return Exhibit("scores", "All scores, one a row", [path], notes.of(frame))


def _failure_rate(frame, folder, threshold):
    made = failure_rate.table(frame, threshold)
    if not made["runs"].any():
        return []
    shown = frame[(frame["metric"] == names.MIG) & frame["stage"].isna()]
    title = f"Table 4. Failure rate: runs with a MIG below {threshold:g}"
    told = [
        "Failures of all runs, 95 % Wilson interval in brackets, the paper's value after it.",
        *failure_rate.notes(made),
        *notes.of(shown),
    ]
    name = "table4_failure_rate"
    texts = failure_rate.as_printed(made)
    exhibit = _table(failure_rate.without_needless(made), texts, folder, name, title, told)
    for budget, part, suffix in _budgets(made):
        picture = pictures.failure_rates(part, threshold, budget)
        exhibit.files += canvas.save(picture, folder / f"{name}{suffix}")
    return [exhibit, *_failures_of_settings(made, folder, title, told)]


def _failures_of_settings(made, folder, title, told):
    if made["stands"].all():
        return []
    return [
        _table(
            made, printed.failure_rates(made), folder, "table4_failure_rate_of_settings",
            f"{title}, each setting", told,
        )
    ]  # fmt: skip


def _tables(frame, folder, random_state):
    """Statistics over all results, each with a picture for each budget."""
    summary = summaries.summary(frame, random_state)
    across = summaries.across_datasets(frame, random_state)
    settings = summary[summary["metric"] == names.MIG].drop(columns="metric")
    several = settings[~settings["stands"]]
    plans = [
        ("summary", "Scores of each method on each data set", summary, printed.summary,
         pictures.summary, "Median and interquartile mean with 95 % bootstrap intervals."),
        ("settings", "Settings of each method by median MIG",
         settings if len(several) else several, printed.settings, None,
         "The setting with the highest median MIG stands for its method."),
        ("table3_chosen_settings", "Table 3. Settings chosen by median MIG",
         chosen_settings.table(summary), printed.chosen_settings, None,
         "Of methods that were run with several settings. Paper: its Table 3."),
        ("across_data_sets", "Scores over all data sets",
         across[across["datasets"] > 1], printed.across_datasets, pictures.across_datasets,
         "Stratified bootstrap over data sets, 95 % intervals. Compare methods with equal "
         "numbers of data sets only."),
        ("comparisons", "Which method beats which",
         summaries.comparisons(frame, random_state), printed.comparisons, pictures.comparisons,
         "Probability that a run of A is better than one of B (lower, for errors), 95 % bootstrap "
         "interval; two-sided Mann-Whitney tests, Holm's correction over all pairs and data sets "
         "of a metric."),
        ("rank_correlation", "Rank correlation of the metrics",
         summaries.rank_correlations(frame, known=True), printed.rank_correlations,
         pictures.rank_correlations, "Spearman's, over all runs on a data set; of a metric with "
         "several protocols, scores by the one that most runs there have."),
        ("variance_shares", "Variance due to method, hyperparameter and seed",
         summaries.variance_shares(frame, known=True), printed.variance_shares,
         pictures.variance_shares,
         "Shares of the sum of squares; a dash where the runs do not vary in it."),
    ]  # fmt: skip
    of_mig = frame[frame["metric"] == names.MIG]
    written, about_all, about_mig = [], notes.of(frame), notes.of(of_mig)
    for name, title, made, as_texts, draw, told in plans:
        if made.empty:
            continue
        said = [told, *(about_mig if name in _OF_MIG else about_all)]
        if name not in _WITHOUT_INTERVALS:
            said[1:1] = notes.of_bootstrap(of_mig if name in _OF_MIG else frame)
        exhibit = _table(made, as_texts(made), folder, name, title, said)
        for budget, part, suffix in _budgets(made) if draw else ():
            for ending, picture in draw(part, budget).items():
                exhibit.files += canvas.save(picture, folder / f"{name}{ending}{suffix}")
        written.append(exhibit)
    return written


def _table(made, texts, folder, name, title, told):
    paths = [
        table_files.write_csv(made, folder / f"{name}.csv"),
        table_files.write_markdown(texts, folder / f"{name}.md", title, told),
        table_files.write_latex(texts, folder / f"{name}.tex", title, told, f"tab:{name}"),
    ]
    return Exhibit(name, title, paths, list(told))


def _figures(frame, folder, budget, suffix, threshold):
    plans = [
        ("figure1_score_distributions_dsprites",
         "Figure 1. Scores of three approaches on dSprites (unsupervised_study_v1)",
         pictures.of_figure_1(frame), pictures.figure_1),
        ("figure10_score_distributions", "Figure 10. Distribution of scores",
         pictures.of_figure_10(frame),
         lambda part, budget: pictures.figure_10(part, budget, threshold)),
        ("figure11_reconstruction_error", "Figure 11. Reconstruction error",
         pictures.of_figure_11(frame), pictures.figure_11),
        ("figure12_mig_per_stage", "Figure 12. MIG of DEFT at the end of each stage",
         pictures.of_figure_12(frame), pictures.figure_12),
    ]  # fmt: skip
    written = []
    for name, title, part, draw in plans:
        if not _any_number(part):
            continue
        path = table_files.write_csv(part, folder / f"{name}{suffix}.csv")
        paths = [path, *canvas.save(draw(part, budget), folder / f"{name}{suffix}")]
        told = f"{title}, budget {budget}" if suffix else title
        written.append(Exhibit(f"{name}{suffix}", told, paths, notes.of(part)))
    return written
