"""dlib_evaluate: scores of a representation."""

import glob
from pathlib import Path

from dlib.commands import tables
from dlib.utils import command_line
from dlib.utils.config_files import CONFIG_FOLDER
from dlib.utils.errors import DlibError
from dlib.utils.gin_errors import message_of

NAME = "dlib_evaluate"
DESCRIPTION = "Computes one metric of a representation, or all metrics that a pattern matches."


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    command_line.required(flags, "input_dir", "output_dir")
    if flags.gin_evaluation_config_glob:
        _evaluate_all(flags)
    else:
        command_line.required(flags, "gin_config")
        scores = _evaluate(flags, flags.output_dir, flags.gin_config, flags.gin_bindings)
        tables.print_scores({Path(flags.gin_config[-1]).stem: scores})
    print(f"scores: {flags.output_dir}")


def _evaluate_all(flags):
    """One folder for each configuration; a metric that fails stops no other."""
    configs = find_metrics(flags.gin_evaluation_config_glob)
    scores = {}
    for config in configs:
        name = Path(config).stem
        bindings = [f"evaluation.name = {name!r}", *flags.gin_bindings]
        folder = Path(flags.output_dir) / name
        try:
            files = [*flags.gin_config, config]
            scores[name] = _evaluate(flags, folder, files, bindings, record_errors=True)
        except DlibError as error:
            scores[name] = {"error": message_of(error)}
    tables.print_scores(scores)
    failed = [name for name in scores if "error" in scores[name]]
    if failed:
        raise DlibError(f"{len(failed)} of {len(scores)} metrics failed: {', '.join(failed)}.")


def find_metrics(pattern):
    """Configurations that a pattern matches, on disk or below the shipped folder, sorted."""
    found = sorted(glob.glob(pattern)) or sorted(glob.glob(str(CONFIG_FOLDER / pattern)))
    if not found:
        raise DlibError(
            f"--gin_evaluation_config_glob={pattern} matches no file, here or among those of dlib."
        )
    return found


def _evaluate(flags, output_dir, config_files, bindings, record_errors=False):
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    from dlib.evaluation.evaluate import evaluate_with_gin

    return evaluate_with_gin(
        flags.input_dir, output_dir, flags.overwrite, config_files, bindings, record_errors
    )


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument("--input_dir", help="folder of the representation")
    flags.add_argument("--output_dir", help="where to write the scores")
    flags.add_argument(
        "--gin_evaluation_config_glob",
        help="pattern of metrics' configurations; each is written to a folder of its name below "
        "--output_dir",
    )
    flags.add_gin()
    flags.add_overwrite()
    return flags
