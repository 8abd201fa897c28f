"""dlib_udr: ranks models without labels."""

from pathlib import Path

from dlib.commands import tables
from dlib.commands.evaluate import find_metrics
from dlib.utils import command_line
from dlib.utils.errors import DlibError

NAME = "dlib_udr"
DESCRIPTION = "Ranks trained models of one data set without labels (UDR)."


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    command_line.required(flags, "model_dirs", "output_dir")
    model_dirs = [part for text in flags.model_dirs for part in text.split(",") if part]
    if flags.gin_evaluation_config_glob:
        for config in find_metrics(flags.gin_evaluation_config_glob):
            name = Path(config).stem
            bindings = [f"evaluation.name = {name!r}", *flags.gin_bindings]
            folder = Path(flags.output_dir) / name
            _rank(flags, model_dirs, folder, [*flags.gin_config, config], bindings)
    else:
        command_line.required(flags, "gin_config")
        _rank(flags, model_dirs, flags.output_dir, flags.gin_config, flags.gin_bindings)
    print(f"scores: {flags.output_dir}")


def _rank(flags, model_dirs, output_dir, config_files, bindings):
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    from dlib.evaluation.udr.evaluate import evaluate_with_gin

    result = evaluate_with_gin(model_dirs, output_dir, flags.overwrite, config_files, bindings)
    if "model_scores" not in result:
        raise DlibError(
            f"{output_dir} holds no model_scores: use an evaluation_fn that ranks models."
        )
    ranked = sorted(zip(result["model_scores"], model_dirs, strict=True), reverse=True)
    tables.print_scores({directory: {"UDR": score} for score, directory in ranked})


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument(
        "--model_dirs", action="append", default=[], metavar="DIR,DIR,...",
        help="folders of trainings on one data set, separated by commas; may be repeated",
    )  # fmt: skip
    flags.add_argument("--output_dir", help="where to write the scores")
    flags.add_argument(
        "--gin_evaluation_config_glob",
        help="pattern of configurations; each is written to a folder of its name below "
        "--output_dir",
    )
    flags.add_gin()
    flags.add_overwrite()
    return flags
