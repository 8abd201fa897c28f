"""Trainings of the scripts: which, what they came to, and their pictures."""

from pathlib import Path

import numpy as np

from dlib.utils import files
from dlib.utils.errors import DlibError

_POINTS = 10000  # that what is told of a trained model is estimated from
_NOTHING_MORE = ("pipeline.visualize = False",)  # the scripts draw what their exhibit shows


def train(jobs, flags):
    """Trains and scores what is missing of some jobs; returns the folders of all, in order.

    Raises:
      DlibError: if one failed, when the others are done.
    """
    from dlib.execution.jobs import DONE, Resources
    from dlib.execution.local import LocalExecutor
    from dlib.execution.progress import make_view
    from dlib.execution.run_job import run_job

    if flags.workers == 0 or len(jobs) == 1:  # in this process
        results = [run_job(job, flags.runs, flags.threads) for job in jobs]
    else:
        with make_view(jobs) as view:
            executor = LocalExecutor(flags.workers)
            results = executor.run(jobs, flags.runs, Resources(flags.threads), 1, view.update)
    failed = [result for result in results if result.status != DONE]
    if failed:
        raise DlibError(
            f"{len(failed)} of {len(jobs)} runs failed; {failed[0].job.name}: {failed[0].error}"
        )
    return [job.path(flags.runs) for job in jobs]


def study_jobs(study, numbers, flags, gin_bindings=()):
    """Jobs of models of a study."""
    from dlib.execution.study_jobs import study_job

    lines = [*_NOTHING_MORE, *gin_bindings, *flags.gin_bindings]
    return [study_job(study, n, flags.budget, gin_bindings=lines) for n in numbers]


def config_jobs(configs, flags, gin_bindings, label):
    """Jobs of one experiment: one for each seed.

    Args:
      configs: names of shipped configuration files.
      flags: the script's.
      gin_bindings: further lines of gin.
      label: folder of the runs.
    """
    from dlib.execution.jobs import Job

    seeds = range(getattr(flags, "seeds", 1))
    common = [*_NOTHING_MORE, *gin_bindings, *flags.gin_bindings]
    return [
        Job(
            name=f"{label}/{seed}",
            gin_config_files=configs,
            gin_bindings=[*common, f"model.random_seed = {seed}"],
            folder=f"{label}/{seed}",
            budget=flags.budget,
        )
        for seed in seeds
    ]


def scores_of(folders):
    """The tidy table of all scores of some runs, see ``dlib.report.cells``."""
    from dlib.report import cells
    from dlib.utils import aggregate_results

    patterns = [f"{f}/metrics/*/*/results/aggregate/evaluation.json" for f in folders]
    rows, unreadable = aggregate_results.read_results(aggregate_results.find_result_files(patterns))
    if unreadable:
        raise DlibError(f"{len(unreadable)} result files cannot be read: {unreadable[0]}")
    return cells.tidy(rows)


def seconds_of(folder):
    """What a run's training took, in all its sittings."""
    path = Path(folder) / "model" / "results" / "json" / "train_results.json"
    return float(files.read_json(path)["elapsed_time"])


def reconstruction_of(folder):
    """A run's reconstruction error at its end, in nats per image."""
    path = Path(folder) / "model" / "results" / "json" / "train_results.json"
    return float(files.read_json(path)["reconstruction_loss"])


def points_of(model_dir):
    """A trained model's encoded points, those that its traversals tell KL and NMI from."""
    from dlib.visualize import visualize_model

    with visualize_model.opened(model_dir) as (model, data):
        return _drawn(model, data)


def active_latents(points):
    """Columns of the latents that carry 0.1 nats or more; none may do."""
    return [latent.index for latent in points.latents if not latent.is_dead]


def _drawn(model, data):
    """Points always of the same draw, so that all that is told of a model agrees."""
    from dlib.visualize import model_points

    return model_points.sample_points(model, data, _POINTS, np.random.RandomState(0))


def best_of(folders):
    """The run with the highest MIG and this MIG."""
    from dlib.visualize.best_run import mig_of

    migs = {folder: mig_of(Path(folder) / "model") for folder in folders}
    known = {folder: mig for folder, mig in migs.items() if mig is not None}
    if not known:
        raise DlibError(f"{folders[0]} and {len(folders) - 1} more have no MIG to choose by.")
    best = max(known, key=known.get)
    return best, known[best]


def traversals(model_dir, title, gin_bindings=()):
    """The traversals of a trained model under a title with its MIG, where it has one."""
    from dlib.visualize import best_run, visualize_model

    mig = best_run.mig_of(model_dir)
    title = title if mig is None else f"{title} (MIG {mig:.2f})"
    with visualize_model.opened(model_dir, gin_bindings) as (model, data):
        return visualize_model.traversal_picture(model, _drawn(model, data), title)
