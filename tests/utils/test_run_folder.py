import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlib.utils import run_folder
from dlib.utils.errors import DlibError

HOLD = """
import sys, time
from dlib.utils import run_folder
with run_folder.claimed(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_new_folder_becomes_ours_and_keeps_its_content(tmp_path):
    with run_folder.claimed(tmp_path / "a" / "run") as folder:
        (folder / "x").write_text("1")
    assert run_folder.is_ours(tmp_path / "a" / "run")
    with run_folder.claimed(tmp_path / "a" / "run") as folder:
        assert (folder / "x").read_text() == "1"


def test_overwrite_empties_our_folder(tmp_path):
    run = tmp_path / "run"
    with run_folder.claimed(run) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "x").write_text("1")
        (folder / "link").symlink_to(tmp_path)
    with run_folder.claimed(run, overwrite=True):
        assert sorted(os.listdir(run)) == [run_folder.MARKER, run_folder.LOCK]
    assert tmp_path.exists()


def test_overwrite_leaves_runs_inside_at_any_depth(tmp_path):
    run = tmp_path / "run"
    with run_folder.claimed(run) as folder, run_folder.claimed(run / "results" / "deep" / "inner"):
        (run / "results" / "deep" / "inner" / "weights").write_text("precious")
        (run / "results" / "deep" / "mine").write_text("of the run")
        (folder / "stages" / "0").mkdir(parents=True)
    with run_folder.locked(run / "begins"):  # a run that has no marker yet
        for writes in (None, ["results", "stages", "begins"]):
            with run_folder.claimed(run, overwrite=True, writes=writes):
                pass
    left = {path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file()}
    assert left == {
        run_folder.MARKER, run_folder.LOCK, f"begins/{run_folder.LOCK}",
        *(f"results/deep/inner/{n}" for n in (run_folder.MARKER, run_folder.LOCK, "weights")),
    }  # fmt: skip
    assert not (run / "stages").exists()


def test_what_a_step_does_not_write_is_never_deleted(tmp_path):
    run = tmp_path / "run"
    with run_folder.claimed(run) as folder:
        (folder / "thesis").mkdir()
        for name in ("notes.txt", "thesis/.draft.tmp", "results", "module"):
            (folder / name).write_text("x")
    with run_folder.claimed(run, overwrite=True, writes=["results", "module"]) as folder:
        assert sorted(os.listdir(folder)) == [
            run_folder.MARKER, run_folder.LOCK, "notes.txt", "thesis",
        ]  # fmt: skip
        assert (folder / "thesis" / ".draft.tmp").exists()


def test_what_says_that_a_step_is_done_goes_first(tmp_path, monkeypatch):
    names = [f"part_{i}" for i in range(8)]
    with run_folder.claimed(tmp_path) as folder:
        for name in names:
            (folder / name).write_text("x")
    deleted = []
    monkeypatch.setattr(run_folder, "_delete", lambda item: deleted.append(item.name))
    order = names[3:] + names[:3]
    with run_folder.claimed(tmp_path, overwrite=True, writes=order):
        assert deleted == order


def test_a_folder_is_ours_at_any_moment_of_its_emptying(tmp_path, monkeypatch):
    with run_folder.claimed(tmp_path, settings={"a": "1"}) as folder:
        (folder / "x").write_text("x")

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run_folder.files, "write_json", killed)
    with (
        pytest.raises(KeyboardInterrupt),
        run_folder.claimed(tmp_path, overwrite=True, settings={"a": "2"}),
    ):
        pass
    assert run_folder.is_ours(tmp_path)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_somebody_else_is_left_alone(tmp_path, overwrite):
    (tmp_path / "thesis.tex").write_text("precious")
    with (
        pytest.raises(DlibError, match=r"was not made by dlib \(it holds 'thesis\.tex'"),
        run_folder.claimed(tmp_path, overwrite),
    ):
        pass
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(DlibError, match="is a file, not a folder"),
        run_folder.claimed(tmp_path / "file"),
    ):
        pass
    with (
        pytest.raises(DlibError, match="cannot be made: .*file is a file"),
        run_folder.claimed(tmp_path / "file" / "run"),
    ):
        pass


def refused(folder, message):
    """Checks that a folder cannot be claimed, and that one line of this kind says so."""
    with pytest.raises(DlibError, match=message) as error, run_folder.claimed(folder):
        pass
    assert "\n" not in str(error.value)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize("call", ["mkdir", "open", "listdir", "replace"])
@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "give a folder that you may write to"),
        (errno.EROFS, "give a folder that you may write to"),
        (errno.EIO, "give a folder that you may write to"),
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
    ],
)
def test_an_unwritable_place_is_one_line(tmp_path, monkeypatch, call, number, remedy):
    with run_folder.claimed(tmp_path / "run"):
        pass
    (tmp_path / "run" / run_folder.MARKER).unlink()

    def fail(path, *_, **__):
        raise OSError(number, os.strerror(number), os.fspath(path))

    folder = tmp_path / ("new" if call == "mkdir" else "run")
    monkeypatch.setattr(os, call, fail)
    refused(folder, rf"cannot be written \({os.strerror(number)}.*\): {remedy}")


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc")
def test_a_place_where_no_folder_can_be_made_is_one_line():
    refused(Path("/proc/no_folder_of_ours"), "cannot be written .*give a folder")


def test_a_name_that_is_too_long_is_one_line(tmp_path):
    refused(tmp_path / ("x" * 300), r"cannot be written \(File name too long")


@pytest.mark.parametrize("inside", [".", "run"])
def test_a_link_to_nothing_is_told(tmp_path, inside):
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    refused(tmp_path / "link" / inside, "link is a link to .*gone, which is not there: remove")
    assert not (tmp_path / "gone").exists()


def test_a_link_to_a_folder_is_as_good_as_the_folder(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with run_folder.claimed(tmp_path / "link"):
        assert run_folder.is_ours(tmp_path / "there")


@pytest.mark.parametrize(
    "text", ["[]", "{}", "{", "1", '{"kind": 1, "settings": null}', '{"kind": "a", "settings": 2}']
)
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_marker_that_is_not_as_we_write_it_is_told(tmp_path, text, overwrite):
    (tmp_path / run_folder.MARKER).write_text(text)
    (tmp_path / "x").write_text("precious")
    with (
        pytest.raises(DlibError, match=r"\.dlib\.json is not as dlib writes it .* give another"),
        run_folder.claimed(tmp_path, overwrite, {"a": "1"}),
    ):
        pass
    assert (tmp_path / "x").read_text() == "precious"


def test_the_second_process_is_told_so(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(DlibError, match="in use by another process"),
            run_folder.claimed(tmp_path / "run", overwrite=True),
        ):
            pass
        holder.kill()
    with run_folder.claimed(tmp_path / "run"):  # a killed process holds nothing
        pass


def test_other_settings_need_overwrite(tmp_path):
    run = tmp_path / "run"
    with run_folder.claimed(run, settings={"mig.num_train": "100"}):
        pass
    with run_folder.claimed(run, settings={"mig.num_train": "100"}):
        pass
    with run_folder.claimed(run):  # nothing to compare
        pass
    with (
        pytest.raises(DlibError, match=r"other settings \(mig\.num_train = 100, now 200\)"),
        run_folder.claimed(run, settings={"mig.num_train": "200"}),
    ):
        pass
    with (
        pytest.raises(DlibError, match=r"\(extra\.x = unset, now 1\)"),
        run_folder.claimed(run, settings={"mig.num_train": "100", "extra.x": "1"}),
    ):
        pass
    with run_folder.claimed(run, overwrite=True, settings={"mig.num_train": "200"}):
        pass
    with run_folder.claimed(run, settings={"mig.num_train": "200"}):
        pass


def test_the_folder_of_another_step_is_refused(tmp_path):
    with run_folder.claimed(tmp_path, kind="train") as folder:
        (folder / "weights").write_text("precious")
    with (
        pytest.raises(DlibError, match=r"another step \(train\), so evaluation does not"),
        run_folder.claimed(tmp_path, overwrite=True, kind="evaluation"),
    ):
        pass
    assert (tmp_path / "weights").exists()


def test_half_written_files_are_swept(tmp_path):
    with run_folder.claimed(tmp_path) as folder:
        (folder / ".x.1-a.tmp").write_text("half")
    with run_folder.claimed(tmp_path) as folder:
        assert not (folder / ".x.1-a.tmp").exists()


def test_a_folder_whose_maker_was_killed_before_its_marker_was_whole_is_ours(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / f".{run_folder.MARKER}.12-ab.tmp").write_text("{")
    (run / run_folder.LOCK).write_text("")
    with run_folder.claimed(run, settings={"a": "1"}):
        assert sorted(os.listdir(run)) == [run_folder.MARKER, run_folder.LOCK]


def test_what_a_step_inside_is_writing_is_left_alone(tmp_path):
    with run_folder.claimed(tmp_path / "run" / "metrics", kind="evaluation") as inner:
        (inner / ".scores.12-ab.tmp").write_text("half")
        (tmp_path / "run" / run_folder.MARKER).write_text('{"kind": "train", "settings": null}')
        with run_folder.claimed(tmp_path / "run"):
            assert (inner / ".scores.12-ab.tmp").exists()


def test_other_settings_can_be_asked_for_without_an_error(tmp_path):
    assert not run_folder.holds_other_settings(tmp_path / "run", {"a": "1"})
    with run_folder.claimed(tmp_path / "run", settings={"a": "1"}):
        pass
    assert not run_folder.holds_other_settings(tmp_path / "run", {"a": "1"})
    assert run_folder.holds_other_settings(tmp_path / "run", {"a": "2"})
