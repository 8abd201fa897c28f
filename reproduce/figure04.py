"""Figure 4: information freezing. Five networks while the pressure falls in a straight line.

The increment is taken between equal steps of log beta, and a straight fall has few updates in those
of small betas: of 6 000 some 310 in the first step, 16 in that of beta 10. So below 10 the bands of
the increment are wide. The exponential fall of Figure 16 has as many updates in each step.

python reproduce/figure04.py --budget=cpu
"""

import sys

import annealing_tests
import exhibit

CLAIM = (
    "The model starts to learn at a beta of about 32: there the KL increases and the "
    "reconstruction error decreases (section 4.1; on a data set that is not named)."
)
PAPER_BETA = 32
LATENTS = ("first", "second", "third")  # to freeze
REPEATS = 5  # the fewest that a freezing point is told from


def draw(report):
    """Anneals and draws."""
    from dlib.annealing.pictures import read_points
    from dlib.annealing.whole_set_tests import SUBJECT

    lines = [
        "annealing.variant = 'whole_set'",
        f"annealing.repeats = {REPEATS}",
        *annealing_tests.fall(report, 60, 6000, 100000, "linear"),
    ]
    for dataset in report.available(report.flags.datasets):
        folder, found = annealing_tests.anneal(report, "linear_fall", dataset, lines)
        points = read_points(folder)
        quantity = f"freezing point of the whole set, {dataset}"
        annealing_tests.add_points(report, quantity, points[SUBJECT], PAPER_BETA)
        for rank, word in enumerate(LATENTS, 1):
            if f"latent_{rank}" in points:
                quantity = f"freezing point of the {word} latent, {dataset}"
                annealing_tests.add_points(report, quantity, points[f"latent_{rank}"])
        annealing_tests.add_changes(report, dataset, found, REPEATS)
        first, last = _reconstruction(folder)
        report.add(
            f"reconstruction loss before and after the fall, {dataset}",
            f"{first:.1f} to {last:.1f} nats",
            "decreases",
            runs=REPEATS,
        )


def _reconstruction(folder):
    """The median loss in the first and the last step of beta."""
    rows = annealing_tests.rows(folder, "information.csv")
    medians = [float(row["median"]) for row in rows if row["quantity"] == "reconstruction"]
    return medians[0], medians[-1]


def main(argv=None):
    """Runs the script; returns its exit status."""
    datasets = ("dsprites_full", *exhibit.MORE_DATASETS)
    return exhibit.run(
        "figure04", __doc__, CLAIM, draw, argv, datasets=datasets, chosen=1
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
