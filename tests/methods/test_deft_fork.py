"""``method/deft_fork.gin`` is the variant that the authors published (April 2021, b99a30f)."""

import json

import gin
import pytest
import torch
from torch import nn

from dlib.methods.shared.conv_networks import ConvEncoder
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import gin_utils

FILES = ["method/deft_fork.gin", "train/paper.gin"]
STAGE = 6000  # updates


@pytest.fixture(scope="module")
def model():
    with gin_utils.configured(FILES):
        method = gin.get_bindings("model")["model"]
        return method.bind(TrainingSetup((64, 64, 1), batch_size=4, num_images=64), seed=1)


def test_its_groups_and_pressures(model):
    assert model.group_sizes == [2, 2, 2, 2, 2]
    assert model.num_latent == 10
    assert model.betas == [70, 30, 12, 4, 4]
    assert [(s.start, s.end) for s in model.stages()] == [
        (j * STAGE, (j + 1) * STAGE) for j in range(5)
    ]
    for step, beta in ((0, 70), (STAGE - 1, 70), (STAGE, 30), (3 * STAGE, 4), (5 * STAGE - 1, 4)):
        model.global_step = step
        assert model.pressure() == beta


def test_one_standard_encoder_is_shared(model):
    assert isinstance(model.encoder, ConvEncoder)
    assert model.encoder.layout == ((32, 32, 64, 64), (4, 4, 4, 4), 256, 0.01)
    assert model.encoder.mean.weight.shape == (10, 256)
    # No group has a learning rate of its own.
    assert set(model.parameter_groups()["vae"]) == {"encoder", "decoder"}
    assert model.learning_rate_factor("encoder", 2 * STAGE) == 1.0


def test_its_decoder_is_narrow(model):
    inputs = [layer.in_channels for layer in model.decoder.deconvolutions]
    assert (*inputs, model.decoder.last.in_channels) == (64, 64, 32, 4)
    assert model.decoder.leaky_slope == 0.01
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in model.decoder.modules())


@pytest.mark.parametrize("stage", range(5))
def test_earlier_groups_are_scaled_and_later_ones_frozen(model, stage):
    factors = [0.1] * (2 * stage) + [1.0] * 2 + [0.0] * (8 - 2 * stage)
    model.global_step = stage * STAGE
    seen = {}
    heads = {"mean": model.encoder.mean, "logvar": model.encoder.logvar}
    hooks = [
        head.bias.register_hook(lambda g, name=name: seen.update({name: g.clone()}))
        for name, head in heads.items()
    ]
    mean, logvar = model.train().encode(torch.rand(4, 1, 64, 64))
    (mean.sum() + 2 * logvar.sum()).backward()
    for hook in hooks:
        hook.remove()
    # d mean.sum() / d bias is the number of images, 4.
    torch.testing.assert_close(seen["mean"], 4 * torch.tensor(factors))
    torch.testing.assert_close(seen["logvar"], 8 * torch.tensor(factors))


def test_it_trains_through_its_stages(tmp_path):
    bindings = [
        "deft.stage_steps = 1",
        "dataset.name = 'translation'",
        "model.batch_size = 2",
        "model.eval_steps = 1",
        "train.progress = False",
        "train.log_every = 1",
        "train.device = 'cpu'",
    ]
    train_with_gin(tmp_path / "model", False, FILES, bindings)
    rows = [
        json.loads(line)
        for line in (tmp_path / "model" / "train_log.jsonl").read_text().splitlines()
    ]
    updates = [row for row in rows if "kl_loss" in row]
    ratios = [row["regularizer"] / row["kl_loss"] for row in updates]
    assert ratios == pytest.approx([70, 30, 12, 4, 4], rel=1e-5)
