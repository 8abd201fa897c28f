"""Figure 14: the correlated triangle; NMI of latents and factors, and scores, of three methods.

The paper: 10 000 updates, 10 seeds. Its third method is CascadeVAE-C.

python reproduce/figure14.py --budget=10000 --gin_bindings='model.batch_size = 64' --seeds=3
"""

import sys

import exhibit
import numpy as np
import trainings

CONFIGS = {
    "cascade_vae_c": "cascade_vae_c_triangle.gin",
    "beta_tc_vae": "beta_tc_vae_triangle.gin",
    "deft": "deft_triangle.gin",
}
METRICS = ("beta_vae_sklearn", "mig", "dci")
SHOWN = ("beta_vae_score", "mig", "dci_disentanglement")
CLAIM = (
    "All three methods disentangle posX and posY, but only DEFT extracts the orientation (a latent "
    "with much information about it and little about posX and posY), and DEFT has the highest "
    "scores in all three metrics (section 5.4)."
)


def draw(report):
    """Trains, scores, and draws."""
    from dlib.data.ground_truth.named_data import get_named_ground_truth_data
    from dlib.report import failure_rate, names, pictures, table_files
    from dlib.report.figures import canvas
    from dlib.visualize import image_grid

    data = get_named_ground_truth_data("triangle_correlated")
    samples = data.sample_observations(25, np.random.RandomState(0))
    report.save(image_grid.samples(samples, 5), "a_data.png")
    runs = trained(report)
    heat_maps = [_nmi_of_best(report, method, runs[method]) for method in runs]
    report.save(image_grid.framed(image_grid.joined(heat_maps, 1, 24)), "b_nmi.png")
    frame = trainings.scores_of([folder for folders in runs.values() for folder in folders])
    frame = frame[frame["metric"].isin(SHOWN) & frame["stage"].isna()]
    table_files.write_csv(frame, report.output / "scores.csv")
    made = pictures.figure_10(frame, report.flags.budget, failure_rate.THRESHOLD)
    canvas.save(made, report.output / "c_scores")
    for (metric, method), part in frame.groupby(["metric", "method"], sort=False):
        label = f"{names.metric_label(metric)}, {names.method_label(method)}"
        report.add_scores(label, part["value"])


def trained(report):
    """The runs on the triangle of the chosen methods, in the figure's order: ``{method: folders}``.

    Figures 14 and 15 share them.
    """
    chosen = [method for method in CONFIGS if method in report.flags.methods]
    return report.train_methods({method: triangle_jobs(report.flags, method) for method in chosen})


def triangle_jobs(flags, method):
    """Jobs of one method on the triangle."""
    listed = [f"metric/{metric}.gin" for metric in METRICS]
    lines = [f"pipeline.evaluation = {listed!r}"]
    return trainings.config_jobs([CONFIGS[method]], flags, lines, f"triangle/{method}")


def _nmi_of_best(report, method, folders):
    """The picture of the run with the highest MIG; tells what all know of the orientation."""
    from dlib.data.ground_truth.triangle import CorrelatedTriangle
    from dlib.report import names
    from dlib.visualize.image_grid import titled
    from dlib.visualize.nmi_matrix import nmi_heat_map

    label = names.method_label(method)
    found = np.array([_about_orientation(nmi_of(folder)) for folder in folders])
    report.add_scores(f"NMI of the orientation's latent with it, {label}", found[:, 0])
    report.add_scores(f"NMI of the orientation's latent with posX or posY, {label}", found[:, 1])
    best, mig = trainings.best_of(folders)
    picture = nmi_heat_map(nmi_of(best), CorrelatedTriangle().factor_names)
    return titled(picture, f"{label} (MIG {mig:.2f})", bold=True)


def _about_orientation(nmi):
    """NMI of the orientation's latent: with the orientation, and the larger one with a position.

    The orientation's latent is the one for which the difference of the two is largest.

    Args:
      nmi: ``[D, 3]``, columns posX, posY, orientation.
    """
    best = int((nmi[:, 2] - nmi[:, :2].max(axis=1)).argmax())
    return nmi[best, 2], nmi[best, :2].max()


def nmi_of(folder):
    """NMI of latents and factors of a run's means, ``[D, K]``, as its MIG was computed from."""
    from dlib.utils import files

    path = folder / "metrics" / "mean" / "mig" / "results" / "json" / "evaluation_results.json"
    return np.array(files.read_json(path)["nmi_matrix"])


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run("figure14", __doc__, CLAIM, draw, argv, methods=tuple(CONFIGS), seeds=3)


if __name__ == "__main__":
    sys.exit(main())
