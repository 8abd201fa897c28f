"""dlib_evaluate: scores of representations."""

import contextlib
import dataclasses
import glob
import sys
from pathlib import Path

from dlib.commands import tables
from dlib.utils import command_line
from dlib.utils.config_files import CONFIG_FOLDER
from dlib.utils.errors import DlibError
from dlib.utils.gin_errors import message_of

NAME = "dlib_evaluate"
DESCRIPTION = (
    "Computes one metric, or all metrics that a pattern matches, of one representation or of many."
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    command_line.required(flags, "input_dir")
    if not flags.gin_evaluation_config_glob:
        command_line.required(flags, "gin_config")
    representations = find_representations(flags.input_dir, flags.output_dir)
    tasks = [task for place in representations for task in _tasks(flags, *place)]
    if len(tasks) == 1 and not flags.gin_evaluation_config_glob:
        scores = {tasks[0].metric: _evaluate(tasks[0], flags.overwrite)}
    else:
        scores = _evaluate_all(tasks, flags.overwrite, len(representations) > 1)
    tables.print_scores(scores)
    failed = [name for name in scores if "error" in scores[name]]
    if failed:
        raise DlibError(f"{len(failed)} of {len(scores)} metrics failed: {', '.join(failed)}.")
    for folder in dict.fromkeys(str(written) for _, written in representations):
        print(f"scores: {folder}")


@dataclasses.dataclass(frozen=True)
class Task:
    """One metric of one representation.

    Attributes:
      metric: its name.
      representation: folder that is read.
      folder: where the scores are written.
      files, bindings: of gin.
      record_errors: whether an error of the metric becomes a result.
    """

    metric: str
    representation: Path
    folder: Path
    files: list
    bindings: list
    record_errors: bool


def find_representations(patterns, output_dir=None):
    """Representations, and where the scores of each are written.

    Args:
      patterns: folders, or patterns of folders.
      output_dir: where to write the scores of a single one. Without it, those of
        ``<run>/postprocessed/<name>`` are written to ``<run>/metrics/<name>``, as a training's
        pipeline does.

    Returns:
      ``[(folder, where its scores go)]``, each once, in the order of the patterns.

    Raises:
      DlibError: if a pattern matches no folder, or if it is not known where to write.
    """
    found = []
    for pattern in patterns:
        matched = sorted(glob.glob(str(pattern))) if glob.has_magic(str(pattern)) else [pattern]
        if not matched:
            raise DlibError(f"--input_dir={pattern} matches no folder.")
        found += map(Path, matched)
    found = list(dict.fromkeys(found))
    if output_dir is not None:
        if len(found) > 1:
            raise DlibError(
                f"--output_dir takes the scores of one representation, but {len(found)} are given: "
                f"leave it out, and the scores of each go to <run>/metrics/<name>."
            )
        return [(found[0], Path(output_dir))]
    return [(folder, _beside(folder)) for folder in found]


def _beside(folder):
    """``<run>/metrics/<name>`` for ``<run>/postprocessed/<name>``."""
    if folder.absolute().parent.name != "postprocessed":
        raise DlibError(
            f"--output_dir is missing: {folder} is no <run>/postprocessed/<name>, whose scores "
            f"would go to <run>/metrics/<name>."
        )
    return folder.parent.parent / "metrics" / folder.name


def _tasks(flags, representation, written):
    """The metrics of a representation; several have a folder each."""
    if not flags.gin_evaluation_config_glob:
        name = Path(flags.gin_config[-1]).stem
        folder = written if flags.output_dir is not None else written / name
        yield Task(name, representation, folder, flags.gin_config, flags.gin_bindings, False)
        return
    for config in find_metrics(flags.gin_evaluation_config_glob):
        name = Path(config).stem
        lines = [f"evaluation.name = {name!r}", *flags.gin_bindings]
        files = [*flags.gin_config, config]
        yield Task(name, representation, written / name, files, lines, True)


def find_metrics(pattern):
    """Configurations that a pattern matches, on disk or below the shipped folder, sorted."""
    found = sorted(glob.glob(pattern)) or sorted(glob.glob(str(CONFIG_FOLDER / pattern)))
    if not found:
        raise DlibError(
            f"--gin_evaluation_config_glob={pattern} matches no file, here or among those of dlib."
        )
    return found


def _evaluate_all(tasks, overwrite, tell_representation):
    """Scores by metric; one that fails stops no other."""
    scores = {}
    with _bar(len(tasks)) as tell:
        for task in tasks:
            name = f"{task.representation}: {task.metric}" if tell_representation else task.metric
            tell(name)
            try:
                scores[name] = _evaluate(task, overwrite)
            except DlibError as error:
                scores[name] = {"error": message_of(error)}
    return scores


@contextlib.contextmanager
def _bar(total):
    """A function that says what is at work now; a bar in a terminal, lines elsewhere."""
    if not sys.stderr.isatty():
        counter = iter(range(1, total + 1))
        yield lambda name: print(f"{next(counter)} of {total}: {name}", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(),
               TextColumn("{task.description}", markup=False))  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("", total=total)
        started = []

        def tell(name):
            bars.update(bar, description=name, completed=len(started))
            started.append(name)

        yield tell


def _evaluate(task, overwrite):
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    from dlib.evaluation.evaluate import evaluate_with_gin

    return evaluate_with_gin(
        task.representation, task.folder, overwrite, task.files, task.bindings, task.record_errors
    )


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument(
        "--input_dir", action="append", default=[], metavar="FOLDER",
        help="folder of a representation, or a pattern of such folders as in "
        "'output/*/*/postprocessed/mean'; may be repeated",
    )  # fmt: skip
    flags.add_argument(
        "--output_dir",
        help="where to write the scores of one representation; without it, those of "
        "<run>/postprocessed/<name> go to <run>/metrics/<name>/<metric>, where dlib_aggregate "
        "finds them",
    )
    flags.add_argument(
        "--gin_evaluation_config_glob",
        help="pattern of metrics' configurations; each is written to a folder of its name below "
        "--output_dir",
    )
    flags.add_gin()
    flags.add_overwrite()
    return flags
