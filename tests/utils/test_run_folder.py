import os
import subprocess
import sys

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


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_place_is_one_line(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DlibError, match="cannot be written"), run_folder.claimed(tmp_path / "run"):
        pass


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
