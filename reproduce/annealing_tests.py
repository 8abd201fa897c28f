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
    aggregate = files.read_json(folder / "results" / "aggregate" / "anneal.json")
    pictures.draw(folder, float(aggregate["anneal_config.freezing_point.threshold"]))
    for path in sorted([*folder.glob("*.png"), *folder.glob("*.csv")]):
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


def add_points(report, quantity, points, paper=""):
    """Reports the median of freezing points; those without a number are counted beside it.

    Args:
      points: betas; 0 where nothing froze, infinity where it was frozen from the start.
    """
    points = np.asarray(points, np.float64)
    known = points[np.isfinite(points) & (points > 0)]
    told = [
        f"{number} {what}"
        for number, what in (
            (np.sum(points == 0), "never froze"), (np.isinf(points).sum(), "frozen at once"),
        )
        if number
    ]  # fmt: skip
    note = f"of {len(points)}: {', '.join(told)}" if told else ""
    if len(known):
        report.add_scores(quantity, known, paper, note)
    else:
        report.add(quantity, "none", paper, runs=len(points), note=note)


def rows(folder, name):
    """The rows of a test's table as dictionaries of texts."""
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
