"""Figure 2: scores of four methods on dSprites while they train.

python reproduce/figure02.py --budget=cpu --seeds=3
"""

import sys

import exhibit
import tracked

METHODS = ("beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c")
SCORES = ("beta_vae_sklearn.eval_accuracy", "mig", "dci.disentanglement")
CLAIM = (
    "AnnealedVAE, CascadeVAEC and beta-TCVAE improve at once, but CascadeVAEC falls sharply at 10 "
    "000 updates and AnnealedVAE goes down from there: training does not consistently disentangle "
    "(section 3.1)."
)


def draw(report):
    """Trains and draws."""
    from dlib.visualize import run_groups, visualize_training

    found = tracked.train(report, report.flags.methods)
    groups = run_groups.by_method(found)
    panels = visualize_training.score_panels(found, SCORES)
    visualize_training.draw_curves(groups, panels, report.output / "scores")
    for panel in panels:
        tracked.add_course(report, groups, panel.name, panel.title)


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run("figure02", __doc__, CLAIM, draw, argv, methods=METHODS, seeds=1)


if __name__ == "__main__":
    sys.exit(main())
