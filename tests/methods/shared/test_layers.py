import pytest
import torch
from torch import nn

from dlib.methods.shared.layers import InterleavedConvTranspose2d, flatten_channels_last


@pytest.mark.parametrize(("channels", "height", "width"), [(1, 5, 5), (3, 4, 7)])
def test_the_interleaved_form_is_the_transposed_convolution(channels, height, width):
    torch.manual_seed(0)
    ours = InterleavedConvTranspose2d(6, channels).double()
    plain = nn.ConvTranspose2d(6, channels, 4, stride=2, padding=1).double()
    plain.load_state_dict(ours.state_dict())
    images = torch.randn(3, 6, height, width, dtype=torch.float64)
    weight = torch.randn(3, channels, 2 * height, 2 * width, dtype=torch.float64)
    outputs, gradients = [], []
    for layer in (ours, plain):
        x = images.clone().requires_grad_()
        y = layer(x)
        (y * weight).sum().backward()
        outputs.append(y)
        gradients.append([x.grad, layer.weight.grad, layer.bias.grad])
    torch.testing.assert_close(*outputs, rtol=0, atol=1e-13)
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


def test_one_input_pixel_spreads_over_its_kernel():
    # A single 1 at (0, 0) puts kernel taps (1, 1), (1, 2), (2, 1), (2, 2) at the output's corner,
    # since the padding of 1 cuts the first row and column of the kernel away.
    layer = InterleavedConvTranspose2d(1, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(16.0).reshape(1, 1, 4, 4))
        layer.bias.fill_(100.0)
        image = torch.zeros(1, 1, 2, 2)
        image[0, 0, 0, 0] = 1.0
        output = layer(image)
    torch.testing.assert_close(
        output[0, 0, :3, :3] - 100, torch.tensor([[5.0, 6, 7], [9, 10, 11], [13, 14, 15]])
    )


def test_channels_last_flattening_puts_the_channel_last():
    images = torch.arange(8.0).reshape(1, 2, 2, 2)  # channel 0: 0 1 2 3, channel 1: 4 5 6 7
    assert flatten_channels_last(images).tolist() == [[0, 4, 1, 5, 2, 6, 3, 7]]
