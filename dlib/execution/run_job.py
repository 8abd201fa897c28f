"""One job from its start, or from wherever it was, to its end, in this process."""

import time

from dlib.config.budget import bindings_for_budget
from dlib.data.ground_truth import named_data
from dlib.execution import state
from dlib.execution.jobs import DONE, FAILED, JobResult
from dlib.execution.stores import local_folder
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError


def run_job(job, place, threads=None, overwrite=False):
    """Trains a job's model and goes on through its pipeline.

    What is done is not done again. An error is written down in the job's folder.

    Args:
      job: a ``Job``.
      place: the local folder that ``job.folder`` is relative to.
      threads: CPU threads; None leaves PyTorch's choice. They stand in the results
        (``*_environment.torch_threads``).
      overwrite: whether to start anew.

    Returns:
      a ``JobResult``, "done" or "failed".

    Raises:
      DlibError: if the place is no folder.
      KeyboardInterrupt: when interrupted; the same job goes on from there.
    """
    start = time.perf_counter()
    folder = job.path(local_folder(place))
    try:
        with state.claimed(folder):
            if state.is_done(folder, job) and not overwrite:
                return JobResult(job, DONE, "", time.perf_counter() - start)
            state.check_budget(folder, job, overwrite)
            state.record_start(folder, job)
            try:
                configuration = state.configuration_of(job)
                bindings = bindings_of(job)
                state.record_start(folder, job, _updates(job, bindings))
                _run(job, bindings, folder, threads, overwrite)
            except Exception as error:
                line = state.record_error(folder, error)
                return JobResult(job, FAILED, line, time.perf_counter() - start)
            state.record_done(folder, job, configuration)
    except (DlibError, OSError) as error:  # the folder itself cannot be had
        return JobResult(job, FAILED, state.one_line(error), time.perf_counter() - start)
    return JobResult(job, DONE, "", time.perf_counter() - start)


def bindings_of(job):
    """All lines of gin of a job, those of its budget last."""
    budget = bindings_for_budget(job.gin_config_files, job.gin_bindings, job.budget)
    return [*job.gin_bindings, *budget]


def prepare_data(jobs):
    """Has the data sets of jobs in this machine's cache, so that no two jobs build one.

    Args:
      jobs: ``Job``s; each of their data sets is opened once.

    Raises:
      DlibError: if a data set's files are missing or damaged.
    """
    for job in {data_key(job): job for job in jobs}.values():
        with gin_utils.configured(job.gin_config_files, job.gin_bindings):
            named_data.get_named_ground_truth_data()


def data_key(job):
    """What tells a job's data set and its options apart from others'."""
    with gin_utils.configured(job.gin_config_files, job.gin_bindings):
        name = gin_utils.query("dataset.name", None)
        parameters = gin_utils.as_dict(gin_utils.config_text())
    options = {key: value for key, value in parameters.items() if key.split(".")[0] == name}
    return name, tuple(sorted(options.items()))


def _updates(job, bindings):
    """Of the training, if the configuration tells."""
    with gin_utils.configured(job.gin_config_files, bindings):
        updates = gin_utils.query("budget.updates", None)
        return gin_utils.query("model.training_steps", None) if updates is None else updates


def _run(job, bindings, folder, threads, overwrite):
    # PyTorch is imported only where something is computed.
    import torch

    from dlib import pipeline
    from dlib.annealing import auto
    from dlib.methods.unsupervised.train import train_with_gin

    files = job.gin_config_files
    if threads is not None:
        torch.set_num_threads(threads)
    model_dir = folder / "model"
    with gin_utils.configured(files, bindings):
        pipeline.check()
        if gin_utils.query("schedule.source", None) is not None:
            _, found = auto.find_schedule(folder / "annealing", overwrite)
            bindings = [*bindings, *auto.lines(found)]
    train_with_gin(model_dir, overwrite, files, bindings)
    with gin_utils.configured(files, bindings):
        outcomes = pipeline.pipeline(model_dir, overwrite)
    failed = {f"{o.representation}/{o.metric}": o.scores["error"] for o in outcomes
              if "error" in o.scores}  # fmt: skip
    if failed:
        name, error = next(iter(failed.items()))
        raise DlibError(f"{len(failed)} of {len(outcomes)} metrics failed; {name}: {error}")
