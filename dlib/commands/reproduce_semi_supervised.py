"""dlib_reproduce_semi_supervised: one model trained with labels, validated on them, and scored.

Seeds are the reference's: of the model and its images from ``--pipeline_seed``, of the labelled
examples ``--supervised_seed`` for training and validation, of the metrics from ``--eval_seed``.
"""

import inspect

import gin
import numpy as np

from dlib.commands import reproduce_steps
from dlib.commands.reproduce_steps import draw, matching
from dlib.utils import command_line, gin_utils, results
from dlib.utils.errors import DlibError

NAME = "dlib_reproduce_semi_supervised"
DESCRIPTION = (
    "Trains a model with some labels, draws it, validates it on these labels, and computes "
    "metrics. The same command again goes on where it stopped."
)
# How labels are drawn, by flag: the parameter of the training that says so.
LABELS = {
    "supervised_seed": "model.supervised_data_seed",
    "num_labelled_samples": "model.num_labelled_samples",
    "train_percentage": "model.train_percentage",
    "labeller_fn": "labeller.labeller_fn",
}


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    random_state = np.random.RandomState(flags.pipeline_seed)
    seeds = [
        f"model.model_seed = {draw(random_state)}",
        f"model.unsupervised_data_seed = {draw(random_state)}",
    ]
    validations = matching("gin_validation_config_glob", flags.gin_validation_config_glob)
    if flags.model_dir is None:
        labels = _labels_of_flags(flags)
        lines = [f"{LABELS[flag]} = {value}" for flag, value in labels.items()]
        steps = reproduce_steps.Steps(flags, [*seeds, *lines])
    else:
        steps = reproduce_steps.Steps(flags)
        labels = _labels_of_model(flags, steps.model_dir)
    steps.train()
    steps.draw_model()
    steps.represent(random_state)
    _validate(steps, validations, labels)
    eval_state = np.random.RandomState(flags.eval_seed)
    for representation in steps.representations:
        for metric, config in steps.metrics.items():
            seed = [f"evaluation.random_seed = {draw(eval_state)}"]
            name = f"{metric}_{labels['supervised_seed']}"
            steps.evaluate(representation, name, config, seed)
    steps.finish()


def _labels_of_flags(flags):
    command_line.required(flags, "num_labelled_samples", "train_percentage", "labeller_fn")
    if flags.supervised_seed is None:
        raise DlibError("--supervised_seed is missing.")
    return {name: getattr(flags, name) for name in LABELS}


def _labels_of_model(flags, model_dir):
    """What the training of a model was told about labels, as text of gin."""
    given = [name for name in LABELS if getattr(flags, name) is not None]
    if given:
        raise DlibError(f"--{given[0]} is the training's, and --model_dir has it: leave it out.")
    path = model_dir / "results" / "gin" / "train.gin"
    if not path.is_file():
        raise DlibError(f"{path} is missing: --model_dir is the folder above a training's model/.")
    recorded = results.gin_dict(path)
    missing = [name for name in LABELS.values() if name not in recorded]
    if missing:
        raise DlibError(f"{path} does not set {missing[0]}: it is no training with labels.")
    return {flag: recorded[name] for flag, name in LABELS.items()}


def _validate(steps, configs, labels):
    from dlib.validation.validate import validate_with_gin

    for representation in steps.representations:
        for name, config in configs.items():
            metric = f"{name.removesuffix('_validation')}_validation"
            title = f"{metric}_{labels['supervised_seed']}_{labels['num_labelled_samples']}"
            lines = [
                *_train_percentage(config, labels["train_percentage"]),
                f"validation.random_seed = {labels['supervised_seed']}",
                f"validation.name = {title!r}",
                f"validation.num_labelled_samples = {labels['num_labelled_samples']}",
                f"labeller.labeller_fn = {labels['labeller_fn']}",
                *steps.budget_of(config),
            ]
            validate_with_gin(
                steps.output / "postprocessed" / representation,
                steps.output / "validation" / representation / title,
                steps.flags.overwrite,
                [config],
                lines,
            )


def _train_percentage(config, value):
    """The line that hands the part of the labels that is trained on to a metric that takes it."""
    with gin_utils.configured([config]):
        function = gin_utils.as_dict(gin_utils.config_text()).get("validation.validation_fn", "@")
        name = function.lstrip("@").removesuffix("()")
        if not name:
            raise DlibError(f"{config} does not set validation.validation_fn.")
        takes = inspect.signature(inspect.unwrap(gin.get_configurable(name))).parameters
    return [f"{name}.train_percentage = {value}"] if "train_percentage" in takes else []


def _flags():
    flags = reproduce_steps.flags_of(NAME, DESCRIPTION)
    flags.add_argument(
        "--gin_validation_config_glob",
        help="pattern of validations' configurations, such as 'validation/*.gin'",
    )
    flags.add_argument("--pipeline_seed", type=int, default=0, help="of model and images (0)")
    flags.add_argument("--eval_seed", type=int, default=0, help="of the metrics (0)")
    flags.add_argument("--supervised_seed", type=int, help="of the labelled examples")
    flags.add_argument("--num_labelled_samples", type=int, help="how many there are")
    flags.add_argument(
        "--train_percentage", type=float, help="part of them that is trained on, in (0, 1]"
    )
    flags.add_argument("--labeller_fn", help="how they are labelled, such as @perfect_labeller")
    return flags
