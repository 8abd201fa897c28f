"""The edge of every command: flags in, one line per mistake out, an exit status.

0 done; 2 a mistake of the user or the surroundings, told in one line; 130 interrupted. Anything
else is a bug and shows its traceback; with DLIB_DEBUG=1 so do mistakes.
"""

import argparse
import difflib
import errno
import os
import re
import sys
from pathlib import Path

from dlib.utils.errors import DlibError
from dlib.utils.gin_errors import message_of

_SURROUNDINGS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.EISDIR,
}


class Flags(argparse.ArgumentParser):
    """Flags as the reference's commands take them: ``--name=value``, ``--flag``, ``--noflag``."""

    def __init__(self, prog, description):
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def error(self, message):
        """Says what is wrong with the flags, in one line."""
        raise DlibError(f"{message}; see {self.prog} --help")

    def parse_args(self, args=None, namespace=None):
        """Parses; a flag that is not known comes with the ones that are close."""
        flags, unknown = self.parse_known_args(args, namespace)
        if unknown:
            name = unknown[0].split("=")[0]
            close = difflib.get_close_matches(name, self._option_string_actions, n=1)
            hint = f": did you mean {close[0]}?" if close else ""
            self.error(f"unknown argument {unknown[0]}{hint}")
        return flags

    def add_bool(self, name, help_text):
        """Adds ``--name``, ``--name=true``, ``--name=false`` and ``--noname``."""
        self.add_argument(
            f"--{name}", nargs="?", const=True, default=False, type=_boolean, help=help_text,
            metavar="BOOL",
        )  # fmt: skip
        self.add_argument(f"--no{name}", dest=name, action="store_false", help=argparse.SUPPRESS)

    def add_gin(self):
        """Adds ``--gin_config`` and ``--gin_bindings``."""
        self.add_argument(
            "--gin_config", action="append", default=[], metavar="NAME",
            help="a configuration file, or the name of one that comes with dlib; may be repeated",
        )  # fmt: skip
        self.add_argument(
            "--gin_bindings", action="append", default=[], metavar="'NAME = VALUE'",
            help="a line of configuration that wins over the files'; may be repeated",
        )  # fmt: skip

    def add_overwrite(self):
        """Adds ``--overwrite``."""
        self.add_bool("overwrite", "delete earlier results of this step and start anew")


def required(flags, *names):
    """Checks that flags were given.

    Raises:
      DlibError: naming the first that is missing.
    """
    for name in names:
        if not getattr(flags, name):
            raise DlibError(f"--{name} is missing.")


def run(name, action, argv=None):
    """Runs a command.

    Args:
      name: the command's name, the start of each message.
      action: called with the arguments; what it returns is the exit status, None for 0.
      argv: arguments; by default the process's.

    Returns:
      the exit status.
    """
    try:
        return action(sys.argv[1:] if argv is None else argv) or 0
    except DlibError as error:
        return _tell(name, message_of(error), 2)
    except KeyboardInterrupt as error:
        return _tell(name, str(error) or "interrupted.", 130)
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        message = _of_surroundings(error)
        if message is None:
            raise
        return _tell(name, message, 2)


def _tell(name, message, status):
    if os.environ.get("DLIB_DEBUG", "") not in ("", "0"):
        raise  # the error that is being handled
    print(f"{name}: {' '.join(message.split())}", file=sys.stderr)
    return status


def _of_surroundings(error):
    """One line for an error that the disk or its permissions caused, or None."""
    text = message_of(error)
    if isinstance(error, OSError):
        # On its way through a configured function an error keeps its text but not its number.
        in_text = re.match(r"\[Errno (\d+)\]", text)
        if (error.errno or (in_text and int(in_text[1]))) in _SURROUNDINGS - {errno.ENOSPC}:
            return text
    if os.strerror(errno.ENOSPC) in text:
        return f"{text}: free some space; nothing half-written was left."
    return None


def _boolean(text):
    if text.lower() in ("true", "t", "1", "yes"):
        return True
    if text.lower() in ("false", "f", "0", "no"):
        return False
    raise argparse.ArgumentTypeError(f"expected true or false, got '{text}'")


def config_files(flags):
    """The configuration files that the flags name, in order."""
    names = list(flags.gin_config)
    if getattr(flags, "gin_file_name", None):
        names.append(str(Path(flags.gin_model_dir or "") / flags.gin_file_name))
    return names
