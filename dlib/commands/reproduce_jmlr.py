"""dlib_reproduce_jmlr: one model, with metrics repeated for several sample sizes.

Seeds of the model, the representations and the metrics of ``--scores_list`` are the reference's.
"""

import numpy as np

from dlib.commands import reproduce_steps
from dlib.commands.reproduce_steps import draw
from dlib.utils import command_line, gin_utils
from dlib.utils.errors import DlibError

NAME = "dlib_reproduce_jmlr"
DESCRIPTION = (
    "Trains a model, draws it, and computes metrics, some of them several times with several "
    "numbers of points. The same command again goes on where it stopped."
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    sizes = _sizes(flags)
    random_state = np.random.RandomState(flags.random_seed)
    # Drawn whether or not there is a training, so that the later seeds are the same.
    steps = reproduce_steps.Steps(flags, [f"model.random_seed = {draw(random_state)}"])
    unknown = sorted(set(flags.scores_list) - set(steps.metrics))
    if unknown:
        raise DlibError(
            f"--scores_list={unknown[0]} is none of the metrics: {', '.join(steps.metrics)}."
        )
    steps.train()
    steps.draw_model()
    steps.represent(random_state)
    for repetition in range(flags.num_eval):
        for representation in steps.representations:
            for metric, config in steps.metrics.items():
                if metric not in flags.scores_list:
                    # The reference gives all repetitions the same seed, that of the file.
                    seed = [f"evaluation.random_seed = {repetition}"] if repetition else []
                    steps.evaluate(representation, f"{metric}_{repetition}", config, seed)
                    continue
                for size in sizes:
                    lines = [
                        _points(config, size),
                        f"evaluation.random_seed = {draw(random_state)}",
                    ]
                    name = f"{metric}_{size}_{repetition}"
                    steps.evaluate(representation, name, config, lines)
    steps.finish()


def _sizes(flags):
    if flags.num_eval < 1:
        raise DlibError(f"--num_eval must be 1 or more, got {flags.num_eval}.")
    if flags.scores_list and not flags.evaluation_num_samples_train:
        raise DlibError(
            "--scores_list needs --evaluation_num_samples_train: how many points, once for each "
            "number to try."
        )
    for size in flags.evaluation_num_samples_train:
        if not size.isdigit() or int(size) < 1:
            raise DlibError(f"--evaluation_num_samples_train: {size!r} is not a number of points.")
    return [int(size) for size in flags.evaluation_num_samples_train]


def _points(config, size):
    """The line that gives a metric so many training points."""
    with gin_utils.configured([config]):
        names = [
            name
            for name in gin_utils.as_dict(gin_utils.config_text())
            if name.split(".")[-1] == "num_train"
        ]
        if len(names) != 1:
            raise DlibError(
                f"{config} sets {len(names)} parameters called num_train, so --scores_list cannot "
                f"vary its points: leave it out there."
            )
        is_list = isinstance(gin_utils.query(names[0]), list | tuple)
    return f"{names[0]} = {[size] if is_list else size}"


def _flags():
    flags = reproduce_steps.flags_of(NAME, DESCRIPTION)
    flags.add_argument("--num_eval", type=int, default=1, help="repetitions of each metric (1)")
    flags.add_argument(
        "--scores_list", action="append", default=[], metavar="NAME",
        help="a metric, by its file's name, to be computed with several numbers of points; may be "
        "repeated",
    )  # fmt: skip
    flags.add_argument(
        "--evaluation_num_samples_train", action="append", default=[], metavar="N",
        help="a number of points for these metrics; may be repeated",
    )  # fmt: skip
    flags.add_argument("--random_seed", type=int, default=0, help="of the whole run (0)")
    return flags
