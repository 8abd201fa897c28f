"""Files of an annealing test: tidy tables, all settings, and a configuration for DEFT."""

import csv
import dataclasses
import io
from pathlib import Path

import numpy as np

from dlib.annealing import censored
from dlib.annealing.freezing_point import FOUND, point_of, points_of_latents
from dlib.annealing.whole_set_tests import SUBJECT
from dlib.utils import files, results

SEPARATION = "separation.json"
DEFT_CONFIG = "deft.gin"  # written last: a run that has it is done
_MOST_ROWS = 400  # of a curve in its table, beside the last


def write(folder, tests, variant, proposal, bindings, stage_steps):
    """Writes a run's results beside the tables of ``write_tests``, ``deft.gin`` last.

    ``information.csv`` (whole set: bands over seeds), ``separation.json``, ``deft.gin``, and
    ``results/`` as every step has it. Must be called while the configuration is in place.

    Args:
      folder: of the run.
      tests: all that were done.
      variant: what ran them, such as ``FactorTests``.
      proposal: a ``Proposal``.
      bindings, stage_steps: see ``deft_config``.

    Returns:
      ``separation_dict`` of the proposal.
    """
    folder = Path(folder)
    if proposal.curve:
        files.write_text(folder / "information.csv", information_table(proposal.curve))
    found = separation_dict(proposal, variant.schedule)
    files.write_json(folder / SEPARATION, found)
    counts = dict.fromkeys(("found", "never", "at_once"), 0)
    for test in tests:
        counts[point_of(test.curve, variant.criterion).outcome] += 1
    environment = {"dataset_source": variant.data.source}
    results.update_result_directory(
        folder / "results", "anneal", {**found, **counts}, environment=environment
    )
    labelled = variant.data.num_factors > 0
    text = deft_config(proposal.separation, bindings, stage_steps, labelled)
    files.write_text(folder / DEFT_CONFIG, text)
    return found


def write_tests(folder, tests, criterion):
    """Writes ``points.csv`` (one row a test, of a whole set also one a latent), ``curves.csv``."""
    whole = tests[0].subject == SUBJECT
    points = latents_table(tests, criterion) if whole else points_table(tests, criterion)
    files.write_text(Path(folder) / "points.csv", points)
    files.write_text(Path(folder) / "curves.csv", curves_table(tests, per_latent=whole))


def separation_dict(proposal, schedule):
    """The proposal as JSON values; bounds that are no numbers are told in words."""
    separation = proposal.separation

    def value(bound):
        if censored.is_known(bound):
            return float(bound)
        return censored.told(bound, schedule.start, schedule.end)

    points = {}
    for name, interval in proposal.intervals.items():
        bounds = (censored.median(proposal.points[name]), *interval)
        points[name] = dict(zip(("median", "low", "high"), map(value, bounds), strict=True))
    return {
        "num_groups": len(separation.groups),
        "groups": [list(group) for group in separation.groups],
        "betas": list(separation.betas),
        "group_sizes": list(separation.group_sizes),
        "overlaps": [dataclasses.asdict(boundary) for boundary in separation.overlaps],
        "group_overlaps": list(separation.group_overlaps),
        "points": points,
        "left_out": proposal.left_out,
        "change_points": [dataclasses.asdict(point) for point in proposal.change_points],
    }


def points_table(tests, criterion):
    """CSV: factor, repeat, outcome, beta, held, updates, base."""
    rows = []
    for test in tests:
        point = point_of(test.curve, criterion)
        seen = (test.curve.held, len(test.curve.betas), " ".join(map(str, test.base)))
        rows.append((test.subject, test.repeat, point.outcome, _number(point), *seen))
    return _csv(("factor", "repeat", "outcome", "beta", "held", "updates", "base"), rows)


def latents_table(tests, criterion):
    """CSV: factor, repeat, latent, outcome, beta; of each test first the whole set's own point.

    The other rows are those of the latents: factor is a latent's rank, latent its place. Of a
    network that never fell silent there are none: nothing is known of its latents.
    """
    rows = []
    for test in tests:
        whole = point_of(test.curve, criterion)
        rows.append((SUBJECT, test.repeat, "", whole.outcome, _number(whole)))
        points = points_of_latents(test.curve, criterion) if test.curve.settled else []
        order = sorted(range(len(points)), key=lambda d: -points[d].bound())
        for rank, d in enumerate(order, 1):
            name = f"latent_{rank}"
            rows.append((name, test.repeat, d, points[d].outcome, _number(points[d])))
    return _csv(("factor", "repeat", "latent", "outcome", "beta"), rows)


def curves_table(tests, per_latent=False):
    """CSV: factor, repeat, update, beta, information, reconstruction; at most 401 rows a test.

    The last update is always among them: where a test ended early, it lies just beyond the point.
    ``per_latent`` adds the KL of each latent, ``kl_0`` and so on.
    """
    rows = []
    for test in tests:
        curve = test.curve
        count = len(curve.betas)
        stride = max(1, -(-count // _MOST_ROWS))
        for t in sorted({*range(0, count, stride), *range(count)[-1:]}):
            values = [curve.betas[t], curve.information[t], curve.reconstruction[t]]
            values += list(curve.per_latent[t]) if per_latent else []
            rows.append((test.subject, test.repeat, t, *(f"{value:.6g}" for value in values)))
    header = ["factor", "repeat", "update", "beta", "information", "reconstruction"]
    if per_latent:
        header += [f"kl_{d}" for d in range(tests[0].curve.per_latent.shape[1])]
    return _csv(header, rows)


def information_table(curve):
    """CSV: quantity, beta, median, low, high, seeds; of information, reconstruction, increment."""
    parts = [
        ("information", curve.betas, curve.information),
        ("reconstruction", curve.betas, curve.reconstruction),
        ("increment", curve.between, curve.increment),
    ]
    rows = []
    for name, betas, band in parts:
        table = np.column_stack([betas, band.median, band.low, band.high, band.rows.T])
        rows += [(name, *(f"{value:.6g}" for value in row)) for row in table]
    seeds = [f"seed_{r}" for r in range(len(curve.increment.rows))]
    return _csv(("quantity", "beta", "median", "low", "high", *seeds), rows)


def deft_config(separation, bindings, stage_steps, labelled=True):
    """A gin file that ``dlib_train`` takes as it is.

    Args:
      separation: the proposal.
      bindings: lines of gin that the included files must not decide: the data set, and the loss,
        the decoder and the optimizer that the pressures were measured with.
      stage_steps: updates of each stage.
      labelled: whether scores that need factors can be computed.
    """
    betas = [float(f"{beta:.4g}") for beta in separation.betas]
    groups = ["+".join(group) for group in separation.groups]
    lines = [
        "# DEFT with the pressures that dlib_anneal proposes.",
        *(
            f"# stage {j + 1}: beta {beta:g} for {group}"
            for j, (beta, group) in enumerate(zip(betas, groups, strict=True))
        ),
        'include "method/deft.gin"',
        'include "train/paper.gin"',
        'include "train/pipeline.gin"',
        "",
        *bindings,
        f"encoder.num_latent = {sum(separation.group_sizes)}",
        f"deft.betas = {betas}",
        f"deft.group_size = {list(separation.group_sizes)}",
        f"deft.stage_steps = {stage_steps}",
    ]
    if not labelled:
        lines.append('pipeline.evaluation = ["metric/unsupervised.gin"]')
    return "\n".join(lines) + "\n"


def _number(point):
    return point.beta if point.outcome == FOUND else ""


def _csv(header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
