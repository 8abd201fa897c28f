"""Files of an annealing test: tidy tables, all settings, and a configuration for DEFT."""

import csv
import io
from pathlib import Path

from dlib.utils import files, results

_MOST_ROWS = 400  # of a curve in its table


def write(folder, tests, separation, dataset_source):
    """Writes a test's results, ``deft.gin`` last.

    ``points.csv`` (one row a test), ``curves.csv`` (thinned), ``separation.json``,
    ``deft.gin``, and ``results/`` as every step has it. Must be called while the configuration
    is in place.
    """
    folder = Path(folder)
    files.write_text(folder / "points.csv", points_table(tests))
    files.write_text(folder / "curves.csv", curves_table(tests))
    files.write_json(folder / "separation.json", separation_dict(separation))
    counts = {f"{outcome}": 0 for outcome in ("found", "never", "at_once")}
    for test in tests:
        counts[test.point.outcome] += 1
    results.update_result_directory(
        folder / "results",
        "anneal",
        {**separation_dict(separation), **counts},
        environment={"dataset_source": dataset_source},
    )


def separation_dict(separation):
    """The proposal as JSON values."""
    return {
        "num_groups": len(separation.groups),
        "groups": [list(group) for group in separation.groups],
        "betas": list(separation.betas),
        "group_sizes": list(separation.group_sizes),
        "overlaps": [
            {"upper": upper, "lower": lower, "overlap": share}
            for upper, lower, share in separation.overlaps
        ],
    }


def points_table(tests):
    """CSV: factor, repeat, outcome, beta, held, updates, base."""
    rows = [
        (
            test.factor,
            test.repeat,
            test.point.outcome,
            test.point.beta if test.point.outcome == "found" else "",
            test.curve.held,
            len(test.curve.betas),
            " ".join(map(str, test.base)),
        )
        for test in tests
    ]
    return _csv(("factor", "repeat", "outcome", "beta", "held", "updates", "base"), rows)


def curves_table(tests):
    """CSV: factor, repeat, update, beta, information, reconstruction; at most 400 rows a test."""
    rows = []
    for test in tests:
        curve = test.curve
        stride = max(1, -(-len(curve.betas) // _MOST_ROWS))
        for t in range(0, len(curve.betas), stride):
            values = (curve.betas[t], curve.information[t], curve.reconstruction[t])
            rows.append((test.factor, test.repeat, t, *(f"{value:.6g}" for value in values)))
    header = ("factor", "repeat", "update", "beta", "information", "reconstruction")
    return _csv(header, rows)


def deft_config(separation, dataset_bindings, stage_steps):
    """A gin file that ``dlib_train`` takes as it is.

    Args:
      separation: the proposal.
      dataset_bindings: lines of gin that name the data set and its options.
      stage_steps: updates of each stage.
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
        *dataset_bindings,
        f"encoder.num_latent = {sum(separation.group_sizes)}",
        f"deft.betas = {betas}",
        f"deft.group_size = {list(separation.group_sizes)}",
        f"deft.stage_steps = {stage_steps}",
    ]
    return "\n".join(lines) + "\n"


def _csv(header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
