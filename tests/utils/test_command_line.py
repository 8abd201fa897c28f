import errno
import os
from pathlib import Path

import gin
import pytest

from dlib.utils import command_line, gin_utils
from dlib.utils.errors import DlibError


def raising(error):
    def action(argv):
        raise error

    return action


@gin.configurable("command_line_test_writer")
def writer(error=None):
    raise error


def within_gin(error):
    def action(argv):
        with gin_utils.configured():
            writer(error)

    return action


def test_the_status_is_what_the_action_returns():
    assert command_line.run("x", lambda argv: None, []) == 0
    assert command_line.run("x", lambda argv: len(argv), ["a", "b", "c"]) == 3


FULL = os.strerror(errno.ENOSPC)
HELP = ": free some space; nothing half-written was left."


def told(code):
    return f"[Errno {code}] {os.strerror(code)}"


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (DlibError("the\n  thing"), 2, "the thing"),
        (KeyboardInterrupt(), 130, "interrupted."),
        (KeyboardInterrupt("stopped after update 3"), 130, "stopped after update 3"),
        *(
            (OSError(code, os.strerror(code), "a/b"), 2, f"{told(code)}: 'a/b': {remedy}.")
            for code, remedy in {
                errno.EACCES: "ask for the right to it, or give another folder",
                errno.EPERM: "ask for the right to it, or give another folder",
                errno.EROFS: "give a folder that can be written",
                errno.ENAMETOOLONG: "give a shorter name",
                errno.ENOTDIR: "a part of this path is a file, give another path",
                errno.EISDIR: "a file was expected here, not a folder; give another path",
                errno.ENOENT: "check the path",
                errno.EIO: "the disk itself has failed; check it, or give a folder on another one",
                errno.ELOOP: "its links lead in a circle; correct them, or give another path",
                errno.EFBIG: "the disk or a limit (ulimit -f) allows no file so large; raise it, "
                "or give another folder",
                errno.EDQUOT: "free some space, or ask for a larger quota; nothing half-written "
                "was left",
            }.items()
        ),
        (
            RuntimeError("I/O error: Read-only file system (os error 30)"),
            2,
            "I/O error: Read-only file system (os error 30): give a folder that can be written.",
        ),
        (OSError(errno.ENOSPC, FULL, "a"), 2, f"[Errno {errno.ENOSPC}] {FULL}: 'a'{HELP}"),
        (
            RuntimeError(f"I/O error: {FULL} (os error 28)"),
            2,
            f"I/O error: {FULL} (os error 28){HELP}",
        ),
    ],
)
@pytest.mark.parametrize("wrap", [raising, within_gin])
def test_mistakes_are_one_line(capsys, error, status, message, wrap):
    assert command_line.run("x", wrap(error), []) == status
    assert capsys.readouterr().err == f"x: {message}\n"


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        command_line.run("x", lambda argv: 1 / 0, [])
    with pytest.raises(FileExistsError):
        command_line.run("x", lambda argv: Path("/").mkdir(), [])


def test_debugging_shows_tracebacks(monkeypatch):
    monkeypatch.setenv("DLIB_DEBUG", "1")
    with pytest.raises(DlibError):
        command_line.run("x", raising(DlibError("a")), [])


def make_flags():
    flags = command_line.Flags("x", "does x")
    flags.add_argument("--model_dir")
    flags.add_gin()
    flags.add_overwrite()
    return flags


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], False),
        (["--overwrite"], True),
        (["--overwrite=True"], True),
        (["--overwrite=false"], False),
        (["--nooverwrite"], False),
        (["--overwrite", "--model_dir=a"], True),
    ],
)
def test_booleans(argv, expected):
    assert make_flags().parse_args(argv).overwrite is expected


def test_gin_flags_may_be_repeated():
    flags = make_flags().parse_args(
        ["--gin_config=a", "--gin_config", "b", "--gin_bindings=x.y = 'z'", "--gin_bindings=q=1"]
    )
    assert flags.gin_config == ["a", "b"]
    assert flags.gin_bindings == ["x.y = 'z'", "q=1"]
    assert command_line.config_files(flags) == ["a", "b"]
    flags.gin_model_dir, flags.gin_file_name = "folder", "c.gin"
    assert command_line.config_files(flags) == ["a", "b", os.path.join("folder", "c.gin")]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--model_dirs=a"],
            "unknown argument --model_dirs=a: did you mean --model_dir?; see x --help",
        ),
        (["--zzz"], "unknown argument --zzz; see x --help"),
        (["--overwrite=maybe"], "expected true or false, got 'maybe'"),
        (["--model_dir"], "expected one argument"),
        (["--model_dir="], "--model_dir is empty: give a folder, or leave the flag out"),
        (["--model_dir", ""], "--model_dir is empty"),
    ],
)
def test_wrong_flags_are_one_line(argv, message):
    with pytest.raises(DlibError) as error:
        make_flags().parse_args(argv)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_flags_are_named():
    flags = make_flags().parse_args(["--model_dir=a"])
    command_line.required(flags, "model_dir")
    with pytest.raises(DlibError, match="--gin_config is missing"):
        command_line.required(flags, "model_dir", "gin_config")
