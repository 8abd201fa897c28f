"""Figure 13: latent traversals of the DEFT model with the highest MIG on each data set.

python reproduce/figure13.py --budget=cpu --datasets=dsprites_full --seeds=3
"""

import sys

import exhibit
import table04_figures10_11_12 as table04
import trainings

from dlib.config.deft_study_v1.sweep import DATASETS

CLAIM = (
    "Latents of DEFT each show one property; orientation, which has the lowest freezing point, is "
    "the hardest on dSprites and its variants; on SmallNORB the lighting is easy (section 5.3)."
)


def draw(report):
    """Trains, picks, and draws."""
    from dlib.report import names

    for dataset in report.available(report.flags.datasets):
        folders = report.train(table04.study_runs(report.flags, [dataset], ["deft"]))
        best, mig = trainings.best_of(folders)
        picture = trainings.traversals(best / "model", f"DEFT, {names.dataset_label(dataset)}")
        report.save(picture, f"traversals_{dataset}.png")
        report.add(f"highest MIG of DEFT, {names.dataset_label(dataset)}", mig, runs=len(folders))


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run(
        "figure13", __doc__, CLAIM, draw, argv, datasets=tuple(DATASETS), seeds=3
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
