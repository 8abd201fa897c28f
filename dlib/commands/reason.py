"""dlib_reason: the name of the reference's command, which says what there is instead."""

from dlib.utils import command_line
from dlib.utils.errors import DlibError

NAME = "dlib_reason"
DESCRIPTION = "Abstract reasoning, second stage: left for later; this command says what there is."


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    command_line.Flags(NAME, DESCRIPTION).parse_known_args(argv)  # --help
    raise DlibError(
        "the second stage of abstract reasoning is left for later; its first stage is "
        "dlib_reproduce --study=abstract_reasoning_study_v1."
    )
