"""Stages of fixed and of adaptive length, and trainings with the latter."""

import json
import os
import signal

import gin
import numpy as np
import pytest
import safetensors.numpy
from tiny_configs import TINY_DEFT

import dlib
from dlib.methods.unsupervised import train_log
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.deft import DEFT
from dlib.methods.unsupervised.deft_stages import DeftStages, stage_lengths
from dlib.methods.unsupervised.information_plateau import InformationPlateau
from dlib.methods.unsupervised.train import train_with_gin
from dlib.methods.unsupervised.training_loop import TrainingInterrupted
from dlib.utils.errors import DlibError

SETUP = TrainingSetup((16, 16, 1), batch_size=8, num_images=60)  # 8 updates an epoch


def plateau(**settings):
    return InformationPlateau(
        **{"patience": 3, "tolerance": 0.5, "min_steps": 3, "window": 1, **settings}
    )


def ends(stages):
    return [(stage.start, stage.end) for stage in stages.stages]


def test_a_stage_ends_on_its_plateau_and_the_later_ones_move_up():
    stages = DeftStages([20, 10, 6], plateau())
    assert ends(stages) == [(0, 20), (20, 30), (30, 36)]
    series = [1, 2, 3, 3, 3, 3]  # grows at updates 1, 2, 3; three more without growth
    series += [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]  # always grows: its full ten updates
    series += [0, 0, 0, 0]  # never grows: its first update is the mark, three more
    for step, kl in enumerate(series):
        assert len(stages.ended) == (0 if step < 6 else 1 if step < 16 else 2)
        stages.take_note(step, float(kl))
    assert ends(stages) == [(0, 6), (6, 16), (16, 20)]
    assert [stage.label for stage in stages.stages] == ["stage 1/3", "stage 2/3", "stage 3/3"]
    told = [(e["stage"], e["stage_updates"], e["stage_ended_by"]) for e in stages.ended]
    assert told == [(0, 6, "plateau"), (1, 10, "length"), (2, 4, "plateau")]
    assert [entry["group_kl"] for entry in stages.ended] == [3.0, 9.0, 0.0]


def test_labels_of_open_stages_say_that_they_may_end_early():
    stages = DeftStages([20, 10], plateau())
    assert stages.stages[1].label == "stage 2/2 (at most 10 updates)"
    assert DeftStages([20, 10]).stages[1].label == "stage 2/2"


def test_the_state_is_enough_to_go_on():
    series = [1.0, 2, 3, 3, 3, 3, 0, 0, 0, 0, 1, 2, 3, 4, 5]
    whole, parts = DeftStages([20, 10, 6], plateau()), DeftStages([20, 10, 6], plateau())
    for step, kl in enumerate(series):
        whole.take_note(step, kl)
        parts.take_note(step, kl)
        state = json.loads(json.dumps(parts.state()))
        parts = DeftStages([20, 10, 6], plateau())
        parts.load_state(state)
        assert (parts.stages, parts.ended) == (whole.stages, whole.ended)
    assert len(whole.ended) == 2


def test_fixed_and_adaptive_stages_do_not_go_on_from_each_other():
    fixed, adaptive = DeftStages([20, 10]), DeftStages([20, 10], plateau())
    fixed.load_state(fixed.state())
    with pytest.raises(DlibError, match="made without deft.adaptive_stages, and now deft is with"):
        adaptive.load_state(fixed.state())
    with pytest.raises(DlibError, match="made with deft.adaptive_stages, and now deft is without"):
        fixed.load_state(adaptive.state())


@pytest.mark.parametrize(
    ("epochs", "steps", "longest", "lengths"),
    [
        (2, None, None, [16, 16]),
        ([1, 3], None, None, [8, 24]),
        (None, 7, None, [7, 7]),
        (None, None, [9, 5], [9, 5]),
    ],
)
def test_lengths(epochs, steps, longest, lengths):
    found = stage_lengths(SETUP, 2, epochs, steps, plateau(max_steps=longest))
    assert found == lengths
    if longest is None:
        assert stage_lengths(SETUP, 2, epochs, steps) == lengths


@pytest.mark.parametrize(
    ("epochs", "steps", "settings", "message"),
    [
        (None, None, {}, "or information_plateau.max_steps"),
        (1, 8, {}, "needs the length of its stages once"),
        (None, 8, {"max_steps": 8}, "needs the length of its stages once"),
        (None, None, {"max_steps": [8]}, "max_steps = .* has 1 values for the 2 stages"),
        (None, None, {"max_steps": 0}, "max_steps must be a whole number >= 1"),
        (None, [4, 3], {}, "may last 3 updates .*min_steps = 3 can never end it early"),
    ],
)
def test_contradictions_are_told(epochs, steps, settings, message):
    with pytest.raises(DlibError, match=message):
        stage_lengths(SETUP, 2, epochs, steps, plateau(**settings))


TRAINING = f"""{TINY_DEFT}
deft.stage_steps = 20
deft.adaptive_stages = @information_plateau()
information_plateau.patience = 4
information_plateau.tolerance = 0.02
information_plateau.min_steps = 6
information_plateau.window = 2
model.eval_steps = 2
train.log_every = 1
train.checkpoint_every = 3
"""


@gin.configurable("signal_of_stages")
class SignalAt(Callback):
    """Sends a signal to this process after an update."""

    def __init__(self, step):
        self.step = step

    def on_update(self, loop):
        if loop.step == self.step:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adaptive") / "whole"
    train_with_gin(folder, gin_bindings=[TRAINING])
    return folder


def results_of(folder):
    results = json.loads((folder / "results/json/train_results.json").read_text())
    return {k: v for k, v in results.items() if k not in ("elapsed_time", "uuid")}


def rows_of(folder):
    return [
        {k: v for k, v in row.items() if k != "images_per_second"} for row in train_log.read(folder)
    ]


def test_a_training_ends_its_stages_early_and_says_so(whole):
    results, rows = results_of(whole), rows_of(whole)
    first, second = results["stage_updates"]
    # A run with noise for images learns nothing that it would take 20 updates for.
    assert 6 <= first < 20
    assert 6 <= second <= 20
    assert results["global_step"] == first + second
    assert results["stage_ended_by"][0] == "plateau"
    endings = [row for row in rows if "stage_ended_by" in row]
    assert [(row["step"], row["stage"]) for row in endings] == [(first, 0), (first + second, 1)]
    assert [row["group_kl"] for row in endings] == results["group_kl"]
    losses = [row for row in rows if "loss" in row]
    assert [row["beta"] for row in losses] == [8.0] * first + [2.0] * second
    assert [row["stage"] for row in losses] == [0] * first + [1] * second


def test_the_decision_can_be_made_again_from_the_log(whole):
    """At gamma 0 or not, the KL of the only group is the logged one."""
    config = [TRAINING, "deft.betas = [8.0]", "deft.group_size = 4"]
    folder = whole.parent / "one_group"
    train_with_gin(folder, gin_bindings=config)
    watch = InformationPlateau(patience=4, tolerance=0.02, min_steps=6, window=2)
    rows = [row for row in rows_of(folder) if "loss" in row]
    answers = [watch.is_reached(row["kl_loss"]) for row in rows]
    assert answers.index(True) == len(answers) - 1 or len(answers) == 20
    assert results_of(folder)["group_kl"] == [pytest.approx(watch.smoothed, rel=1e-5)]


@pytest.mark.parametrize("place", ["in the first stage", "at its end", "in the second stage"])
def test_going_on_is_the_same_to_the_bit(whole, tmp_path, place):
    first, second = results_of(whole)["stage_updates"]
    step = {
        "in the first stage": first - 2, "at its end": first, "in the second stage": first + 4
    }[place]  # fmt: skip
    bindings = ["train.callbacks = [@signal_of_stages()]", f"signal_of_stages.step = {step}"]
    with pytest.raises(TrainingInterrupted, match=f"after update {step} of"):
        train_with_gin(tmp_path / "parts", False, None, [TRAINING, *bindings])
    train_with_gin(tmp_path / "parts", gin_bindings=[TRAINING])
    assert results_of(tmp_path / "parts") == results_of(whole)
    assert rows_of(tmp_path / "parts") == rows_of(whole)
    one, other = (
        safetensors.numpy.load_file(folder / "module/weights.safetensors")
        for folder in (whole, tmp_path / "parts")
    )
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def test_a_loaded_model_knows_when_its_stages_ended(whole):
    first, second = results_of(whole)["stage_updates"]
    model = dlib.load(whole).model
    assert [stage.end for stage in model.stages()] == [first, first + second]
    early = dlib.load(whole / "stages" / "0").model
    assert (early.global_step, early.stages()[0].end) == (first, first)


def test_it_watches_the_latents_of_the_group_at_work(configured, tiny_networks):
    import torch

    with configured(bindings=[tiny_networks, "encoder.num_latent = 5"]):
        model = DEFT([8.0, 2.0], [2, 3], stage_steps=20, adaptive_stages=plateau(min_steps=4))
        model.bind(SETUP, seed=1)
        images = torch.rand(8, 1, 16, 16, generator=torch.Generator().manual_seed(0)).round()
        mean, logvar = model.encode(images)
        kl = 0.5 * (mean.square() + logvar.exp() - logvar - 1).mean(0)  # [D]
        seen = []
        for latents in (slice(0, 2), slice(2, 5)):
            model.losses(images)
            seen.append(model._schedule.plateau.smoothed)
            assert seen[-1] == pytest.approx(kl[latents].sum().item(), rel=1e-5)
            for _ in range(3):  # the weights stay, and so does the KL
                model.global_step += 1
                model.losses(images)
            model.global_step = model.stages()[0].end
    assert seen[0] != seen[1]
