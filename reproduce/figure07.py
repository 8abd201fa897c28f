"""Figure 7: information and NMI of three bottleneck methods on dSprites while they train.

The capacity C is drawn beside the mutual information that it is spent on.

python reproduce/figure07.py --budget=cpu --seeds=3
"""

import sys

import exhibit
import tracked

METHODS = ("annealed_vae", "cascade_vae_c", "deft")
CLAIM = (
    "The gap between the capacity C of AnnealedVAE and its mutual information grows; NMI1 of "
    "AnnealedVAE diminishes and that of CascadeVAEC falls sharply; only DEFT's mutual information "
    "and NMI1 rise steadily (section 5.2)."
)


def draw(report):
    """Trains and draws."""
    from dlib.visualize import run_groups, training_curves, visualize_training

    groups = run_groups.by_method(tracked.train(report, report.flags.methods))
    panels = training_curves.INFORMATION
    visualize_training.draw_curves(groups, panels, report.output / "information")
    for panel in panels:
        tracked.add_course(report, groups, panel.name, panel.title)
    for group in groups:
        gap = group.values("capacity") - group.values("mutual_information")  # [R, T]
        if (gap == gap).any():  # of a method that has a capacity
            report.add_scores(f"C - I(x; z) at the end, nats, {group.label}", gap[:, -1])
    report.notes.append(
        "I(x; z) is estimated from as many points as the tracker encodes and cannot exceed the "
        "logarithm of their number: 9.2 nats for 10 000"
    )


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run("figure07", __doc__, CLAIM, draw, argv, methods=METHODS, seeds=1)


if __name__ == "__main__":
    sys.exit(main())
