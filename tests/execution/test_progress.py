"""The tally of jobs by hand, and what is printed of it."""

import io

import pytest
from rich.console import Console

from dlib.execution import progress, train_rows
from dlib.execution.jobs import DONE, FAILED, RUNNING, WAITING, Job, JobProgress

JOBS = [Job(name, (), (), name) for name in "abcd"]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_the_tally_by_hand():
    clock = Clock()
    tally = progress.Tally(JOBS, clock)
    assert tally.take(JobProgress(JOBS[0], DONE))  # nothing to do: it says nothing of the speed
    assert tally.seconds_left() is None
    for job in JOBS[1:3]:
        assert tally.take(JobProgress(job, RUNNING))
    clock.now = 30.0
    assert not tally.take(JobProgress(JOBS[1], RUNNING, 10, 20, 300.0))
    tally.take(JobProgress(JOBS[2], RUNNING, 20, 20, 500.0))  # trained: it computes scores now
    assert tally.images_per_second() == 300.0
    assert tally.line() == "1 of 4 done, 2 running, 300 images/s"
    clock.now = 120.0
    tally.take(JobProgress(JOBS[1], FAILED, error="no luck"))
    # One job in 120 s, two are left.
    assert tally.seconds_left() == pytest.approx(240.0)
    assert tally.line() == "1 of 4 done, 1 running, 1 failed, 4 min left"


def test_lines_where_there_is_no_terminal(capsys):
    clock = Clock()
    with progress.LineView(JOBS, clock) as view:
        view.update(JobProgress(JOBS[0], RUNNING))
        view.update(JobProgress(JOBS[0], FAILED, error="no luck"))
        view.update(JobProgress(JOBS[0], FAILED, error="no luck"))
        clock.now = 31.0
        view.update(JobProgress(JOBS[1], DONE))
    assert capsys.readouterr().err.splitlines() == [
        "a failed: no luck",
        "b done",
        "1 of 4 done, 0 running, 1 failed, 1 min left",
    ]


def test_bars_in_a_terminal():
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with progress.LiveView(JOBS, console) as view:
        view.update(JobProgress(JOBS[0], RUNNING))
        view.update(JobProgress(JOBS[0], RUNNING, 10, 20, 300.0))
        view.update(JobProgress(JOBS[1], RUNNING, 20, 20))
        view.update(JobProgress(JOBS[2], RUNNING, 7, None, 100.0))
        notes = [task.fields["note"] for task in view.bars.tasks]
        assert notes[1:] == ["10/20 updates, 300 images/s", "scores and pictures",
                             "7 updates, 100 images/s"]  # fmt: skip
        view.update(JobProgress(JOBS[0], WAITING))
        view.update(JobProgress(JOBS[1], FAILED, error="no [luck]"))
        assert [task.description for task in view.bars.tasks] == ["all", "c"]
        assert view.bars.tasks[0].completed == 1
    assert "b failed: no [luck]" in console.file.getvalue()


def test_the_last_row_of_a_log(tmp_path):
    assert train_rows.last_row(tmp_path) == {}
    rows = [
        '{"step": 1, "images_per_second": 5.0}',
        '{"step": 1, "stage_end": 0}',
        '{"step": 2, "im',
    ]
    (tmp_path / "train_log.jsonl").write_text("\n".join(rows))
    assert train_rows.last_row(tmp_path) == {"step": 1, "images_per_second": 5.0}
    (tmp_path / "train_log.jsonl").write_text("x" * 20000 + "\n" + rows[0] + "\n")
    assert train_rows.last_row(tmp_path)["step"] == 1


def test_durations():
    assert [progress._duration(s) for s in (20, 90, 3600, 7200)] == [
        "20 s", "2 min", "60 min", "2.0 h",
    ]  # fmt: skip
