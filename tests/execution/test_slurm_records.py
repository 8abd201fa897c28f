"""What one driver handed to Slurm and another one finds, without Slurm."""

import pytest

from dlib.execution import slurm_commands, slurm_records
from dlib.execution.jobs import Job
from dlib.execution.place import Place
from dlib.utils.errors import DlibError


@pytest.fixture
def jobs():
    lines = ["dataset.name = 'dummy_data'"]
    return [Job(f"s/{i}", [], [*lines, f"model.random_seed = {i}"], f"s/{i}") for i in range(3)]


@pytest.fixture
def queue(monkeypatch):
    """States by Slurm's id; what is cancelled is gone at the next look."""
    found = {"7_0": "RUNNING", "7_1": "PENDING", "7_2": "TIMEOUT"}
    monkeypatch.setattr(slurm_commands, "states", lambda ids: {i: found[i] for i in ids})
    monkeypatch.setattr(slurm_commands, "cancel", lambda i: found.update({i: "CANCELLED"}))
    monkeypatch.setattr(slurm_records.time, "sleep", lambda seconds: None)
    return found


@pytest.fixture
def place(jobs, tmp_path):
    place = Place(tmp_path)
    records = {f"7_{i}": slurm_records.record(job, {}) for i, job in enumerate(jobs)}
    slurm_records.keep(place, "7", records)
    submitit = tmp_path / ".dlib" / "slurm" / "7_0_submitted.pkl"
    submitit.write_bytes(b"\x80\x04no text")  # as an earlier version kept it there
    return place


def test_another_driver_finds_what_is_at_work_and_whether_it_is_the_same(place, jobs, queue):
    found = slurm_records.at_work(place, jobs)
    assert {i: job for i, (job, _) in found.items()} == {"7_0": jobs[0], "7_1": jobs[1]}
    assert all(kept == slurm_records.record(job, {}) for job, kept in found.values())
    other = Job("s/0", [], ["dataset.name = 'dummy_data'"], "s/0", "cpu")
    ((job, kept),) = slurm_records.at_work(place, [other]).values()
    assert job == other
    assert kept != slurm_records.record(other, {})


def test_what_is_at_work_is_ended_before_it_is_overwritten(place, jobs, queue, monkeypatch):
    slurm_records.end_all(place, jobs[:1])
    assert queue == {"7_0": "CANCELLED", "7_1": "PENDING", "7_2": "TIMEOUT"}
    monkeypatch.setattr(slurm_commands, "cancel", lambda i: None)
    monkeypatch.setattr(slurm_records, "_SECONDS_TO_END", -1.0)
    with pytest.raises(DlibError, match="Slurm's job 7_1 does not end: nothing was removed"):
        slurm_records.end_all(place, jobs)
