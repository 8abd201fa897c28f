"""dlib_train_weakly_supervised: ``dlib_train`` for weakly supervised methods."""

from dlib.commands.train import train_and_go_on
from dlib.utils import command_line

NAME = "dlib_train_weakly_supervised"
DESCRIPTION = (
    "Trains a model on pairs of observations that share factors and goes on as dlib_train does, "
    "with the same flags. The same command again goes on where it stopped; what is done is not "
    "done again."
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, lambda argv: train_and_go_on(argv, NAME, DESCRIPTION), argv)
