"""Figure 17: traversals from -2 to 2 of three methods on 3D Chairs, without labels.

There is no MIG without factors: the first seed is drawn. Where the paper is silent, beta-TCVAE has
beta = 6 and CascadeVAE-C beta_h = 10, both as many latents and updates as DEFT.

python reproduce/figure17.py --budget=cpu
"""

import sys

import exhibit
import trainings

COMMON = ("train/paper.gin", "train/pipeline.gin")
LENGTH = ["encoder.num_latent = 9", "model.training_steps = 20280"]
# Configuration files and lines of each method.
METHODS = {
    "cascade_vae_c": (
        ["data/chairs3d.gin", "method/cascade_vae_c.gin", *COMMON],
        [*LENGTH, "cascade_vae_c.stage_steps = 2253"],
    ),
    "beta_tc_vae": (
        ["data/chairs3d.gin", "method/beta_tc_vae.gin", *COMMON],
        [*LENGTH, "beta_tc_vae.beta = 6.0"],
    ),
    "deft": (["deft_chairs3d.gin"], []),
}
CLAIM = (
    "DEFT (K = 3, G = 3, beta 36, 16, 1) learns one more property than CascadeVAE-C: the "
    "orientation of the legs (section 5.5)."
)
RANGE = ['traversal.kind = "fixed"', "traversal.limit = 2.0"]


def draw(report):
    """Trains and draws."""
    from dlib.report import names
    from dlib.visualize import image_grid

    (dataset,) = report.flags.datasets
    if not list(report.available([dataset])):
        return
    drawn = []
    lines = [f"dataset.name = {dataset!r}", 'pipeline.evaluation = ["metric/unsupervised.gin"]']
    jobs = {
        method: trainings.config_jobs(
            configs, report.flags, [*own, *lines], f"unlabelled_{dataset}/{method}"
        )
        for method, (configs, own) in METHODS.items()
        if method in report.flags.methods
    }
    for method, (folder,) in report.train_methods(jobs).items():
        label = names.method_label(method)
        drawn.append(trainings.traversals(folder / "model", label, RANGE))
        report.save(drawn[-1], f"traversals_{method}.png")
        report.add(f"reconstruction error, {label}", trainings.reconstruction_of(folder), runs=1)
        active = trainings.active_latents(trainings.points_of(folder / "model"))
        report.add(f"latents with 0.1 nats or more, {label}", len(active), runs=1)
    report.save(image_grid.joined(drawn, 1, 16), "traversals.png")


def main(argv=None):
    """Runs the script; returns its exit status."""
    datasets = ("chairs3d", *exhibit.MORE_DATASETS)
    return exhibit.run(
        "figure17", __doc__, CLAIM, draw, argv, methods=tuple(METHODS), datasets=datasets, chosen=1
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
