"""Fully connected, Burgess and broadcast networks: layers, sizes, starting weights."""

import math

import pytest
import torch

from dlib.methods.shared import architectures
from dlib.methods.shared.burgess_networks import num_halvings
from dlib.utils.errors import DlibError

SHAPES = [(64, 64, 1), (64, 64, 3), (32, 32, 3), (128, 128, 1)]


def num_parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", ["fc", "test", "burgess"])
def test_sizes_in_and_out(name, shape):
    height, width, channels = shape
    encoder = getattr(architectures, f"{name}_encoder")(shape, 5)
    decoder = getattr(architectures, f"{name}_decoder")(5, shape)
    mean, logvar = encoder(torch.rand(2, channels, height, width))
    assert mean.shape == logvar.shape == (2, 5)
    assert decoder(mean).shape == (2, channels, height, width)


@pytest.mark.parametrize("shape", [(64, 64, 1), (32, 32, 3)], ids=str)
def test_broadcast_decoder_keeps_the_sides(shape):
    decoder = architectures.spatial_broadcast_decoder(5, shape, channels=4)
    assert decoder(torch.rand(2, 5)).shape == (2, shape[2], *shape[:2])
    assert decoder.convolutions[0].in_channels == 5 + 2
    assert len(decoder.convolutions) == 4


def test_broadcast_decoder_knows_where_it_is():
    decoder = architectures.spatial_broadcast_decoder(1, (3, 5, 1), channels=2, num_layers=1)
    with torch.no_grad():
        for layer in (decoder.convolutions[0], decoder.last):
            layer.weight.zero_()
            layer.bias.zero_()
        # The first channel is row + 10, the second column + 10 z; the output is their sum.
        first = decoder.convolutions[0]
        first.weight[0, 1, 1, 1] = 1.0
        first.bias[0] = 10.0
        first.weight[1, 2, 1, 1] = 1.0
        first.weight[1, 0, 1, 1] = 10.0
        decoder.last.weight[0, :, 1, 1] = 1.0
    image = decoder(torch.tensor([[1.0]]))[0, 0]
    expected = [[20 + row + column for column in (-1, -0.5, 0, 0.5, 1)] for row in (-1, 0, 1)]
    assert torch.allclose(image, torch.tensor(expected))
    assert "coordinates" not in decoder.state_dict()


def test_the_references_fully_connected_networks():
    encoder = architectures.fc_encoder((64, 64, 1), 10)
    pixels = 64 * 64
    expected = pixels * 1200 + 1200 + 1200 * 1200 + 1200 + 2 * (1200 * 10 + 10)
    assert num_parameters(encoder) == expected
    decoder = architectures.fc_decoder(10, (64, 64, 1))
    expected = 10 * 1200 + 1200 + 2 * (1200 * 1200 + 1200) + 1200 * pixels + pixels
    assert num_parameters(decoder) == expected
    for layer in encoder.hidden:
        limit = math.sqrt(6 / (layer.in_features + layer.out_features))
        assert layer.weight.abs().max() <= limit
        assert layer.weight.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.01)
        assert not layer.bias.any()


def test_activations_are_relu_in_and_tanh_out():
    encoder = architectures.fc_encoder((2, 2, 1), 1)
    decoder = architectures.fc_decoder(1, (2, 2, 1))
    with torch.no_grad():
        for parameter in [*encoder.parameters(), *decoder.parameters()]:
            parameter.zero_()
        encoder.hidden[0].bias.fill_(-1.0)
        encoder.hidden[1].weight.fill_(1.0)
        encoder.hidden[1].bias.fill_(0.5)
        encoder.mean.weight.fill_(1 / 1200)
        decoder.layers[2].bias.fill_(2.0)
        decoder.layers[3].weight.fill_(1 / 1200)
    mean, _ = encoder(torch.rand(1, 1, 2, 2))
    assert mean.item() == pytest.approx(0.5)  # relu(-1) = 0 into the second layer
    assert torch.allclose(decoder(torch.zeros(1, 1)), torch.full((1, 1, 2, 2), math.tanh(2.0)))


def test_pixels_go_in_and_out_channels_last():
    encoder = architectures.test_encoder((2, 2, 2), 8)
    decoder = architectures.test_decoder(8, (2, 2, 2))
    with torch.no_grad():
        encoder.mean.weight.copy_(torch.eye(8))
        decoder.layers[0].weight.copy_(torch.eye(8))
    images = torch.arange(8.0).reshape(1, 2, 2, 2)  # [B, C, H, W]
    mean, _ = encoder(images)
    assert mean[0].tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    assert torch.equal(decoder(mean), images)


@pytest.mark.parametrize(("side", "layers"), [(8, 1), (32, 3), (64, 4), (128, 5)])
def test_burgess_layers_follow_from_the_side(side, layers):
    encoder = architectures.burgess_encoder((side, side, 1), 10)
    decoder = architectures.burgess_decoder(10, (side, side, 1))
    assert num_halvings((side, side, 1), "") == layers == len(encoder.convolutions)
    assert len(decoder.deconvolutions) + 1 == layers


def test_burgess_parameters():
    # 64 x 64 x 1: conv 1-32, three 32-32, FC 512-256-256, two heads of 10.
    expected = (16 * 32 + 32) + 3 * (16 * 32 * 32 + 32) + (512 * 256 + 256) + (256 * 256 + 256)
    expected += 2 * (256 * 10 + 10)
    assert num_parameters(architectures.burgess_encoder((64, 64, 1), 10)) == expected


@pytest.mark.parametrize("shape", [(48, 48, 1), (64, 32, 1), (4, 4, 1)], ids=str)
def test_burgess_says_what_sizes_it_takes(shape):
    with pytest.raises(DlibError, match="needs square images with a side of 8, 16, 32, 64"):
        architectures.burgess_encoder(shape, 10)
