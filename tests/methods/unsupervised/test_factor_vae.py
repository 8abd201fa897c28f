"""FactorVAE: its terms, its two batches, its step counts."""

import json
import math

import gin
import numpy as np
import pytest
import torch

from dlib.data.ground_truth.dummy_data import DummyData
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.factor_vae import FactorVAE
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import gin_utils

CONFIG = """
model.model = @factor_vae()
factor_vae.gamma = 6.0
encoder.encoder_fn = @test_encoder
decoder.decoder_fn = @test_decoder
encoder.num_latent = 3
reconstruction_loss.loss_fn = @bernoulli_loss
discriminator.discriminator_fn = @fc_discriminator
vae_optimizer.optimizer_fn = @vae/AdamOptimizer
discriminator_optimizer.optimizer_fn = @discriminator/AdamOptimizer
dataset.name = "dummy_data"
model.batch_size = 4
model.training_steps = 4
model.random_seed = 0
model.eval_steps = 1
train.device = "cpu"
train.progress = False
"""


def bound(*lines):
    setup = TrainingSetup((4, 4, 1), batch_size=4, training_steps=9)
    with gin_utils.configured(bindings=[CONFIG, *lines]):
        return gin.get_bindings("model")["model"].bind(setup, seed=1)


def images(seed, number=4):
    values = np.random.RandomState(seed).rand(number, 1, 4, 4).astype(np.float32)
    return torch.from_numpy(values)


def test_the_term_is_the_discriminators():
    model = bound()
    with torch.no_grad():
        for parameter in model.discriminator.parameters():
            parameter.zero_()
        model.discriminator.logits.bias.copy_(torch.tensor([2.0, 0.5]))
    with gin_utils.configured(bindings=[CONFIG]):
        terms = model.terms((images(0), images(1)))
    assert terms["tc_estimate"] == 1.5
    assert terms["regularizer"] == terms["kl_loss"] + 6 * 1.5
    expected = 0.5 * (math.log1p(math.exp(-1.5)) + math.log1p(math.exp(1.5)))
    assert terms["discriminator_loss"].item() == pytest.approx(expected)


@pytest.mark.parametrize("permutation", ["second_batch", "same_batch"])
def test_which_codes_are_permuted(permutation):
    model = bound(f"factor_vae.permutation = '{permutation}'")
    seen = []
    model.discriminator.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with gin_utils.configured(bindings=[CONFIG]), torch.no_grad():
        batch = (images(0), 50 * images(1)) if permutation == "second_batch" else images(0)
        model.terms(batch)
    joint, product = seen
    same = torch.equal(joint.sort(dim=0).values, product.sort(dim=0).values)
    assert same == (permutation == "same_batch")


def test_each_loss_moves_its_own_parameters_only():
    model = bound()
    with gin_utils.configured(bindings=[CONFIG]):
        losses = model.losses((images(0), images(1)))
    groups = model.parameter_groups()
    assert set(losses) == set(groups) == {"vae", "discriminator"}
    own = [p for group in groups["discriminator"].values() for p in group]
    others = [p for group in groups["vae"].values() for p in group]
    gradients = torch.autograd.grad(
        losses["discriminator"], own + others, allow_unused=True, retain_graph=True
    )
    assert all(g is not None and g.any() for g in gradients[: len(own)])
    assert {id(p) for p in own}.isdisjoint({id(p) for p in others})


def test_steps_are_updates_of_the_vae_or_the_references():
    assert bound().training_steps == 9
    assert bound("factor_vae.halve_steps = True").training_steps == 5


def test_the_stream_gives_two_batches_and_is_resumed():
    model = bound()
    loader = model.make_loader(DummyData(), np.random.RandomState(0), "shuffled")
    first = loader.next_batch()
    assert [tuple(part.shape) for part in first] == [(4, 1, 64, 64)] * 2
    assert not torch.equal(*first)
    state = json.loads(json.dumps(loader.state_dict()))
    expected = loader.next_batch()
    again = model.make_loader(DummyData(), np.random.RandomState(5), "shuffled")
    again.load_state_dict(state)
    assert all(torch.equal(a, b) for a, b in zip(again.next_batch(), expected, strict=True))


def test_training_moves_the_discriminator_and_reports_its_loss(tmp_path):
    train_with_gin(tmp_path, gin_bindings=[CONFIG])
    results = json.loads((tmp_path / "results/json/train_results.json").read_text())
    assert results["global_step"] == 4
    assert results["discriminator_loss"] > 0
    assert math.isfinite(results["tc_estimate"])


def test_constructor_alone():
    assert FactorVAE(gamma=3.0).permutation == "second_batch"
