import math
import sys
import types

import pytest

from dlib.methods.unsupervised import train_log
from dlib.methods.unsupervised.train_log import TrainLog
from dlib.utils.errors import DlibError


def test_rows_come_back(tmp_path):
    log = TrainLog(tmp_path)
    log.write({"step": 1, "loss": 2.5})
    log.write({"step": 2, "loss": math.nan, "note": "x"})
    log.close()
    assert train_log.read(tmp_path) == [
        {"step": 1, "loss": 2.5},
        {"step": 2, "loss": None, "note": "x"},
    ]


def test_rows_after_the_checkpoint_are_dropped_and_a_torn_line_with_them(tmp_path):
    log = TrainLog(tmp_path)
    for step in range(1, 6):
        log.write({"step": step})
    log.close()
    with (tmp_path / "train_log.jsonl").open("a") as file:
        file.write('{"step": 6, "lo')
    log = TrainLog(tmp_path, step=3)
    log.write({"step": 4, "again": True})
    log.close()
    assert train_log.read(tmp_path) == [
        {"step": 1}, {"step": 2}, {"step": 3}, {"step": 4, "again": True},
    ]  # fmt: skip


def test_a_fresh_start_drops_everything(tmp_path):
    for _ in range(2):
        log = TrainLog(tmp_path)
        log.write({"step": 1})
        log.close()
    assert len(train_log.read(tmp_path)) == 1


def test_no_log_has_no_rows(tmp_path):
    assert train_log.read(tmp_path) == []


class Writer:
    """What TensorBoard's writer is asked for."""

    written = []

    def __init__(self, log_dir, purge_step=None):
        self.written.append((log_dir.name, purge_step))

    def add_scalar(self, key, value, step):
        self.written.append((key, value, step))

    def close(self):
        self.written.append("closed")


def test_tensorboard_gets_the_numbers(tmp_path, monkeypatch):
    fake = types.ModuleType("torch.utils.tensorboard")
    fake.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", fake)
    monkeypatch.setattr(Writer, "written", [])
    log = TrainLog(tmp_path, step=4, tensorboard=True)
    log.write({"step": 5, "loss": 2.5, "note": "text", "stage": 1})
    log.close()
    assert Writer.written == [("tensorboard", 5), ("loss", 2.5, 5), ("stage", 1, 5), "closed"]


def test_a_missing_tensorboard_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(DlibError, match=r"pip install 'deft-dlib\[tensorboard\]'"):
        TrainLog(tmp_path, tensorboard=True)
