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

# What the disk or its permissions cause, and what to do about it.
_REMEDIES = {
    errno.ENOSPC: "free some space; nothing half-written was left",
    errno.EDQUOT: "free some space, or ask for a larger quota; nothing half-written was left",
    errno.EACCES: "ask for the right to it, or give another folder",
    errno.EPERM: "ask for the right to it, or give another folder",
    errno.EROFS: "give a folder that can be written",
    errno.ENAMETOOLONG: "give a shorter name",
    errno.ENOTDIR: "a part of this path is a file, give another path",
    errno.EISDIR: "a file was expected here, not a folder; give another path",
    errno.ENOENT: "check the path",
    errno.EIO: "the disk itself has failed; check it, or give a folder on another one",
    errno.ELOOP: "its links lead in a circle; correct them, or give another path",
    errno.EFBIG: "the disk or a limit (ulimit -f) allows no file so large; raise it, or give "
    "another folder",
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
        for name, value in vars(flags).items():
            # A shell's unset variable would otherwise mean the folder by default.
            if name.endswith("_dir") and "" in (value if isinstance(value, list) else [value]):
                self.error(f"--{name} is empty: give a folder, or leave the flag out")
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
    # On its way through a configured function an error keeps its text but not its number; some
    # libraries tell the number in their text alone.
    in_text = re.search(r"^\[Errno (\d+)\]|\(os error (\d+)\)", text)
    number = error.errno if isinstance(error, OSError) else None
    if number is None and in_text:
        number = int(in_text[1] or in_text[2])
    remedy = _REMEDIES.get(number)
    if remedy is None and os.strerror(errno.ENOSPC) in text:
        remedy = _REMEDIES[errno.ENOSPC]
    return remedy and f"{text}: {remedy}."


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
