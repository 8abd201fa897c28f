import json
import os
import re
import shutil
import signal

import gin
import pytest
import safetensors.numpy
import torch
from small_trainings import DEFT, assert_same_training, losses, rows

from dlib.data.ground_truth.dummy_data import DummyData
from dlib.methods.unsupervised import checkpoint, training_loop
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.train import train_with_gin
from dlib.methods.unsupervised.training_loop import TrainingInterrupted
from dlib.utils.errors import DlibError


@pytest.fixture
def deft(tmp_path):
    path = tmp_path / "deft.gin"
    path.write_text(DEFT)
    return str(path)


SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("step", [3, 5, 6, 12])
def test_going_on_after_a_signal_is_as_not_having_stopped(deft, tmp_path, step, number):
    train_with_gin(tmp_path / "whole", gin_config_files=[deft])
    interrupt = ["train.callbacks = [@signal_at()]", f"signal_at.step = {step}"]
    interrupt += [f"signal_at.number = {int(number)}"]
    with pytest.raises(TrainingInterrupted, match=f"by {number.name} after update {step} of 12"):
        train_with_gin(tmp_path / "parts", False, [deft], interrupt)
    header = checkpoint.read_header(checkpoint.latest(tmp_path / "parts/checkpoint"))
    assert header["step"] == step
    train_with_gin(tmp_path / "parts", gin_config_files=[deft])
    assert_same_training(tmp_path / "whole", tmp_path / "parts")


def test_a_training_can_stop_while_it_is_evaluated(deft, tmp_path, monkeypatch):
    train_with_gin(tmp_path / "whole", gin_config_files=[deft])
    with monkeypatch.context() as patched:
        patched.setattr("dlib.methods.unsupervised.train.save_module", _stop)
        with pytest.raises(KeyboardInterrupt):
            train_with_gin(tmp_path / "parts", gin_config_files=[deft])
    train_with_gin(tmp_path / "parts", gin_config_files=[deft])
    assert_same_training(tmp_path / "whole", tmp_path / "parts")


def _stop(*_):
    raise KeyboardInterrupt


@gin.configurable("ends")
class Ends(Callback):
    """Counts updates and ends of the training, over all sittings."""

    def __init__(self, path):
        self.path, self.updates = path, 0

    def on_update(self, loop):
        self.updates += 1

    def on_training_end(self, loop):
        with open(self.path, "a") as file:
            file.write(f"{self.updates}\n")

    def state_dict(self):
        return {"updates": self.updates}

    def load_state_dict(self, state):
        self.updates = state["updates"]


@gin.configurable("signal_at_end")
class SignalAtEnd(Callback):
    """Counts updates, writes their number to the log at the end, and then sends a signal."""

    def __init__(self, number):
        self.number, self.updates = number, 0

    def on_update(self, loop):
        self.updates += 1

    def on_training_end(self, loop):
        loop.log({"updates": self.updates})
        if self.number:
            os.kill(os.getpid(), self.number)
            pytest.fail("it goes on after the signal")

    def state_dict(self):
        return {"updates": self.updates}

    def load_state_dict(self, state):
        self.updates = state["updates"]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("checkpoint_every", [5, 1000])
def test_a_signal_at_the_end_costs_no_update(deft, tmp_path, monkeypatch, number, checkpoint_every):
    lines = ["train.callbacks = [@signal_at_end()]", f"train.checkpoint_every = {checkpoint_every}"]
    quiet, loud = ([*lines, f"signal_at_end.number = {n}"] for n in (0, int(number)))
    train_with_gin(tmp_path / "whole", False, [deft], quiet)
    for _ in range(2):
        with pytest.raises(TrainingInterrupted, match=f"by {number.name} after update 12 of 12"):
            train_with_gin(tmp_path / "parts", False, [deft], loud)
        header = checkpoint.read_header(checkpoint.latest(tmp_path / "parts/checkpoint"))
        assert (header["step"], header["has_ended"]) == (12, False)
    with monkeypatch.context() as patched:
        patched.setattr(training_loop.TrainingLoop, "_one_step", _no_update)
        train_with_gin(tmp_path / "parts", False, [deft], quiet)
    assert_same_training(tmp_path / "whole", tmp_path / "parts")
    assert rows(tmp_path / "parts")[-1] == {"step": 12, "updates": 12}


def _no_update(*_):
    pytest.fail("an update is done again")


@pytest.mark.parametrize("step", [5, 12])
def test_the_end_is_told_once_and_callbacks_go_on_whoever_is_beside_them(deft, tmp_path, step):
    ends = f"ends.path = {str(tmp_path / 'ends')!r}"
    both = ["train.callbacks = [@signal_at(), @ends()]", f"signal_at.step = {step}", ends]
    with pytest.raises(TrainingInterrupted):
        train_with_gin(tmp_path / "m", False, [deft], both)
    for _ in range(2):
        train_with_gin(tmp_path / "m", False, [deft], ["train.callbacks = [@ends()]", ends])
    assert (tmp_path / "ends").read_text() == "12\n"


def test_the_last_update_of_a_stage_is_logged(deft, tmp_path):
    train_with_gin(tmp_path / "m", False, [deft], ["train.log_every = 5"])
    assert [row["step"] for row in losses(tmp_path / "m")] == [5, 6, 10, 12]


@gin.configurable("not_finite_at")
class NotFiniteAt(Callback):
    """Spoils a weight after an update."""

    def __init__(self, step):
        self.step = step

    def on_update(self, loop):
        if loop.step == self.step:
            with torch.no_grad():
                next(loop.model.parameters()).fill_(float("nan"))


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_checkpoint(deft, tmp_path):
    bindings = ["train.callbacks = [@not_finite_at()]", "not_finite_at.step = 7"]
    with pytest.raises(
        DlibError, match=r"nan at update 8; the checkpoint step_0000000005\S* is kept"
    ):
        train_with_gin(tmp_path / "m", False, [deft], bindings)
    assert checkpoint.read_header(checkpoint.latest(tmp_path / "m/checkpoint"))["step"] == 5


def test_the_update_is_told_where_one_cannot_look_at_each(deft, tmp_path, monkeypatch):
    # As on a GPU; the next looks are at the log's row of update 12 and at the checkpoint of 10.
    monkeypatch.setattr(training_loop, "sees_at_once", lambda device: False)
    lines = ["train.callbacks = [@not_finite_at()]", "not_finite_at.step = 7"]
    for checkpoint_every in (5, 100):
        every = [f"train.checkpoint_every = {checkpoint_every}", "train.log_every = 100"]
        with pytest.raises(DlibError, match="the loss is nan at update 8; "):
            train_with_gin(tmp_path / f"{checkpoint_every}", False, [deft], lines + every)
    assert [row["step"] for row in losses(tmp_path / "100")] == [6]  # the end of a stage


def test_weights_that_are_not_finite_are_never_saved(deft, tmp_path):
    # Spoilt after the loss of update 10 was found finite, and just before it is saved.
    bindings = ["train.callbacks = [@not_finite_at()]", "not_finite_at.step = 10"]
    with pytest.raises(
        DlibError, match=r"encoder\S* is no longer finite after update 10; .*step_0000000005"
    ):
        train_with_gin(tmp_path / "m", False, [deft], bindings)
    assert checkpoint.read_header(checkpoint.latest(tmp_path / "m/checkpoint"))["step"] == 5


def test_a_damaged_checkpoint_is_named(deft, tmp_path):
    interrupt = ["train.callbacks = [@signal_at()]", "signal_at.step = 3"]
    with pytest.raises(TrainingInterrupted):
        train_with_gin(tmp_path / "m", False, [deft], interrupt)
    path = checkpoint.latest(tmp_path / "m/checkpoint")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DlibError, match=r"step_0000000003\S* is not a whole checkpoint"):
        train_with_gin(tmp_path / "m", gin_config_files=[deft])


def test_a_checkpoint_of_another_model_is_named(deft, tmp_path):
    for name, size in (("m", 2), ("other", 3)):
        bindings = ["train.callbacks = [@signal_at()]", "signal_at.step = 3"]
        bindings += [f"deft.group_size = {size}", f"encoder.num_latent = {2 * size}"]
        with pytest.raises(TrainingInterrupted):
            train_with_gin(tmp_path / name, False, [deft], bindings)
    shutil.copytree(tmp_path / "other/checkpoint", tmp_path / "m/checkpoint", dirs_exist_ok=True)
    with pytest.raises(
        DlibError, match=r"step_0000000003\S* does not fit the model \(size"
    ) as error:
        train_with_gin(
            tmp_path / "m",
            False,
            [deft],
            bindings[:2] + ["deft.group_size = 2", "encoder.num_latent = 4"],
        )
    assert "\n" not in str(error.value)


def interrupted(deft, model_dir):
    """A training that was stopped after update 3; the path of its checkpoint."""
    interrupt = ["train.callbacks = [@signal_at()]", "signal_at.step = 3"]
    with pytest.raises(TrainingInterrupted):
        train_with_gin(model_dir, False, [deft], interrupt)
    return checkpoint.latest(model_dir / "checkpoint")


@pytest.mark.parametrize(
    ("made_with", "note"),
    [
        ({}, r"going on from update 3 \(step_0000000003.safetensors\)$"),
        ({"threads": 77}, "it was made with 77 threads, now there are [0-9]+: results may differ"),
        ({"device": "cuda"}, "it was made on cuda, now it is cpu: the noise is another"),
        ({"source": "a.npz"}, "it was made on images from 'a.npz', now they are from 'noise'"),
    ],
)
def test_going_on_elsewhere_is_told(deft, tmp_path, monkeypatch, capsys, made_with, note):
    monkeypatch.setattr(DummyData, "source", "noise")
    path = interrupted(deft, tmp_path / "m")
    checkpoint.copy(path, path.parent, **made_with)
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    (line,) = capsys.readouterr().out.splitlines()
    assert re.search(note, line)
    assert losses(tmp_path / "m")[-1]["step"] == 12


def test_a_checkpoint_that_does_not_tell_its_source_and_its_rows_goes_on(deft, tmp_path):
    path = interrupted(deft, tmp_path / "m")
    header = checkpoint.read_header(path)
    older = {key: value for key, value in header.items() if key not in ("source", "log_rows")}
    tensors = safetensors.numpy.load_file(path)
    safetensors.numpy.save_file(tensors, path, {"dlib": json.dumps(older)})
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    train_with_gin(tmp_path / "whole", gin_config_files=[deft])
    assert_same_training(tmp_path / "whole", tmp_path / "m")
