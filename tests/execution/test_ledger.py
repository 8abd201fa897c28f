"""What becomes of jobs that nodes have, by the book; and what nodes are refused for."""

import contextlib
import dataclasses
import time

import pytest

from dlib.execution import state, study_state, versions
from dlib.execution.jobs import DONE, FAILED, RUNNING, STOPPED, WAITING, Job, Resources
from dlib.execution.ledger import Ledger
from dlib.execution.place import Place
from dlib.execution.progress import Tally
from dlib.execution.progress_page import PageView, page_state
from dlib.execution.remote_job import REFUSED, Task, run_task
from dlib.utils.errors import DlibError

LINES = ("dataset.name = 'dummy_data'",)


@pytest.fixture
def jobs():
    return [Job(f"study/{i}", (), LINES, str(i)) for i in range(3)]


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "study")


def ledger(jobs, place, seen=None, retries=1, overwrite=False):
    on_progress = None if seen is None else seen.append
    return Ledger(jobs, place, Resources(1, 3.0), retries, on_progress, 0.0, overwrite)


def publish(place, tmp_path, job):
    (tmp_path / "run").mkdir(exist_ok=True)
    place.publish(job.folder, tmp_path / "run", f"x-{job.folder}", {"job": job.as_dict()})


def test_what_lies_in_the_place_is_taken_over(jobs, place, tmp_path):
    publish(place, tmp_path, jobs[0])
    publish(place, tmp_path, dataclasses.replace(jobs[1], budget="smoke"))
    seen = []
    book = ledger(jobs, place, seen)
    assert [job.name for job in book.open_jobs()] == ["study/2"]
    done, failed, stopped = book.results()
    assert (done.status, failed.status, stopped.status) == (DONE, FAILED, STOPPED)
    assert "another configuration or budget" in failed.error
    assert [p.status for p in seen] == [DONE, FAILED, WAITING]
    again = ledger(jobs, place, overwrite=True)
    assert len(again.open_jobs()) == 3
    assert place.names() == set()


def test_a_job_is_started_again_as_often_as_asked_for(jobs, place):
    book = ledger(jobs, place, retries=2)
    assert book.lost(jobs[0], "node died")
    assert book.lost(jobs[0], "node died")
    assert not book.lost(jobs[0], "node died")
    error = book.results()[0].error
    assert error.startswith("study/0: its process died 3 times (node died): ")
    assert place.read_note("failed", "0")["error"] == error
    assert [job.name for job in book.open_jobs()] == ["study/1", "study/2"]  # the rest goes on


def test_three_kills_for_memory_end_a_job(jobs, place):
    book = ledger(jobs, place, retries=0)  # of another kind than a lost node
    assert book.killed_for_memory(jobs[0])
    assert book.killed_for_memory(jobs[0])
    assert not book.killed_for_memory(jobs[0])
    assert "killed for memory 3 times: give each job more than 3 GiB" in book.results()[0].error


def test_heartbeats_become_progress(jobs, place):
    seen = []
    book = Ledger(jobs, place, Resources(), 1, seen.append, 5.0)
    beat = {"step": 7, "total": 20, "images_per_second": 30.0}
    place.note("running", "1", {"time": time.time(), **beat})
    place.note("running", "2", {"time": time.time() - 1000, **beat})
    seen.clear()
    book.look()
    assert [(p.job.folder, p.status, p.step) for p in seen] == [
        ("1", RUNNING, 7),
        ("2", WAITING, 7),
    ]
    assert (seen[0].total, seen[0].images_per_second) == (20, 30.0)
    book.look()  # not yet time
    assert len(seen) == 2


def test_a_job_with_a_wrong_configuration_fails_before_it_is_sent(jobs, place):
    wrong = dataclasses.replace(jobs[0], gin_bindings=("dataset.name = 'nosuch'",))
    book = ledger([wrong, *jobs[1:]], place)
    assert book.task(wrong) is None
    assert "nosuch" in book.results()[0].error
    assert book.task(jobs[1]).expected["data set dummy_data"] == "drawn at random"


def test_a_node_with_other_versions_is_refused_with_the_differences(jobs, tmp_path, monkeypatch):
    expected = versions.expected_of(jobs[0])
    assert versions.differences(expected, jobs[0]) == ""
    other = {**expected, "torch": "1.0", "dlib": "0.0"}
    told = versions.differences(other, jobs[0])
    assert f"torch {expected['torch']} instead of 1.0" in told
    assert f"dlib {expected['dlib']} instead of 0.0" in told
    other = {**expected, "data set dummy_data": "elsewhere"}
    assert versions.differences(other, jobs[0]) == (
        "data set dummy_data drawn at random instead of elsewhere"
    )
    task = Task(jobs[0], str(tmp_path / "study"), None, 1, other, 1.0, str(tmp_path))
    outcome = run_task(task)
    assert outcome.status == REFUSED
    assert "install what the driver has" in outcome.error


def test_a_node_that_cannot_write_is_refused(jobs, tmp_path):
    (tmp_path / "file").write_text("")
    expected = versions.expected_of(jobs[0])
    task = Task(jobs[0], str(tmp_path / "file" / "x"), None, 1, expected, 1.0, str(tmp_path))
    outcome = run_task(task)
    assert outcome.status == REFUSED
    assert "cannot be written" in outcome.error
    assert "\n" not in outcome.error


def test_a_task_as_text_is_the_task_again(jobs):
    task = Task(jobs[0], "s3://x/y", {"a": 1}, 2, {"dlib": "1"}, 3.0, "/scratch")
    assert Task.from_json(task.as_json()) == task


def test_states_are_read_from_the_place(jobs, place, tmp_path):
    publish(place, tmp_path, jobs[0])
    place.note("failed", "1", {"error": "it broke"})
    found = study_state.states(place, jobs)
    assert found["0"] == study_state.JobState(DONE, budget="paper")
    assert found["1"] == study_state.JobState(FAILED, "it broke")
    assert found["2"].status == "missing"
    place.note("running", "2", {"time": time.time()})
    assert study_state.states(place, jobs)["2"].status == RUNNING
    place.note("running", "2", {"time": time.time() - 1000})
    assert study_state.states(place, jobs)["2"].status == STOPPED


class Silent:
    def __init__(self, jobs):
        self.tally = Tally(jobs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, progress):
        self.tally.take(progress)


def test_the_page_says_what_the_tally_says(jobs, place):
    book_seen = []
    with PageView(Silent(jobs), place.store, "my study", clock=lambda: 0.0) as view:
        book = Ledger(
            jobs, place, Resources(), 0, lambda p: (book_seen.append(p), view.update(p)), 0
        )
        place.note("running", "1", {"time": time.time(), "step": 5, "total": 20,
                                    "images_per_second": 40.0})  # fmt: skip
        book.finish(jobs[0], DONE)
        book.lost(jobs[2], "node <died>")
        time.sleep(0.01)
        book.look()
        state = page_state(view.view.tally, "my study", place.address)
        counts = {key: state[key] for key in ("done", "running", "waiting", "failed")}
        assert counts == {"done": 1, "running": 1, "waiting": 0, "failed": 1}
        assert state["images_per_second"] == 40.0
    page = place.store.get("progress.html").decode()
    assert "my study" in page
    assert "node &lt;died&gt;" in page
    assert 'http-equiv="refresh"' not in page  # it is over


def test_a_study_that_never_began_leaves_no_page_and_one_that_breaks_off_does(jobs, place):
    with contextlib.suppress(KeyboardInterrupt), PageView(Silent(jobs), place.store, "my study"):
        raise KeyboardInterrupt
    assert place.store.get("progress.html") is None
    with (
        contextlib.suppress(KeyboardInterrupt),
        PageView(Silent(jobs), place.store, "my study", clock=lambda: 0.0) as view,
    ):
        Ledger(jobs, place, Resources(), 0, view.update, 0).finish(jobs[0], DONE)
        raise KeyboardInterrupt
    assert "my study" in place.store.get("progress.html").decode()


def test_a_storage_that_does_not_answer_for_once_ends_nothing(jobs, place, capsys, monkeypatch):
    book = ledger(jobs, place)

    def silent(kind):
        raise DlibError("s3://b cannot be read (timeout)")

    with monkeypatch.context() as patch:
        patch.setattr(place, "notes", silent)
        time.sleep(0.01)
        book.look()
    assert "no news of the jobs: s3://b cannot be read (timeout)" in capsys.readouterr().err
    place.note("running", "1", {"time": time.time(), "step": 5, "total": 20,
                                "images_per_second": 40.0})  # fmt: skip
    time.sleep(0.01)
    book.look()
    assert [book.is_running(job) for job in jobs[:2]] == [False, True]


def test_what_lies_there_is_done_only_if_its_files_say_the_same(tmp_path, place):
    config = tmp_path / "a.gin"
    config.write_text("model.batch_size = 4")
    job = Job("study/9", [str(config)], LINES, "9")
    (tmp_path / "run").mkdir()
    about = {"job": job.as_dict(), "configuration": state.configuration_of(job)}
    place.publish("9", tmp_path / "run", "x-9", about)
    (result,) = ledger([job], place).results()
    assert result.status == DONE
    config.write_text("model.batch_size = 8")
    (result,) = ledger([job], place).results()
    assert result.status == FAILED
    assert "holds the results of another configuration" in result.error
