"""dlib_reproduce_weakly_supervised: one model trained on pairs, with its scores.

Seeds are the reference's for a model that it trains. It leaves metrics with "unsupervised" in
their name out; here they come last, so that they change no other's seed.
"""

import numpy as np

from dlib.commands import reproduce_steps
from dlib.commands.reproduce_steps import draw
from dlib.utils import command_line

NAME = "dlib_reproduce_weakly_supervised"
DESCRIPTION = (
    "Trains a model on pairs of observations, draws it, and computes metrics. The same command "
    "again goes on where it stopped."
)
# Taken for the sake of the reference's scripts; a training on pairs has no use for them.
_UNUSED = (
    "gin_validation_config_glob",
    "eval_seed",
    "supervised_seed",
    "num_labelled_samples",
    "train_percentage",
    "labeller_fn",
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    random_state = np.random.RandomState(flags.pipeline_seed)
    # Drawn whether or not there is a training, so that the later seeds are the same.
    steps = reproduce_steps.Steps(flags, [f"model.random_seed = {draw(random_state)}"])
    steps.train()
    steps.draw_model()
    steps.represent(random_state)
    last = [name for name in steps.metrics if "unsupervised" in name]
    first = [name for name in steps.metrics if name not in last]
    for names in (first, last):
        for representation in steps.representations:
            for name in names:
                seed = [f"evaluation.random_seed = {draw(random_state)}"]
                steps.evaluate(representation, f"{name}_0", steps.metrics[name], seed)
    steps.finish()


def _flags():
    flags = reproduce_steps.flags_of(NAME, DESCRIPTION)
    flags.add_argument("--pipeline_seed", type=int, default=0, help="of the whole run (0)")
    for name in _UNUSED:
        flags.add_argument(f"--{name}", help="has no effect here")
    return flags
