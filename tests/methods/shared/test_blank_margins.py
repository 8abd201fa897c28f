import unittest.mock

import numpy as np
import pytest
import torch

from dlib.data.ground_truth import dsprites
from dlib.methods.shared import architectures, blank_margins
from dlib.methods.shared.grouped_encoder import GroupedEncoder


def plain(encoder, images):
    """Means and log-variances with the margins computed like all else."""
    with unittest.mock.patch.object(blank_margins, "applies", return_value=False):
        return encoder(images)


def gradients(encoder, outputs):
    """Of a loss that weighs every output differently, by parameter."""
    generator = torch.Generator().manual_seed(1)
    loss = sum(
        (values * torch.randn(values.shape, generator=generator, dtype=values.dtype)).sum()
        for values in outputs
    )
    found = torch.autograd.grad(loss, list(encoder.parameters()))
    return dict(zip(dict(encoder.named_parameters()), found, strict=True))


def spots(size, channels=1, side=64, count=40):
    """Images with noise in a square of a size, at all kinds of places, the corners among them."""
    rng = np.random.RandomState(0)
    images = np.zeros((count, channels, side, side))
    for index, image in enumerate(images):
        row, column = rng.randint(side - size + 1, size=2)
        if index < 4:
            row, column = (index // 2) * (side - size), (index % 2) * (side - size)
        image[:, row : row + size, column : column + size] = rng.rand(channels, size, size)
    return torch.from_numpy(images)


ENCODERS = {
    "standard": lambda c: architectures.standard_encoder((64, 64, c), 3),
    "leaky": lambda c: architectures.standard_encoder((64, 64, c), 3, leaky_slope=0.01),
    "groups": lambda c: GroupedEncoder(
        architectures.lite_encoder((64, 64, c), k) for k in (1, 2, 3)
    ),
    "reference": lambda c: architectures.conv_encoder((64, 64, c), 3),
}


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [1, 2, 9, 24])
def test_windows_give_what_whole_images_give(name, channels, size):
    torch.manual_seed(0)
    encoder = ENCODERS[name](channels).double()
    images = spots(size, channels)
    found, expected = encoder(images), plain(encoder, images)
    for mine, whole in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, whole, rtol=1e-9, atol=1e-12)
    found, expected = gradients(encoder, found), gradients(encoder, expected)
    for parameter, whole in expected.items():
        assert whole.abs().max() > 0, parameter
        torch.testing.assert_close(found[parameter], whole, rtol=1e-9, atol=1e-10)


def test_blank_images_among_others_and_alone():
    encoder = architectures.standard_encoder((64, 64, 1), 3).double()
    images = spots(5)
    images[3] = 0
    for batch in (images, images[3:4].repeat(4, 1, 1, 1)):
        found, expected = encoder(batch), plain(encoder, batch)
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
        found, expected = gradients(encoder, found), gradients(encoder, expected)
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-10)


def test_the_span_of_a_pixel_by_hand():
    # Pixel 20 of 64 is seen by outputs i with 4 i - 3 <= 20 <= 4 i + 6: 4 and 5. Pixel 0: 0 only;
    # pixel 63: 15 only.
    seen = torch.zeros(3, 64, dtype=torch.bool)
    seen[0, 20] = seen[1, 0] = seen[2, 63] = True
    first, last = blank_margins._span(seen)
    assert (first.tolist(), last.tolist()) == ([4, 0, 15], [5, 0, 15])


def test_it_is_used_where_it_helps(monkeypatch):
    convolved = []
    plain_conv = torch.nn.functional.conv2d

    def counted(images, *arguments, **more):
        convolved.append(images.shape[0] * images.shape[2] * images.shape[3])
        return plain_conv(images, *arguments, **more)

    monkeypatch.setattr(blank_margins.F, "conv2d", counted)
    layers = architectures.standard_encoder((64, 64, 1), 3).convolutions[:2]
    layers = [(layer.weight, layer.bias, 1) for layer in layers]
    classes = np.zeros((8, 6), int)
    classes[:, 1] = np.arange(8) % 3
    classes[:, 2] = 5  # the largest
    sprites = torch.from_numpy(dsprites.render(classes).astype(np.float32))[:, None]
    blank_margins.two_layers(sprites, layers, torch.relu)
    assert convolved[0] < 0.5 * 8 * 64 * 64
    convolved.clear()
    sprites[5] = 1  # one image without margins
    blank_margins.two_layers(sprites, layers, torch.relu)
    assert convolved[0] == 8 * 64 * 64


def test_images_with_something_at_the_very_edge_have_a_window_within_the_image():
    encoder = architectures.standard_encoder((64, 64, 1), 3).double()
    images = torch.zeros(4, 1, 64, 64, dtype=torch.float64)
    images[0, 0, 0, 0] = images[1, 0, 63, 63] = images[2, 0, 0, 63] = images[3, 0, 31, 0] = 1
    begins, size = blank_margins._windows(images)
    # Pixel 31 is seen by the outputs with 4 i - 3 <= 31 <= 4 i + 6: 7 and 8; the corners by one,
    # whose window of two begins at 0 or at 14.
    assert size == 2
    assert [begin.tolist() for begin in begins] == [[0, 14, 0, 7], [0, 14, 14, 0]]
    torch.testing.assert_close(encoder(images), plain(encoder, images), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("images", "kernels"),
    [
        (torch.zeros(1, 1, 64, 64), (4, 4, 4, 4)),
        (torch.zeros(2, 1, 64, 64), (4, 2, 2)),
        (torch.zeros(2, 1, 62, 64), (4, 4)),
        (torch.zeros(2, 1, 64, 64, requires_grad=True), (4, 4)),
        (torch.zeros(2, 1, 64, 64, device="meta"), (4, 4)),
    ],
)
def test_it_applies_to_batches_and_layers_that_fit(images, kernels):
    assert blank_margins.applies(torch.zeros(2, 1, 64, 64), (4, 4, 2, 2))
    assert not blank_margins.applies(images, kernels)


def test_the_gradient_of_an_image_is_that_of_all_its_pixels():
    encoder = architectures.standard_encoder((64, 64, 1), 3).double()
    images = spots(3, count=2).requires_grad_()
    (gradient,) = torch.autograd.grad(encoder(images)[0].sum(), images)
    assert (gradient[images == 0] != 0).any()


def test_half_precision_takes_the_windows_too():
    encoder = architectures.standard_encoder((64, 64, 1), 3)
    images = spots(9).float()
    with torch.autocast("cpu", torch.bfloat16):
        found, expected = encoder(images), plain(encoder, images)
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.01)
    gradients(encoder, found)
