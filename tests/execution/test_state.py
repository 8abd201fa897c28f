"""A job's state from what lies in its folder."""

import pytest

from dlib.execution import state
from dlib.execution.jobs import DONE, FAILED, RUNNING, STOPPED, Job
from dlib.utils import files
from dlib.utils.errors import DlibError

JOB = Job("study/3", ["a.gin"], ["model.random_seed = 3"], "study/3", "smoke")


def test_a_job_survives_json():
    assert Job(**files.plain(JOB.as_dict())) == JOB


def test_the_states_of_a_folder(tmp_path):
    folder = tmp_path / "3"
    assert state.state_of(folder) == state.MISSING
    with state.claimed(folder):
        state.record_start(folder, JOB, updates=80)
        assert state.state_of(folder) == RUNNING
    assert state.state_of(folder) == STOPPED
    assert (state.updates_of(folder), state.budget_of(folder)) == (80, "smoke")
    line = state.record_error(folder, ValueError("no\nsuch luck"))
    assert line == state.error_of(folder) == "ValueError: no such luck"
    assert "ValueError" in files.read_json(folder / state.ERROR)["traceback"]
    assert state.state_of(folder) == FAILED
    assert not state.is_done(folder, JOB)
    state.record_start(folder, JOB)
    state.record_done(folder, JOB, "0123")
    assert (state.state_of(folder), state.error_of(folder)) == (DONE, "")


def test_done_is_only_this_very_job_wherever_its_folder_is(tmp_path):
    job = with_file(tmp_path / "a.gin", "model.batch_size = 4")
    state.record_done(tmp_path, job, state.configuration_of(job))
    fields = job.as_dict()
    assert state.is_done(tmp_path, Job(**{**fields, "folder": "elsewhere"}))
    assert not state.is_done(tmp_path, Job(**{**fields, "budget": "cpu"}))
    assert not state.is_done(tmp_path, Job(**{**fields, "gin_bindings": []}))


def test_done_is_only_what_the_files_say_now(tmp_path):
    part, path = tmp_path / "part.gin", tmp_path / "a.gin"
    part.write_text("vae.beta = 4.0")
    job = with_file(path, f"include '{part}'\nmodel.batch_size = 4")
    state.record_done(tmp_path, job, state.configuration_of(job))
    path.write_text(f"# A comment.\nmodel.batch_size = 4\ninclude '{part}'")
    assert state.is_done(tmp_path, job)
    part.write_text("vae.beta = 8.0")
    assert not state.is_done(tmp_path, job)
    part.write_text("vae.beta = 4.0")
    assert state.is_done(tmp_path, job)
    path.write_text("vae.nothing = 1")
    assert not state.is_done(tmp_path, job)


def with_file(path, text):
    path.write_text(text)
    return Job("mine/3", [str(path)], ["model.random_seed = 3"], "mine/3", "smoke")


def test_a_folder_is_held_by_one_and_keeps_its_budget(tmp_path):
    with (
        state.claimed(tmp_path),
        pytest.raises(DlibError, match="run by another process"),
        state.claimed(tmp_path),
    ):
        pass
    state.record_start(tmp_path, JOB)
    state.check_budget(tmp_path, JOB, overwrite=False)
    other = Job(**{**JOB.as_dict(), "budget": "cpu"})
    state.check_budget(tmp_path, other, overwrite=True)
    with pytest.raises(DlibError, match="holds a run with budget smoke, now it is cpu"):
        state.check_budget(tmp_path, other, overwrite=False)


def test_a_training_that_a_command_began_is_gone_on_with(tmp_path):
    (tmp_path / "model").mkdir()
    assert state.state_of(tmp_path) == STOPPED


def test_mistakes_that_were_foreseen_are_told_without_their_kind():
    assert state.one_line(DlibError("give a folder.")) == "give a folder."
