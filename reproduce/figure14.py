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
    from dlib.visualize import image_grid

    data = get_named_ground_truth_data("triangle_correlated")
    samples = data.sample_observations(25, np.random.RandomState(0))
    report.save(image_grid.samples(samples, 5), "a_data.png")
    runs = trained(report)
    heat_maps = [_nmi_of_best(report, method, folders) for method, folders in runs.items()]
    report.save(image_grid.framed(image_grid.joined(heat_maps, 1, 24)), "b_nmi.png")
    _draw_scores(report, runs)


def _draw_scores(report, runs):
    """Scores of the runs, ``{method: folders}``, in the order of the methods."""
    from dlib.report import names, table_files
    from dlib.report.figures import canvas, distributions

    frame = trainings.scores_of([folder for folders in runs.values() for folder in folders])
    frame = frame[frame["metric"].isin(SHOWN) & frame["stage"].isna()]
    table_files.write_csv(frame, report.output / "scores.csv")
    colors = canvas.colors(list(runs))
    groups = {method: (names.method_label(method), colors[method]) for method in runs}
    panels = {}
    for metric in names.metrics_in_order(frame["metric"]):
        of_metric = frame[frame["metric"] == metric]
        scores = {m: of_metric.loc[of_metric["method"] == m, "value"].to_numpy() for m in runs}
        panels[metric] = names.metric_label(metric), True, scores
        for method, values in scores.items():
            report.add_scores(f"{names.metric_label(metric)}, {groups[method][0]}", values)
    told = f"Budget: {report.flags.budget}. Runs of each: {report.flags.seeds}. Line: median."
    canvas.save(distributions.wrapped(panels, groups, (told,)), report.output / "c_scores")


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
    from dlib.report import names
    from dlib.visualize.image_grid import titled
    from dlib.visualize.nmi_matrix import nmi_heat_map

    label = names.method_label(method)
    points = {folder: trainings.points_of(folder / "model") for folder in folders}
    _add_orientation(report, label, [about_orientation(drawn) for drawn in points.values()])
    best, mig = trainings.best_of(folders)
    shown = points[best]
    picture = nmi_heat_map(shown.nmi, shown.factor_names, shown.latents)
    return titled(picture, f"{label} (MIG {mig:.2f})", bold=True)


def about_orientation(points):
    """NMI of the orientation's latent: with the orientation, and the larger one with a position.

    The orientation's latent is, of those that carry 0.1 nats or more, the one for which the
    difference of the two is largest. One that carries less is not looked at: it may share a little
    with the orientation by chance, and nothing with a position.

    Args:
      points: ``model_points.Points`` of a model.

    Returns:
      the two numbers, in [0, 1]; None if no latent carries 0.1 nats.
    """
    active = trainings.active_latents(points)
    if not active:
        return None
    of_factor = dict(zip(points.factor_names, points.nmi[active].T, strict=True))
    position = np.maximum(of_factor["posX"], of_factor["posY"])
    best = int((of_factor["orientation"] - position).argmax())
    return of_factor["orientation"][best], position[best]


def _add_orientation(report, label, found):
    """Reports ``about_orientation`` of a method's runs."""
    known = [pair for pair in found if pair]
    missing = len(found) - len(known)
    note = f"{missing} more without a latent that carries 0.1 nats" if missing else ""
    for place, what in enumerate(("it", "posX or posY")):
        quantity = f"NMI of the orientation's latent with {what}, {label}"
        if known:
            report.add_scores(quantity, [pair[place] for pair in known], note=note)
        else:
            report.add(quantity, "no latent carries 0.1 nats", runs=len(found))


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run("figure14", __doc__, CLAIM, draw, argv, methods=tuple(CONFIGS), seeds=3)


if __name__ == "__main__":
    sys.exit(main())
