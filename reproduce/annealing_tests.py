"""Annealing tests of the scripts: settings by budget, on any data set."""

import csv

import exhibit
import numpy as np

from dlib.utils import files

CONFIG = "anneal_dsprites.gin"  # the settings; the data set is replaced


def anneal(report, kind, dataset, lines):
    """Runs a test below ``--runs``, or takes the one that is done; draws it into the results.

    Args:
      report: the script's.
      kind: of the test; its folder is ``<kind>/<dataset>``.
      dataset: a value of ``dataset.name``.
      lines: of gin.

    Returns:
      the folder, and the proposal as ``dlib_anneal`` writes it.
    """
    from dlib.annealing import pictures
    from dlib.annealing.anneal import anneal_with_gin

    folder = report.flags.runs / kind / dataset
    lines = [f"dataset.name = {dataset!r}", *lines, *report.flags.gin_bindings]
    found = anneal_with_gin(folder, False, [CONFIG], lines)
    pictures.draw(folder)
    for path in sorted([*folder.glob("*.png"), *folder.glob("*.csv")]):
        if path.name == "curves.csv":  # every test's curve, of which the results show the points
            continue
        files.write_bytes(report.output / f"{dataset}_{path.name}", path.read_bytes())
    return folder, found


def fall(report, smoke, cpu, paper, shape="exponential"):
    """Lines for the length of the fall by the budget, and its shape."""
    steps = exhibit.budgeted(report.flags.budget, smoke, cpu, paper, number=int)
    hold = exhibit.budgeted(report.flags.budget, 300, 1000, 1000)
    return [
        f"information_curve.num_steps = {min(100, steps // 2)}",
        f"annealing_schedule.steps = {steps}",
        f"annealing_schedule.hold = {hold}",
        f"annealing_schedule.shape = {shape!r}",
    ]


def add_changes(report, dataset, found, runs):
    """Reports where the increment of information grows, as Figure 16 draws it.

    Args:
      report: the script's.
      dataset: its name.
      found: the proposal that ``anneal`` returned.
      runs: networks that it is from.
    """
    told = ", ".join(
        f"{c['beta']:.3g} [{c['low']:.3g}, {c['high']:.3g}] in {c['found']:.0%} of draws"
        for c in found["change_points"]
        if c["after"] > c["before"]
    )
    report.add(f"changes of the increment, {dataset}", told or "none", runs=runs)


def add_points(report, quantity, points, paper=""):
    """Reports the median of freezing points; those without a number count by their rank.

    Args:
      report: the script's.
      quantity: what it is.
      points: betas; 0 where nothing froze, infinity where it was frozen from the start.
      paper: the paper's value.
    """
    from dlib.annealing import censored

    points = np.asarray(points, np.float64)
    told = [
        f"{number} {what}"
        for number, what in (
            (np.sum(points == 0), "never froze"), (np.isinf(points).sum(), "frozen at once"),
        )
        if number
    ]  # fmt: skip
    note = f"of {len(points)}: {', '.join(told)}" if told else ""
    if not told:
        report.add_scores(quantity, points, paper)
        return
    middle, low, high = (
        bound if censored.is_known(bound) else censored.told(bound)
        for bound in (censored.median(points), *_interval(points))
    )
    report.add(f"{quantity}, median", middle, paper, low, high, len(points), note)


def _interval(points):
    """The 95 % bootstrap interval of the median, from the draws of ``Report.add_scores``."""
    from dlib.annealing import censored
    from dlib.report import statistics

    size = (statistics.REPLICATES, len(points))
    drawn = np.random.RandomState(0).randint(len(points), size=size)
    medians = [censored.median(row) for row in points[drawn]]
    tail = (1 - statistics.CONFIDENCE) / 2
    return censored.quantile(medians, tail), censored.quantile(medians, 1 - tail)


def rows(folder, name):
    """The rows of a test's table as dictionaries of texts."""
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
