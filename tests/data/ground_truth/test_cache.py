"""The cache: atomic, shared by processes, and clear when it cannot be written."""

import errno
import os
import subprocess
import sys

import pytest

from dlib.data.ground_truth.cache import cache_directory, cached_file, data_directory, file_identity
from dlib.utils.errors import DlibError


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))


def _files():
    return sorted(item.name for item in cache_directory().iterdir())


def test_a_file_is_built_once():
    calls = []

    def build(path):
        calls.append(path)
        path.write_text("whole")

    assert cached_file("a", build).read_text() == "whole"
    assert cached_file("a", build).read_text() == "whole"
    assert len(calls) == 1
    assert _files() == ["a"]


def test_a_failed_build_leaves_nothing():
    def build(path):
        path.write_text("half")
        raise DlibError("the source is damaged")

    with pytest.raises(DlibError, match="damaged"):
        cached_file("a", build)
    assert _files() == []


def test_what_a_killed_builder_left_is_overwritten():
    (cache_directory() / "a.partial").write_text("much longer than the new one")
    assert cached_file("a", lambda path: path.write_text("new")).read_text() == "new"
    assert _files() == ["a"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_full_or_closed_disk_is_one_line_with_the_remedy(code):
    def build(path):
        raise OSError(code, os.strerror(code))

    with pytest.raises(DlibError, match=f"{os.strerror(code)}.*DLIB_CACHE"):
        cached_file("a", build)
    assert _files() == []


FAILING_PROCESS = """
import os, time
from dlib.data.ground_truth.cache import cached_file

def build(path):
    # Made by one process at a time, or this raises FileExistsError.
    os.close(os.open("at_work", os.O_CREAT | os.O_EXCL))
    time.sleep(0.02)
    os.remove("at_work")
    raise ZeroDivisionError

for _ in range(20):
    try:
        cached_file("refused", build)
    except ZeroDivisionError:
        pass
"""


def test_processes_whose_builds_fail_still_build_one_at_a_time(tmp_path):
    # Each failure removes the lock's file, for which the others wait.
    processes = [
        subprocess.Popen([sys.executable, "-c", FAILING_PROCESS], cwd=tmp_path) for _ in range(3)
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert _files() == []


def test_other_errors_of_the_builder_are_its_own():
    def build(path):
        raise OSError(errno.EIO, "the source cannot be read")

    with pytest.raises(OSError, match="the source cannot be read"):
        cached_file("a", build)


def test_a_cache_that_cannot_be_made_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(DlibError, match="set DLIB_CACHE"):
        cache_directory()


PROCESS = """
import time
from dlib.data.ground_truth.cache import cached_file

def slow_build(path):
    with open(path.with_name("log"), "a") as log:
        log.write("built\\n")
    with open(path, "w") as file:
        for _ in range(20):
            file.write("x" * 1000)
            file.flush()
            time.sleep(0.02)

print(cached_file("shared", slow_build).stat().st_size)
"""


def test_processes_that_start_together_build_once_and_see_whole_files():
    processes = [
        subprocess.Popen([sys.executable, "-c", PROCESS], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["20000\n"] * 3
    assert (cache_directory() / "log").read_text() == "built\n"


def test_a_changed_file_has_another_identity(tmp_path):
    path = tmp_path / "source"
    path.write_bytes(b"one")
    first = file_identity(path)
    assert first == file_identity(path)
    os.utime(path, ns=(0, 0))
    second = file_identity(path)
    path.write_bytes(b"longer")
    os.utime(path, ns=(0, 0))
    assert len({first, second, file_identity(path)}) == 3


def test_the_environment_is_read_at_each_call(tmp_path, monkeypatch):
    monkeypatch.delenv("DISENTANGLEMENT_LIB_DATA", raising=False)
    assert str(data_directory()) == "."
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path))
    assert data_directory() == tmp_path
    monkeypatch.delenv("DLIB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "dlib" in cache_directory().name
