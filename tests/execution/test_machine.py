"""What a container's files say, by hand."""

import pytest

from dlib.execution import machine
from dlib.utils import cores


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A function that writes what the system says."""
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(machine, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(cores, "cores", lambda: 8)

    def say(**texts):
        for name, text in texts.items():
            (tmp_path / name.replace("_", ".")).write_text(text)

    return say


def test_memory_is_the_machine_s_or_the_container_s(system):
    assert machine.available_memory_gb() is None
    system(meminfo="MemTotal: 99 kB\nMemAvailable:   8388608 kB\n")
    assert machine.available_memory_gb() == 8.0
    system(memory_max="max\n", memory_current="5\n")
    assert machine.available_memory_gb() == 8.0
    system(memory_max=str(4 * 2**30), memory_current=str(2**30))
    assert machine.available_memory_gb() == 3.0


def test_as_many_as_cores_and_memory_allow(system):
    assert machine.side_by_side(threads=3, memory_gb=2.0) == 2
    assert machine.side_by_side(threads=16, memory_gb=2.0) == 1
    system(meminfo="MemAvailable: 8388608 kB\n")
    assert machine.side_by_side(threads=1, memory_gb=2.0) == 4
    assert machine.side_by_side(threads=1, memory_gb=100.0) == 1


def test_gpus_are_those_that_are_visible(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, GPU-8f2a,-1")
    assert machine.gpus() == ["2", "GPU-8f2a"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert machine.gpus() == []
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert machine.gpus() == ["0", "1"]


@pytest.mark.parametrize(
    ("fraction", "seats"),
    [
        (1, ["0", "1", "2"]),
        (0.5, ["0", "1", "2", "0", "1", "2"]),
        (0.3, ["0", "1", "2"] * 3),
        (1 / 3, ["0", "1", "2"] * 3),
        (2, ["0,1"]),
        (1.5, ["0,1"]),
        (4, []),
    ],
)
def test_seats_on_three_gpus(fraction, seats):
    assert machine.gpu_seats(["0", "1", "2"], fraction) == seats
