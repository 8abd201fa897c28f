"""The figures of a finished run, from the tables in its folder.

S steps of beta, R seeds, T rows of a curve, D latents.
"""

import csv
import math
import re
from pathlib import Path

import numpy as np

from dlib.annealing import censored
from dlib.annealing.results import SEPARATION
from dlib.annealing.whole_set_tests import SUBJECT
from dlib.utils import files
from dlib.visualize import freezing_points, information_curves

_BOUNDS = {"never": 0.0, "at_once": math.inf}  # where points lie that have no number


def draw(folder, threshold=None):
    """Draws ``freezing_points`` (Figure 9) and, for each factor, ``curve_<factor>`` (Figure 4).

    For a whole set ``information`` (Figure 4), ``increment`` (Figure 16), ``latents`` and
    ``freezing_points`` of the latents. All as PNG and PDF; ``freezing_points.pdf`` comes last, so
    where it is, all are.

    Args:
      folder: of the run.
      threshold: nats that made a point; None: what the run's results have.
    """
    folder = Path(folder)
    if threshold is None:
        aggregate = files.read_json(folder / "results" / "aggregate" / "anneal.json")
        threshold = float(aggregate["anneal_config.freezing_point.threshold"])
    found = files.read_json(folder / SEPARATION)
    points = read_points(folder)
    is_whole = (folder / "information.csv").exists()
    if is_whole:
        whole = points[SUBJECT]
        # The spare latents, which never freeze, would only stretch the figure.
        shown = {name for group in found["groups"] for name in group}
        points = {name: values for name, values in points.items() if name in shown}
        _draw_whole_set(folder, found, points, whole, threshold)
    else:
        _draw_factors(folder, points)
    freezing_points.draw_points(points, found["betas"], folder / "freezing_points")


def is_due(folder):
    """Whether a folder holds a finished test of which not all is drawn."""
    folder = Path(folder)
    return (folder / SEPARATION).is_file() and not (folder / "freezing_points.pdf").exists()


def read_points(folder):
    """``{factor, whole set or rank of latent: N points}``; 0 and infinity for censored ones."""
    points = {}
    for row in _rows(folder, "points.csv"):
        points.setdefault(row["factor"], []).append(_bound(row))
    return points


def _bound(row):
    return float(row["beta"]) if row["beta"] else _BOUNDS[row["outcome"]]


def _draw_factors(folder, points):
    """The test of each factor whose point is nearest to the factor's median."""
    rows = _rows(folder, "curves.csv")
    for name, values in points.items():
        best = _middle(values)
        if best is None:
            continue
        mine = [r for r in rows if r["factor"] == name and int(r["repeat"]) == best]
        curve = np.array(
            [[float(r[key]) for key in ("beta", "information", "reconstruction")] for r in mine]
        )
        updates = [int(row["update"]) for row in mine]
        path = folder / f"curve_{re.sub(r'[^0-9A-Za-z_-]', '_', name)}"
        freezing_points.draw_curve(*curve.T, path, point=values[best], updates=updates)


def _middle(values):
    """Position of the known point that is nearest to the median of all; None if none is known."""
    values = np.asarray(values, np.float64)
    known = np.flatnonzero(censored.is_known(values))
    if not len(known):
        return None
    logs = np.log(values[known])
    # Where the median itself has no number, the known point next to it.
    middle = np.clip(censored.median(values), values[known].min(), values[known].max())
    return int(known[np.argmin(np.abs(logs - np.log(middle)))])


def _draw_whole_set(folder, found, points, whole, threshold):
    parts = {}
    for row in _rows(folder, "information.csv"):
        quantity = row.pop("quantity")
        parts.setdefault(quantity, []).append([float(value) for value in row.values()])
    bands = {name: _band(np.array(rows)) for name, rows in parts.items()}
    middle = [censored.median(whole)]  # not drawn where it has no number
    information_curves.draw_information(
        bands["information"], bands["reconstruction"], middle, threshold, folder / "information"
    )
    grid = bands["increment"][0]
    changes = found["change_points"]
    edges = [grid[0], *(change["beta"] for change in changes), grid[-1]]
    levels = [change["before"] for change in changes] + [change["after"] for change in changes[-1:]]
    rising = [
        (change["beta"], change["low"], change["high"])
        for change in changes
        if change["after"] > change["before"]
    ]
    levels = list(zip(edges[:-1], edges[1:], levels, strict=True)) if changes else []
    information_curves.draw_increment(
        bands["increment"], rising, levels, found["betas"], folder / "increment"
    )
    _draw_latents(folder, points, threshold)


def _draw_latents(folder, points, threshold):
    """The latents of the seed whose first point is nearest to the median, in order of freezing."""
    ranked = [row for row in _rows(folder, "points.csv") if row["factor"] in points]
    # Only of networks that fell silent, so a repeat is not the place of its row.
    repeats = [row["repeat"] for row in ranked if row["factor"] == "latent_1"]
    repeat = repeats[_middle(points["latent_1"]) or 0]
    order = [int(row["latent"]) for row in ranked if row["repeat"] == repeat]
    rows = [row for row in _rows(folder, "curves.csv") if row["repeat"] == repeat]
    betas = np.array([float(row["beta"]) for row in rows])
    nats = np.array([[float(row[f"kl_{d}"]) for d in order] for row in rows])
    information_curves.draw_latents(
        betas, nats, threshold, folder / "latents", networks=len(repeats)
    )


def _band(table):
    """beta, median, low, high ``[S]`` each, and the seeds ``[S, R]``."""
    return (*table[:, :4].T, table[:, 4:])


def _rows(folder, name):
    with open(Path(folder) / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
