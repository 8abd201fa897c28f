"""Figure 1: scores of three methods on dSprites, 50 seeds each (unsupervised_study_v1).

The paper used the published models of that study; here they are trained. Published result files
are drawn by dlib_aggregate --report.

python reproduce/figure01.py --budget=cpu --seeds=3
"""

import sys

import exhibit
import trainings

# The settings of section 3.1, as numbers of the study's models: 300 method + 50 setting + seed.
FIRST_MODEL = {
    "beta_vae": 0 * 300 + 2 * 50,  # beta = 4
    "beta_tc_vae": 4 * 300 + 3 * 50,  # beta = 6
    "annealed_vae": 5 * 300 + 2 * 50,  # C = 25
}
METRICS = ("beta_vae_sklearn", "mig", "dci")
SHOWN = ("beta_vae_score", "mig", "dci_disentanglement")
CLAIM = (
    "With their best settings, three methods have scores of a high variance over 50 seeds (section "
    "1, Figure 1)."
)


def draw(report):
    """Trains, scores, and draws."""
    from dlib.report import names, pictures, table_files
    from dlib.report.figures import canvas

    flags = report.flags
    numbers = [FIRST_MODEL[m] + seed for m in flags.methods for seed in range(flags.seeds)]
    listed = [f"metric/{metric}.gin" for metric in METRICS]
    lines = ['pipeline.postprocess = ["postprocess/mean.gin"]', f"pipeline.evaluation = {listed!r}"]
    folders = report.train(trainings.study_jobs("unsupervised_study_v1", numbers, flags, lines))
    frame = trainings.scores_of(folders)
    frame = frame[frame["metric"].isin(SHOWN) & frame["stage"].isna()]
    table_files.write_csv(frame, report.output / "scores.csv")
    canvas.save(pictures.figure_1(frame, flags.budget), report.output / "scores")
    for (metric, method), part in frame.groupby(["metric", "method"], sort=False):
        label = f"{names.metric_label(metric)}, {names.method_label(method)}"
        report.add_scores(label, part["value"])
        if len(part) > 1:
            report.add_deviation(label, part["value"])


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run(
        "figure01", __doc__, CLAIM, draw, argv, methods=tuple(FIRST_MODEL), seeds=3
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
