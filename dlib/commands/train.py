"""dlib_train: trains a model, then makes representations, scores and pictures of it."""

from pathlib import Path

from dlib.commands import tables
from dlib.utils import command_line, gin_utils
from dlib.utils.errors import DlibError

NAME = "dlib_train"
DESCRIPTION = (
    "Trains a model and goes on through the steps that the configuration lists (pipeline.*). The "
    "same command again goes on where it stopped; what is done is not done again."
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    train_and_go_on(argv, NAME, DESCRIPTION)


def train_and_go_on(argv, name, description):
    """What the training commands do; they differ in their names only.

    Args:
      argv: arguments.
      name, description: of the command.
    """
    flags = _flags(name, description).parse_args(argv)
    config_files = command_line.config_files(flags)
    if not config_files:
        raise DlibError(
            "--gin_config is missing: name an experiment, as in --gin_config=deft_dsprites.gin."
        )
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    from dlib import pipeline
    from dlib.methods.unsupervised.train import train_with_gin

    model_dir = flags.model_dir or default_model_dir(config_files, flags.gin_bindings)
    with gin_utils.configured(config_files, flags.gin_bindings):
        pipeline.check()
        bindings = [*flags.gin_bindings, *_schedule(model_dir, flags.overwrite)]
    train_with_gin(model_dir, flags.overwrite, config_files, bindings)
    with gin_utils.configured(config_files, bindings):
        outcomes = pipeline.pipeline(model_dir, flags.overwrite)
    tables.print_outcomes(outcomes, pipeline.run_directory(model_dir))
    failed = [f"{o.representation}/{o.metric}" for o in outcomes if "error" in o.scores]
    if failed:
        raise DlibError(f"{len(failed)} of {len(outcomes)} metrics failed: {', '.join(failed)}.")


def _schedule(model_dir, overwrite):
    """Lines of gin for what the configuration wants to be found before the training."""
    if gin_utils.query("schedule.source", None) is None:
        return []
    from dlib.annealing import auto

    folder, found = auto.find_schedule(schedule_directory(model_dir), overwrite)
    print((folder / "schedule.md").read_text(encoding="utf-8"))
    return auto.lines(found)


def schedule_directory(model_dir):
    """Where a schedule is found: ``annealing`` beside a folder named ``model``.

    Any other model's folder takes its own name too (``<model_dir>_annealing``): what lies inside it
    belongs to the training, which may start anew.
    """
    model_dir = Path(model_dir)
    if model_dir.name == "model":
        return model_dir.parent / "annealing"
    return model_dir.parent / f"{model_dir.name}_annealing"


def default_model_dir(config_files, bindings):
    """``output/<config name>/<random_seed>/model``; names of several files are joined by "+"."""
    name = "+".join(Path(file).name.removesuffix(".gin") for file in config_files)
    with gin_utils.configured(config_files, bindings):
        # The reference's semi-supervised configurations have three seeds.
        seed = gin_utils.query("model.model_seed", None)
        seed = gin_utils.query("model.random_seed", *() if seed is None else (seed,))
    return Path("output") / name / str(seed) / "model"


def _flags(name, description):
    flags = command_line.Flags(name, description)
    flags.add_argument(
        "--model_dir",
        help="folder of the training; by default output/<config name>/<random_seed>/model. Later "
        "steps are written beside a folder named 'model', else inside it",
    )
    flags.add_argument("--gin_model_dir", help="folder of --gin_file_name")
    flags.add_argument("--gin_file_name", help="a configuration file, after those of --gin_config")
    flags.add_gin()
    flags.add_overwrite()
    return flags
