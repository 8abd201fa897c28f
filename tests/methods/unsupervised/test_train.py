import json
import os
import shutil
import signal

import gin
import numpy as np
import pytest
import safetensors.numpy
import torch
from tiny_configs import TINY_DEFT

from dlib.methods.unsupervised import checkpoint, train_log
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.train import train, train_with_gin
from dlib.methods.unsupervised.training_loop import TrainingInterrupted
from dlib.utils.errors import DlibError

DEFT = f"""{TINY_DEFT}
deft.stage_steps = 6
model.eval_steps = 2
train.log_every = 1
train.checkpoint_every = 5
"""


@pytest.fixture
def deft(tmp_path):
    path = tmp_path / "deft.gin"
    path.write_text(DEFT)
    return str(path)


def weights(model_dir):
    return safetensors.numpy.load_file(model_dir / "module" / "weights.safetensors")


def losses(model_dir):
    rows = [row for row in train_log.read(model_dir) if "loss" in row]
    return [{k: v for k, v in row.items() if k != "images_per_second"} for row in rows]


def assert_same_training(one, other):
    a, b = weights(one), weights(other)
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name])
    assert losses(one) == losses(other)
    keys = ("loss", "reconstruction_loss", "elbo", "regularizer", "kl_loss", "global_step")
    results = [
        json.loads((d / "results/json/train_results.json").read_text()) for d in (one, other)
    ]
    assert [results[0][key] for key in keys] == [results[1][key] for key in keys]


@gin.configurable("signal_at")
class SignalAt(Callback):
    """Sends a signal to this process after an update."""

    def __init__(self, step, number=int(signal.SIGTERM)):
        self.step, self.number = step, number

    def on_update(self, loop):
        if loop.step == self.step:
            os.kill(os.getpid(), self.number)


def test_a_training_leaves_module_results_log_and_stages(deft, tmp_path):
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    rows = losses(tmp_path / "m")
    assert [row["step"] for row in rows] == list(range(1, 13))
    assert [row["beta"] for row in rows] == [8.0] * 6 + [2.0] * 6
    assert [row["stage"] for row in rows] == [0] * 6 + [1] * 6
    for row in rows:
        expected = row["reconstruction_loss"] + row["beta"] * row["kl_loss"]
        assert row["loss"] == pytest.approx(expected, rel=1e-5)
    aggregate = json.loads((tmp_path / "m/results/aggregate/train.json").read_text())
    assert aggregate["train_results.global_step"] == 12
    assert aggregate["train_config.deft.betas"] == "[8.0, 2.0]"
    assert aggregate["train_config.dataset.name"] == "'dummy_data'"
    assert aggregate["train_environment.device"] == "cpu"
    for stage in "01":
        assert (tmp_path / "m/stages" / stage / "weights.safetensors").is_file()
    assert not (tmp_path / "m/checkpoint").exists()


def test_equal_seeds_give_equal_trainings_and_others_do_not(deft, tmp_path):
    train_with_gin(tmp_path / "a", gin_config_files=[deft])
    train_with_gin(tmp_path / "b", gin_config_files=[deft])
    train_with_gin(tmp_path / "c", gin_config_files=[deft], gin_bindings=["model.random_seed = 1"])
    assert_same_training(tmp_path / "a", tmp_path / "b")
    assert losses(tmp_path / "a") != losses(tmp_path / "c")


@pytest.mark.parametrize("step", [3, 5, 6, 12])
def test_going_on_after_a_signal_is_as_not_having_stopped(deft, tmp_path, step):
    train_with_gin(tmp_path / "whole", gin_config_files=[deft])
    interrupt = ["train.callbacks = [@signal_at()]", f"signal_at.step = {step}"]
    with pytest.raises(TrainingInterrupted, match=f"after update {step} of 12"):
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


def test_a_finished_training_is_left_alone(deft, tmp_path, capsys):
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    before = (tmp_path / "m/results/aggregate/train.json").read_bytes()
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    assert "trained already" in capsys.readouterr().out
    assert (tmp_path / "m/results/aggregate/train.json").read_bytes() == before
    train_with_gin(tmp_path / "m", True, [deft])
    assert (tmp_path / "m/results/aggregate/train.json").read_bytes() != before  # another uuid


def test_another_configuration_is_refused_and_told(deft, tmp_path):
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    with pytest.raises(DlibError, match="deft.gamma = 0.1, now 0.5"):
        train_with_gin(tmp_path / "m", False, [deft], ["deft.gamma = 0.5"])
    with pytest.raises(DlibError, match=r"train.order = unset, now 'reference'"):
        train_with_gin(tmp_path / "m", False, [deft], ["train.order = 'reference'"])
    # How it runs is not what it computes.
    train_with_gin(tmp_path / "m", False, [deft], ["train.log_every = 7"])


def test_a_folder_where_nothing_was_done_yet_takes_another_configuration(deft, tmp_path):
    with pytest.raises(DlibError, match="loss_fn must be a function"):
        train_with_gin(tmp_path / "m", False, [deft], ["reconstruction_loss.loss_fn = None"])
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    assert (tmp_path / "m/module/module.json").is_file()


def test_a_wrong_optimizer_is_told_before_there_is_a_folder(deft, tmp_path):
    for binding in ("vae_optimizer.optimizer_fn = None", "vae/AdamOptimizer.learning_rate = 'x'"):
        with pytest.raises(DlibError, match="must be"):
            train_with_gin(tmp_path / "m", False, [deft], [binding])
    assert not (tmp_path / "m").exists()


def test_a_folder_that_is_not_ours_is_never_touched(deft, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("precious")
    for overwrite in (False, True):
        with pytest.raises(DlibError, match="was not made by dlib"):
            train_with_gin(tmp_path / "thesis", overwrite, [deft])
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "precious"


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


def test_weights_that_are_not_finite_are_never_saved(deft, tmp_path):
    # Spoilt after the loss of update 10 was found finite, and just before it is saved.
    bindings = ["train.callbacks = [@not_finite_at()]", "not_finite_at.step = 10"]
    with pytest.raises(
        DlibError, match=r"encoder\S* is no longer finite after update 10; .*step_0000000005"
    ):
        train_with_gin(tmp_path / "m", False, [deft], bindings)
    assert checkpoint.read_header(checkpoint.latest(tmp_path / "m/checkpoint"))["step"] == 5


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        ("model.training_steps = 5", "training_steps = 5, but the 2 stages of deft last 12"),
        ("model.batch_size = 0", "model.batch_size must be a whole number >= 1, got 0"),
        ("model.eval_steps = 0", "model.eval_steps must be"),
        ("model.eval_steps = None", "model.eval_steps must be"),
        ("model.batch_size = None", "model.batch_size must be"),
        ("model.model = None", "model.model must be a method, such as @vae"),
        ("model.model = 'deft'", "model.model must be a method, such as @vae"),
        ("encoder.num_latent = 'x'", "encoder.num_latent must be a whole number"),
        ("encoder.encoder_fn = 'conv'", "encoder.encoder_fn must be a function, such as"),
        ("decoder.decoder_fn = None", "decoder.decoder_fn must be a function, such as"),
        ("train.device = None", "train.device must be"),
        ("train.device = 'meta'", "train.device must be"),
        ("train.threads = 0", "train.threads must be a whole number >= 1"),
        ("train.checkpoint_every = 1.5", "train.checkpoint_every must be a whole number"),
        ("train.callbacks = [1]", "train.callbacks must be a list of callbacks"),
        ("train.callbacks = [@stage_scores]", "train.callbacks must be a list of callbacks"),
        ("train.callbacks = None", "train.callbacks must be a list of callbacks"),
        ("model.random_seed = -1", "model.random_seed must lie in"),
        ("train.log_every = 0", "train.log_every must be a whole number >= 1"),
        ("train.precision = 'float16'", "train.precision must be one of float32, bfloat16"),
        ("train.device = 'tpu9'", "train.device must be"),
        ("train.device = 'cuda:7'", "PyTorch sees . CUDA devices"),
        ("train.order = 'sorted'", "sorted"),
        ("deft.gama = 0.5", "Did you mean 'gamma'"),
        ("dataset.name = 'dsprite_full'", "dsprites_full"),
        ("model.model = @vae()\nvae.beta = 4", "has no stages that tell"),
        ("model.model = @vae()", "vae"),
    ],
)
def test_mistakes_are_told_in_one_line_and_leave_nothing(deft, tmp_path, binding, message):
    with pytest.raises(DlibError, match=message) as error:
        train_with_gin(tmp_path / "m", False, [deft], binding.split("\n"))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "m" / "module").exists()


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


def test_bfloat16_is_near_float32(deft, tmp_path):
    train_with_gin(tmp_path / "a", gin_config_files=[deft])
    train_with_gin(tmp_path / "b", False, [deft], ["train.precision = 'bfloat16'"])
    full, half = losses(tmp_path / "a"), losses(tmp_path / "b")
    assert half[-1]["loss"] == pytest.approx(full[-1]["loss"], rel=0.02)
    assert half[-1]["loss"] != full[-1]["loss"]


def test_a_run_in_a_folder_that_another_run_holds_stops(deft, tmp_path):
    from dlib.utils import run_folder

    with run_folder.locked(tmp_path / "m"), pytest.raises(DlibError, match="in use by another"):
        train_with_gin(tmp_path / "m", gin_config_files=[deft])


def test_train_is_importable_as_in_the_reference():
    assert train.__name__ == "train"
