import errno
import json
import os

import numpy as np
import pytest

from dlib.utils import files
from dlib.utils.errors import DlibError


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


def test_writes_whole_files_and_leaves_nothing_else(tmp_path):
    files.write_text(tmp_path / "a" / "b.txt", "héllo")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "héllo".encode()
    assert names(tmp_path) == ["a", "b.txt"]


def test_a_failed_write_keeps_the_old_content(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    with pytest.raises(TypeError), files.replacing(path) as temporary, temporary.open("w") as file:
        file.writelines(["half", 1])
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_files_get_the_usual_permissions(tmp_path):
    (tmp_path / "plain").write_text("")
    files.write_text(tmp_path / "ours", "")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_json_has_plain_numbers_and_null_for_what_is_not_finite(tmp_path):
    value = {
        "array": np.array([[1.5, np.nan], [np.inf, -2.0]]),
        "scalar": np.float32(0.5),
        "count": np.int64(3),
        "flag": np.bool_(True),
        "tuple": (1, -np.inf),
        3: tmp_path,
    }
    files.write_json(tmp_path / "a.json", value)
    assert json.loads((tmp_path / "a.json").read_text()) == {
        "array": [[1.5, None], [None, -2.0]],
        "scalar": 0.5,
        "count": 3,
        "flag": True,
        "tuple": [1, None],
        "3": str(tmp_path),
    }
    assert files.read_json(tmp_path / "a.json")["count"] == 3


def test_what_json_does_not_know_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(TypeError, match="object cannot be written"):
        files.write_json(tmp_path / "a.json", {"x": object()})
    assert names(tmp_path) == []


def test_unreadable_json_is_one_line(tmp_path):
    with pytest.raises(DlibError, match=r"b\.json is missing"):
        files.read_json(tmp_path / "b.json")
    (tmp_path / "b.json").write_text('{"a": ')
    with pytest.raises(DlibError, match=r"b\.json is not readable as JSON"):
        files.read_json(tmp_path / "b.json")


def test_a_copied_folder_replaces_the_old_one_as_a_whole(tmp_path):
    files.write_text(tmp_path / "new" / "x" / "1", "1")
    files.write_text(tmp_path / "old" / "2", "2")
    files.copy_folder(tmp_path / "new", tmp_path / "old")
    assert names(tmp_path / "old") == ["1", "x"]
    # Copy, delete, copy again in one process works as well.
    files.copy_folder(tmp_path / "new", tmp_path / "third")
    files.copy_folder(tmp_path / "new", tmp_path / "third")
    assert names(tmp_path / "third") == ["1", "x"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old", "third"]


def test_a_failed_folder_keeps_the_old_one(tmp_path):
    files.write_text(tmp_path / "f" / "old", "")
    with pytest.raises(FileNotFoundError):
        files.copy_folder(tmp_path / "missing", tmp_path / "f")
    assert names(tmp_path) == ["f", "old"]


def test_sweep_removes_only_what_was_left_half_written(tmp_path):
    files.write_text(tmp_path / "a" / "keep", "")
    (tmp_path / "a" / ".keep.12-ab.tmp").write_text("half")
    (tmp_path / ".b.12-ab.tmp").mkdir()
    (tmp_path / ".b.12-ab.tmp" / "half").write_text("half")
    (tmp_path / "visible.tmp").write_text("a user's")
    files.sweep(tmp_path)
    assert names(tmp_path) == ["a", "keep", "visible.tmp"]


def test_sweep_passes_over_folders_that_others_hold(tmp_path):
    for folder in ("mine", "theirs"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / ".x.12-ab.tmp").write_text("half")
    files.sweep(tmp_path, leave_out=lambda folder: folder.name == "theirs")
    assert [names(tmp_path / folder) for folder in ("mine", "theirs")] == [[], [".x.12-ab.tmp"]]


def test_a_full_disk_is_told_with_the_file(tmp_path):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as write(2) tells it: no name

    for write in (files.replacing, files.replacing_folder):
        with (
            pytest.raises(OSError, match=r"No space left on device: .*results\.json"),
            write(tmp_path / "results.json"),
        ):
            full()
    assert names(tmp_path) == []
