"""The one kind of error that a user is meant to see."""


class DlibError(Exception):
    """A mistake in the input or in the surroundings, told in one line.

    The message names the thing, what was expected and what to do. Commands print it without a
    traceback and exit with status 2.
    """
