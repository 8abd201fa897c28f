import math
import sys

import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util

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


def test_rows_that_followed_the_checkpoint_without_an_update_are_dropped(tmp_path):
    log = TrainLog(tmp_path)
    for row in ({"step": 1}, {"step": 2}, {"step": 2, "note": "a"}, {"step": 2, "note": "b"}):
        log.write(row)
    log.close()
    assert log.rows == 4
    log = TrainLog(tmp_path, step=2, rows=3)
    assert log.rows == 3
    log.write({"step": 2, "note": "c"})
    log.close()
    assert [row.get("note") for row in train_log.read(tmp_path)] == [None, None, "a", "c"]


def scalars(folder):
    """``(name, step, value)`` of TensorBoard's files, oldest first, and the steps of restarts."""
    found, restarts = [], []
    for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns):
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                found.append((value.tag, event.step, tensor_util.make_ndarray(value.tensor).item()))
            if event.HasField("session_log"):
                restarts.append(event.step)
    return found, restarts


def test_tensorboard_gets_the_numbers(tmp_path):
    log = TrainLog(tmp_path, tensorboard=True)
    log.write({"step": 4, "loss": 3.5})
    log.write({"step": 5, "loss": 3.0})
    log.close()
    log = TrainLog(tmp_path, step=4, tensorboard=True)
    log.write({"step": 5, "loss": 2.5, "note": "text", "stage": 1, "nmi": [0.5, {"x": 0.25}]})
    log.close()
    found, restarts = scalars(tmp_path / "tensorboard")
    assert found == [
        ("loss", 4, 3.5), ("loss", 5, 3.0),
        ("loss", 5, 2.5), ("stage", 5, 1.0), ("nmi/0", 5, 0.5), ("nmi/1/x", 5, 0.25),
    ]  # fmt: skip
    assert restarts == [5]  # what was written of update 5 and later ones is no longer shown


def test_a_missing_tensorboard_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    (tmp_path / "train_log.jsonl").write_text('{"step": 1}\n')
    with pytest.raises(DlibError, match=r"pip install 'deft-dlib\[tensorboard\]'"):
        TrainLog(tmp_path, tensorboard=True)
    assert train_log.read(tmp_path) == [{"step": 1}]
