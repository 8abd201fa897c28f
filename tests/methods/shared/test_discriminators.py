"""The discriminator of FactorVAE: its losses, its permutation, its starting weights."""

import math

import pytest
import torch

from dlib.methods.shared import discriminators


def test_losses_of_known_logits():
    joint = torch.tensor([[1.0, 0.0], [3.0, 0.0]])
    product = torch.tensor([[0.0, 0.0], [0.0, 2.0]])
    assert discriminators.total_correlation_of_logits(joint) == 2.0
    log_sigmoid = lambda x: -math.log1p(math.exp(-x))
    expected = -0.25 * (log_sigmoid(1) + log_sigmoid(3) + log_sigmoid(0) + log_sigmoid(2))
    assert discriminators.discriminator_loss(joint, product).item() == pytest.approx(expected)


def test_clipped_probabilities_have_no_gradient_beyond_the_clip():
    joint = torch.tensor([[40.0, 0.0]], requires_grad=True)
    product = torch.tensor([[40.0, 0.0]], requires_grad=True)
    loss = discriminators.discriminator_loss(joint, product, clip=1e-6)
    expected = -0.5 * (math.log(1 - 1e-6) + math.log(1e-6))
    assert loss.item() == pytest.approx(expected, rel=1e-4)
    loss.backward()
    assert not joint.grad.any()
    assert not product.grad.any()
    discriminators.discriminator_loss(joint, product).backward()
    assert product.grad.tolist() == [[0.5, -0.5]]


def test_shuffled_codes_keep_each_latents_values():
    codes = torch.arange(40.0).reshape(8, 5)
    shuffled = discriminators.shuffle_codes(codes, torch.Generator().manual_seed(0))
    assert torch.equal(shuffled.sort(dim=0).values, codes)
    rows = {tuple(row) for row in codes.tolist()}
    assert not rows & {tuple(row) for row in shuffled.tolist()}


def test_discriminator_starts_as_in_tensorflow():
    network = discriminators.fc_discriminator(10)
    assert [layer.out_features for layer in network.hidden] == [1000] * 6
    limit = math.sqrt(6 / (1000 + 1000))
    assert network.hidden[1].weight.abs().max() <= limit
    assert network.hidden[1].weight.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.01)
    assert not network.hidden[1].bias.any()
    # A slope of 0.2: with all weights -1, -10 000 -> 0.2 of it after a layer.
    small = discriminators.FullyConnectedDiscriminator(1, hidden=(1,))
    with torch.no_grad():
        for layer in (small.hidden[0], small.logits):
            layer.weight.fill_(1.0)
            layer.bias.zero_()
    assert small(torch.tensor([[-5.0], [5.0]])).tolist() == [[-1.0, -1.0], [5.0, 5.0]]
