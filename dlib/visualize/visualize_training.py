"""Pictures of tracked trainings: curves, heat maps, and the numbers behind them."""

import csv
import io
import re
from pathlib import Path

from dlib.evaluation import tracks as tracked
from dlib.utils import files, run_folder
from dlib.utils.errors import DlibError
from dlib.visualize import freezing_points, heat_maps, run_groups, training_curves
from dlib.visualize.training_curves import Panel

# What a metric is drawn by where it has several scores, with its title; in the paper's order.
_SCORES = {
    "beta_vae_sklearn.eval_accuracy": "β-VAE metric",
    "factor_vae_score.eval_accuracy": "FactorVAE metric",
    "mig": "MIG",
    "dci.disentanglement": "DCI disentanglement",
    "sap_score.SAP_score": "SAP",
    "modularity_explicitness.modularity_score": "modularity",
}


def visualize_training(patterns, output_dir, overwrite=False, by=None, scores=None):
    """Draws tracked trainings; every picture as PNG and PDF, its numbers as CSV.

    ``scores``: the tracked metrics over the updates (Figure 2). ``information``: MI with the
    capacity C, TC, DWKL, NMI1 and NMI2 (Figure 7). ``nmi_<method>``: NMI(c, 1) and NMI(c, 2) of
    each factor at each visit (Figure 3). With ``by``: ``nmi_by_<setting>``, the same at the end of
    the trainings, one row for each value (Figure 6), and for each of what else differs.

    Args:
      patterns: folders of trainings or runs, or patterns of them.
      output_dir: where the pictures go.
      overwrite: whether to draw again what another call has drawn there.
      by: name of a setting, such as "deft.gamma", whose values become rows of one heat map.
      scores: names of scores to draw, as ``Track.values`` takes them; by default MIG and one of
        each further metric.

    Returns:
      a list of the paths of the PNG files.

    Raises:
      DlibError: if nothing was tracked, a score is not there, ``by`` is given and no data set has
        factors, or ``output_dir`` is not ours.
    """
    found = tracked.find(patterns)
    labelled = [track for track in found if track.factor_names]
    if by and not labelled:
        raise DlibError(f"--by={by} draws NMI with factors, and no run's data set has factors.")
    groups = run_groups.by_method(found)
    panels = score_panels(found, scores)
    with run_folder.claimed(output_dir, overwrite, kind="visualize_training") as folder:
        if panels:
            draw_curves(groups, panels, folder / "scores")
        draw_curves(groups, _information_panels(found), folder / "information")
        for group in run_groups.by_method(labelled):
            draw_training(group, folder / f"nmi_{_file_name(group.label)}")
        if by:
            draw_settings(labelled, by, folder / f"nmi_by_{_file_name(by)}")
        return sorted(folder.glob("*.png"))


def score_panels(tracks, names=None):
    """Panels of the named scores, by default of those that every track has.

    Raises:
      DlibError: for a name that some track does not have; it lists what there is.
    """
    there = [set(("mig", *t.metric_names) if t.factor_names else t.metric_names) for t in tracks]
    common = sorted(set.intersection(*there))
    missing = [name for name in names or () if name not in common]
    if missing:
        raise DlibError(f"--scores={missing[0]} was not tracked in all runs; there is {common}.")
    if names is None:
        known = [name for name in _SCORES if name in common]
        metrics = {name.split(".")[0] for name in known}
        names = known + [name for name in common if _is_first(name, common, metrics)]
    return [Panel(_SCORES.get(name, name), name, (None, 1)) for name in names]


def _is_first(name, common, metrics):
    """Whether ``name`` is the first score of a metric that none stands for yet."""
    metric = name.split(".")[0]
    return metric not in metrics and name == next(n for n in common if n.split(".")[0] == metric)


def _information_panels(tracks):
    with_factors = all(track.factor_names for track in tracks)
    return [p for p in training_curves.INFORMATION if with_factors or "nmi" not in p.name]


def draw_curves(groups, panels, path):
    """One figure of curves: ``<path>.png``, ``.pdf`` and ``.csv``."""
    freezing_points.save(training_curves.figure(groups, panels), path)
    write_table(*training_curves.rows_of(groups, panels), path)


def draw_training(group, path):
    """The heat maps of one method's training."""
    names, first, second = heat_maps.of_training(group)
    _draw_maps(names, first, second, group.tracks[0].factor_names, "update", group.label, path)


def draw_settings(tracks, setting, path):
    """The heat maps at the end of trainings that differ in one setting."""
    groups = run_groups.by_setting(tracks, setting)
    if len({track.factor_names for track in tracks}) > 1:
        raise DlibError(f"--by={setting}: the runs are of data sets with different factors.")
    names, first, second = heat_maps.of_settings(groups)
    row_title = setting.split(".")[-1]
    _draw_maps(names, first, second, tracks[0].factor_names, row_title, "", path)


def _draw_maps(row_names, first, second, factor_names, row_title, title, path):
    made = heat_maps.figure(row_names, first, second, factor_names, row_title, title)
    freezing_points.save(made, path)
    write_table(*heat_maps.rows_of(row_title, row_names, first, second, factor_names), path)


def write_table(header, rows, path):
    """Writes rows as ``<path>.csv``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([header, *rows])
    files.write_text(Path(f"{path}.csv"), text.getvalue())


def _file_name(label):
    """A label without what file systems mind."""
    label = label.replace("β-", "beta_").lower()
    return re.sub(r"[^\w.+-]+", "_", label, flags=re.ASCII).strip("_")
