import math

import pytest
import torch
from torch import nn

from dlib.methods.shared import architectures
from dlib.methods.shared.conv_networks import ConvEncoder, DeconvDecoder
from dlib.utils.errors import DlibError


def number_of_parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def conv(inputs, outputs, kernel):
    return inputs * outputs * kernel**2 + outputs


def linear(inputs, outputs):
    return inputs * outputs + outputs


def test_table_1_encoders_have_the_table_s_sizes():
    lite = architectures.lite_encoder((64, 64, 1), 3)
    expected = conv(1, 8, 4) + conv(8, 8, 4) + conv(8, 16, 4) + conv(16, 16, 4)
    assert number_of_parameters(lite) == expected + linear(256, 64) + 2 * linear(64, 3)
    standard = architectures.standard_encoder((64, 64, 3), 10)
    expected = conv(3, 32, 4) + conv(32, 32, 4) + conv(32, 64, 4) + conv(64, 64, 4)
    assert number_of_parameters(standard) == expected + linear(1024, 256) + 2 * linear(256, 10)


def test_the_reference_s_encoder_has_kernels_4_4_2_2():
    encoder = architectures.conv_encoder((64, 64, 1), 10)
    assert [c.kernel_size[0] for c in encoder.convolutions] == [4, 4, 2, 2]
    expected = conv(1, 32, 4) + conv(32, 32, 4) + conv(32, 64, 2) + conv(64, 64, 2)
    assert number_of_parameters(encoder) == expected + linear(1024, 256) + 2 * linear(256, 10)


def test_decoders_have_the_table_s_sizes():
    for decoder in (architectures.standard_decoder, architectures.deconv_decoder):
        expected = linear(12, 256) + linear(256, 1024) + conv(64, 64, 4) + conv(64, 32, 4)
        expected += conv(32, 32, 4) + conv(32, 3, 4)
        assert number_of_parameters(decoder(12, (64, 64, 3))) == expected


def test_the_reference_s_networks_start_glorot_uniform_with_zero_biases():
    torch.manual_seed(0)
    decoder = architectures.deconv_decoder(10, (64, 64, 1))
    weight = decoder.second.weight
    bound = math.sqrt(6 / (256 + 1024))
    assert weight.abs().max() <= bound
    assert weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.01)
    biases = [m.bias for m in decoder.modules() if isinstance(m, nn.Linear | nn.ConvTranspose2d)]
    assert all(not bias.any() for bias in biases)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_other_image_sizes_change_the_inner_size_only(size):
    encoder = ConvEncoder((size, size, 3), 4, (8, 8, 16, 16), (4, 4, 4, 4), 64)
    mean, logvar = encoder(torch.zeros(2, 3, size, size))
    assert mean.shape == logvar.shape == (2, 4)
    assert DeconvDecoder(4, (size, size, 3))(mean).shape == (2, 3, size, size)


def test_an_image_that_cannot_be_halved_is_refused():
    with pytest.raises(DlibError, match="lite_encoder halves the image 4 times .* got 60x64"):
        architectures.lite_encoder((60, 64, 1), 3)
    with pytest.raises(DlibError, match="standard_decoder"):
        architectures.standard_decoder(3, (64, 20, 1))


def test_a_convolution_of_known_weights_gives_the_hand_computed_mean():
    # 16x16 of ones, all convolution weights 0 and biases 1, hidden weights 1/16, heads 1:
    # features 1, hidden = 16 / 16 = 1, mean = 64 hidden units.
    encoder = ConvEncoder((16, 16, 1), 1, (8, 8, 16, 16), (4, 4, 4, 4), 64)
    with torch.no_grad():
        for layer in encoder.convolutions:
            layer.weight.zero_()
            layer.bias.fill_(1.0)
        encoder.hidden.weight.fill_(1 / 16)
        encoder.hidden.bias.zero_()
        encoder.mean.weight.fill_(1.0)
        encoder.mean.bias.zero_()
        mean, _ = encoder(torch.ones(1, 1, 16, 16))
    assert mean.item() == pytest.approx(64.0)


def test_a_leaky_slope_lets_negative_features_through():
    encoder = ConvEncoder((16, 16, 1), 1, (8, 8, 16, 16), (4, 4, 4, 4), 64, leaky_slope=0.01)
    assert encoder.activate(torch.tensor([-2.0, 3.0])).tolist() == pytest.approx([-0.02, 3.0])


def test_groups_and_number_of_latents_must_agree(configured, tiny_networks):
    bindings = [tiny_networks, "encoder.num_latent = 5"]
    with configured(bindings=bindings), pytest.raises(DlibError, match=r"\[2, 2\] hold 4 latents"):
        architectures.make_gaussian_encoder((16, 16, 1), [2, 2])


def test_he_uniform_keeps_the_signal_s_size():
    torch.manual_seed(0)
    decoder = architectures.standard_decoder(256, (64, 64, 1), start="he_uniform")
    weight = decoder.second.weight
    assert weight.abs().max() <= math.sqrt(6 / 256)
    assert weight.std().item() == pytest.approx(math.sqrt(2 / 256), rel=0.01)
    # A 4x4 kernel of stride 2 reaches an output with 4 of its 16 taps in each of 64 channels.
    assert decoder.deconvolutions[0].weight.std().item() == pytest.approx(
        math.sqrt(2 / (64 * 4)), rel=0.02
    )
    outputs = decoder(torch.randn(200, 256))
    inside = outputs[:, :, 8:-8, 8:-8]  # borders see padding
    # After ReLU the second moment is kept, so the last layer's outputs have twice that of inputs.
    assert 0.5 < inside.square().mean().item() / 2 < 2


@pytest.mark.parametrize(
    "network",
    [
        architectures.lite_encoder((64, 64, 1), 3),
        architectures.standard_encoder((64, 64, 1), 3),
        architectures.standard_decoder(3, (64, 64, 1)),
    ],
)
def test_table_1_networks_start_as_pytorch_starts_its_layers(network):
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            bound = 1 / math.sqrt(layer.weight[0].numel())
            for values in (layer.weight, layer.bias):
                assert values.abs().max() <= bound
            assert layer.weight.abs().max() > 0.9 * bound
            if layer.weight.numel() > 400:
                assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_an_unknown_start():
    with pytest.raises(DlibError, match="lite_encoder.start must be 'torch' or 'he_uniform'"):
        architectures.lite_encoder((64, 64, 1), 3, start="zeros")
