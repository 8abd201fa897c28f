import pytest

from dlib.utils import cores


@pytest.fixture
def quota(tmp_path, monkeypatch):
    """The file in which a container has its quota; eight cores are there."""
    monkeypatch.setattr(cores, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path / "cpu.max"


def test_cores_are_those_of_the_affinity_or_the_quota(quota):
    assert cores.cores() == 8
    quota.write_text("max 100000\n")
    assert cores.cores() == 8
    quota.write_text("250000 100000\n")
    assert cores.cores() == 2
    quota.write_text("20000 100000\n")
    assert cores.cores() == 1


def test_cores_are_those_of_the_machine_where_there_is_no_affinity(quota, monkeypatch):
    monkeypatch.delattr(cores.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 6)
    assert cores.cores() == 6


@pytest.mark.parametrize(
    ("set_to", "expected"), [("3", 3), ("2,4", 2), ("0", 8), ("", 8), ("many", 8)]
)
def test_threads_are_those_that_a_job_was_given(quota, monkeypatch, set_to, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", set_to)
    assert cores.threads() == expected
