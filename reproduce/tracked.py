"""Tracked trainings on dSprites, which Figures 2, 3 and 7 share."""

import exhibit
import trainings

# A visit costs some seconds: rather a visit every hundred updates than most of the time in visits.
_VISITS = 20  # of a training with a number of updates for its budget


def train(report, methods):
    """The tracks of some methods, one for each seed; what is missing is trained.

    Args:
      report: a ``Report``.
      methods: names as in ``tracked_<method>_dsprites.gin``.

    Returns:
      a list of ``Track``.
    """
    from dlib.evaluation import tracks

    jobs = [
        job
        for method in methods
        for job in trainings.config_jobs(
            [f"tracked_{method}_dsprites.gin"], report.flags, lines(report.flags.budget),
            f"tracked/{method}",
        )
    ]  # fmt: skip
    return [tracks.read(folder) for folder in report.train(jobs)]


def lines(budget):
    """Lines of gin for the tracker at a budget; its scores are all that is wanted."""
    every = exhibit.budgeted(budget, 40, 100, 1000, lambda updates: max(1, updates // _VISITS))
    points = exhibit.budgeted(budget, 1000, 10000, 10000)
    return [
        "train.callbacks = [@tracker()]",
        f"tracker.every = {every}",
        f"tracker.num_points = {points}",
        "pipeline.postprocess = []",
        "pipeline.evaluation = []",
    ]


def add_course(report, groups, name, title):
    """Tells of each method the scores of its R runs at the end, and when their median was largest.

    Args:
      report: a ``Report``.
      groups: of tracks, as ``run_groups`` makes them.
      name: of a quantity that the tracks hold.
      title: what it is called.
    """
    import numpy as np

    for group in groups:
        values = group.values(name)  # [R, T]
        medians = np.median(values, axis=0)
        peak = int(medians.argmax())
        note = f"largest median {medians[peak]:.3f} at update {group.steps[peak]}"
        report.add_scores(f"{title} at the end, {group.label}", values[:, -1], note=note)
