"""Figure 9: the information freezing points of each factor of the data sets.

python reproduce/figure09.py --budget=cpu --datasets=dsprites_full
"""

import sys

import annealing_tests
import exhibit

from dlib.config.deft_study_v1.sweep import DATASETS

CLAIM = (
    "Freezing points of factors are almost separable on dSprites and Color, not on Scream and "
    "SmallNORB; on dSprites the orientation has the lowest (section 5.3)."
)
PRESSURES = {  # Table 2
    "dsprites_full": "70, 30, 12, 4",
    "color_dsprites": "160, 105, 30, 4",
    "smallnorb": "50, 1",
    "scream_dsprites": "140, 1",
}


def draw(report):
    """Anneals and draws."""
    from dlib.annealing.pictures import read_points

    repeats = exhibit.budgeted(report.flags.budget, 5, 10, 50)
    lines = [f"annealing.repeats = {repeats}", *annealing_tests.fall(report, 60, 2000, 2000)]
    for dataset in report.available(report.flags.datasets):
        folder, found = annealing_tests.anneal(report, "freezing_points", dataset, lines)
        for factor, points in read_points(folder).items():
            annealing_tests.add_points(report, f"freezing point, {factor} of {dataset}", points)
        pressures = ", ".join(f"{beta:.3g}" for beta in found["betas"])
        report.add(
            f"pressures, {dataset}", pressures, PRESSURES.get(dataset, ""), runs=repeats,
            note=f"{len(found['groups'])} groups",
        )  # fmt: skip


def main(argv=None):
    """Runs the script; returns its exit status."""
    datasets = (*DATASETS, *exhibit.MORE_DATASETS)
    return exhibit.run(
        "figure09", __doc__, CLAIM, draw, argv, datasets=datasets, chosen=len(DATASETS)
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
