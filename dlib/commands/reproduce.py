"""dlib_reproduce: trains and scores models of a study."""

from dlib.commands import reproduce_list
from dlib.config.budget import bindings_for_budget, check_name
from dlib.config.reproduce import find_study, model_numbers
from dlib.execution import state, study_jobs
from dlib.execution.jobs import DONE, Resources
from dlib.utils import command_line
from dlib.utils.errors import DlibError

NAME = "dlib_reproduce"
DESCRIPTION = (
    "Trains models of a study, then makes representations, scores and pictures of them. The same "
    "command again goes on where it stopped; what is done is not done again."
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    study = find_study(flags.study)
    flags.budget = check_name(flags.budget)
    numbers = _numbers(flags, study)
    if flags.only_print:
        _print(flags, study, numbers)
    elif flags.list:
        reproduce_list.print_states(_jobs(flags, numbers), _place(flags), flags.budget)
    elif flags.model_dir is not None:
        _follow(flags, study)
    elif flags.model_nums is None and flags.executor == "local":
        _run_one(flags, numbers[0])
    else:
        _run_many(flags, numbers)


def _numbers(flags, study):
    if flags.model_nums is not None:
        if flags.model_num is not None:
            raise DlibError("give either --model_num or --model_nums.")
        if flags.model_dir is not None:
            raise DlibError("--model_dir is one model's: give --model_num with it.")
        return model_numbers(flags.model_nums, study)
    if flags.list and flags.model_num is None and hasattr(study, "__len__"):
        return range(len(study))
    number = flags.model_num or 0
    study.check_model_num(number)
    return [number]


def _print(flags, study, numbers):
    for number in numbers:
        if flags.model_dir is None:
            study.print_model_config(number)
        else:
            print(f"Model (trained already): {flags.model_dir}")
        files, lines = study.training(number)
        lines = [*lines, *flags.gin_bindings]
        _print_lines("--gin_bindings", flags.gin_bindings)
        budget = bindings_for_budget(files, lines, flags.budget)
        _print_lines(f"--budget={flags.budget}", budget)
    study.print_postprocess_config()
    study.print_eval_config()


def _print_lines(flag, lines):
    """The lines of gin that a flag adds to a model's, in the order in which they win."""
    if lines:
        print(f"\nBindings of {flag}:", *(f"  {line}" for line in lines), sep="\n")


def _place(flags):
    return study_jobs.place_and_folder(flags.output_directory)[0]


def _jobs(flags, numbers):
    folder = study_jobs.place_and_folder(flags.output_directory)[1]
    if len(numbers) > 1 and "{model_num}" not in folder:
        raise DlibError(
            "--output_directory must hold {model_num} when there are several models, as in "
            "--output_directory='runs/{study}/{model_num}'."
        )
    return [
        study_jobs.study_job(flags.study, number, flags.budget, folder, flags.gin_bindings)
        for number in numbers
    ]


def _follow(flags, study):
    """Representations, scores and pictures of a model that is trained already.

    The budget is that of these steps: they have as many points as after a training of it.
    """
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    import torch

    from dlib import pipeline
    from dlib.commands import tables
    from dlib.utils import gin_utils

    if flags.threads is not None:
        torch.set_num_threads(flags.threads)
    pattern = "output" if flags.output_directory is None else flags.output_directory
    output = study_jobs.fill(pattern, flags.study, flags.model_num or 0)
    files, lines = study.training(flags.model_num or 0)
    lines = [*lines, *flags.gin_bindings]
    lines += bindings_for_budget(files, lines, flags.budget)
    with gin_utils.configured(files, lines):
        pipeline.check()
        outcomes = pipeline.pipeline(flags.model_dir, flags.overwrite, output_dir=output)
    tables.print_outcomes(outcomes, output)
    failed = [f"{o.representation}/{o.metric}" for o in outcomes if "error" in o.scores]
    if failed:
        raise DlibError(f"{len(failed)} of {len(outcomes)} metrics failed: {', '.join(failed)}.")


def _run_one(flags, number):
    from dlib.execution.run_job import run_job

    (job,) = _jobs(flags, [number])
    result = run_job(job, _place(flags), flags.threads, flags.overwrite)
    if result.status != DONE:
        raise DlibError(f"{job.name}: {result.error}{_where(job, _place(flags))}")
    print(f"{job.name}: done, {job.path(_place(flags))}")


def _run_many(flags, numbers):
    from dlib.execution.executors import make_executor
    from dlib.execution.progress import make_view
    from dlib.execution.progress_page import PageView
    from dlib.execution.stores import open_store

    jobs = _jobs(flags, numbers)
    options = {"workers": flags.workers} if flags.executor == "local" else {}
    executor = make_executor(
        flags.executor, flags.executor_config, overwrite=flags.overwrite or None, **options
    )
    resources = Resources(flags.threads or 1, flags.memory_gb, flags.gpu_fraction)
    store = open_store(_place(flags), getattr(executor, "storage_options", None))
    with PageView(make_view(jobs), store, flags.study) as view:
        results = executor.run(jobs, _place(flags), resources, flags.retries, view.update)
    failed = [result for result in results if result.status != DONE]
    print(f"{len(results) - len(failed)} of {len(results)} done in {_place(flags)}")
    if failed:
        first = f"{failed[0].job.name}: {failed[0].error}{_where(failed[0].job, _place(flags))}"
        raise DlibError(f"{len(failed)} of {len(results)} models failed; {first}")


def _where(job, place):
    """Where the whole story of an error stands, if it has one."""
    path = job.path(place) / state.ERROR
    return f" ({path})" if path.is_file() else ""


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument(
        "--study", default="unsupervised_study_v1", help="which study (unsupervised_study_v1)"
    )
    flags.add_argument("--model_num", type=int, help="which of its models (0)")
    flags.add_argument(
        "--model_nums",
        help="many of them, as in 0-49,250-299; they run side by side",
    )
    flags.add_argument(
        "--budget", default="paper",
        help="smoke, cpu, paper, or a number of updates for each training; with --model_dir, that "
        "of the steps after it (paper)",
    )  # fmt: skip
    flags.add_argument(
        "--output_directory",
        help="where to write; {study} and {model_num} are replaced (output/{study}/{model_num}; "
        "output, if --model_dir is given)",
    )
    flags.add_argument("--model_dir", help="folder of a trained model; training is skipped")
    flags.add_bool("only_print", "only print the configuration")
    flags.add_bool("list", "only list which models are done, running, failed, missing")
    flags.add_argument(
        "--gin_bindings", action="append", default=[], metavar="'NAME = VALUE'",
        help="a line of configuration that wins over the study's; may be repeated",
    )  # fmt: skip
    _add_resources(flags)
    flags.add_overwrite()
    return flags


def _add_resources(flags):
    flags.add_argument(
        "--executor", choices=("local", "ray", "slurm"), default="local",
        help="where the models run: processes of this machine, a Ray or a Slurm cluster (local)",
    )  # fmt: skip
    flags.add_argument(
        "--executor_config",
        help="configuration file of your site (execution/local.gin, ray.gin or slurm.gin)",
    )
    flags.add_argument(
        "--gpu_fraction", type=float, default=0.0,
        help="part of a GPU that each model takes, such as 0.25 (0)",
    )  # fmt: skip
    flags.add_argument(
        "--threads", type=_count,
        help="CPU threads of each model; with --model_nums 1, else PyTorch's choice",
    )  # fmt: skip
    flags.add_argument(
        "--workers", type=_count,
        help="models side by side; by default as many as cores and memory allow",
    )  # fmt: skip
    flags.add_argument(
        "--memory_gb", type=float, default=2.0, help="memory that each model needs, GiB (2)"
    )
    flags.add_argument(
        "--retries", type=int, default=1,
        help="how often a model whose process died is started again (1)",
    )  # fmt: skip


def _count(text):
    if not text.isdigit() or int(text) < 1:
        raise command_line.argparse.ArgumentTypeError(f"expected a number, 1 or more, got '{text}'")
    return int(text)
