"""Figure 15: traversals of three methods on the correlated triangle (the runs of Figure 14).

python reproduce/figure15.py --budget=10000 --gin_bindings='model.batch_size = 64' --seeds=3
"""

import sys

import exhibit
import figure14
import trainings

CLAIM = (
    "DEFT has a high image quality and a latent for the orientation, which the correlation makes "
    "difficult for the other methods (section 5.4)."
)


def draw(report):
    """Trains what Figure 14 has not, and draws the run of highest MIG of each method."""
    from dlib.report import names
    from dlib.visualize import image_grid

    drawn = []
    for method, folders in figure14.trained(report).items():
        best, mig = trainings.best_of(folders)
        label = names.method_label(method)
        drawn.append(trainings.traversals(best / "model", label))
        report.save(drawn[-1], f"traversals_{method}.png")
        report.add(f"highest MIG, {label}", mig, runs=len(folders))
        report.add(f"its reconstruction error, {label}", trainings.reconstruction_of(best))
    report.save(image_grid.joined(drawn, 1, 16), "traversals.png")


def main(argv=None):
    """Runs the script; returns its exit status."""
    methods = tuple(figure14.CONFIGS)
    return exhibit.run("figure15", __doc__, CLAIM, draw, argv, methods=methods, seeds=3)


if __name__ == "__main__":
    sys.exit(main())
