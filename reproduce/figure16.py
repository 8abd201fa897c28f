"""Figure 16: the annealing test without labels; where the increment of information changes.

python reproduce/figure16.py --budget=cpu --datasets=dsprites_full
"""

import sys

import annealing_tests
import exhibit

CLAIM = (
    "Where the increment of I(x; z) changes, a further factor starts to freeze: an upper bound of "
    "its freezing point. On 3D Chairs four points are said to be seen, and two, 36 and 16, are "
    "given (section 5.5)."
)
PAPER = {"dsprites_full": "agrees with position and scale", "chairs3d": "36, 16, 1"}


def draw(report):
    """Anneals and draws."""
    repeats = exhibit.budgeted(report.flags.budget, 5, 5, 10)
    lines = [
        "annealing.variant = 'whole_set'",
        f"annealing.repeats = {repeats}",
        *annealing_tests.fall(report, 60, 3000, 20000),
    ]
    for dataset in report.available(report.flags.datasets):
        _, found = annealing_tests.anneal(report, "whole_set", dataset, lines)
        annealing_tests.add_changes(report, dataset, found, repeats)
        pressures = ", ".join(f"{beta:.3g}" for beta in found["betas"])
        report.add(
            f"pressures, {dataset}", pressures, PAPER.get(dataset, ""), runs=repeats
        )  # fmt: skip


def main(argv=None):
    """Runs the script; returns its exit status."""
    datasets = ("dsprites_full", "chairs3d", *exhibit.MORE_DATASETS)
    return exhibit.run("figure16", __doc__, CLAIM, draw, argv, datasets=datasets, chosen=2)


if __name__ == "__main__":
    sys.exit(main())
