import pytest
import torch
from torch import nn

from dlib.methods.shared.conv_networks import ConvEncoder
from dlib.methods.shared.grouped_encoder import GroupedEncoder


def lite(num_latent, channels=1):
    return ConvEncoder((16, 16, channels), num_latent, (8, 8, 16, 16), (4, 4, 4, 4), 64).double()


class Flat(nn.Module):
    """An encoder that is not convolutional."""

    def __init__(self, num_latent):
        super().__init__()
        self.layer = nn.Linear(256, num_latent, dtype=torch.float64)

    def forward(self, images):
        return self.layer(images.flatten(1)), -self.layer(images.flatten(1))


@pytest.mark.parametrize(("sizes", "channels"), [((3, 3, 3), 1), ((1, 4), 3)])
def test_together_is_one_by_one(sizes, channels):
    torch.manual_seed(0)
    grouped = GroupedEncoder([lite(size, channels) for size in sizes])
    assert grouped.together
    images = torch.rand(5, channels, 16, 16, dtype=torch.float64)
    weight = torch.randn(5, sum(sizes), dtype=torch.float64)

    def gradients():
        mean, logvar = grouped(images)
        grouped.zero_grad()
        (weight * mean + weight.square() * logvar).sum().backward()
        return [mean, logvar], [p.grad for p in grouped.parameters()]

    together = gradients()
    grouped.together = False
    one_by_one = gradients()
    for a, b in zip(together[0] + together[1], one_by_one[0] + one_by_one[1], strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


def test_a_group_sees_only_its_own_encoder():
    grouped = GroupedEncoder([lite(2), lite(2)])
    images = torch.rand(4, 1, 16, 16, dtype=torch.float64)
    mean, logvar = grouped(images)
    (mean[:, :2].sum() + logvar[:, :2].sum()).backward()
    assert all(p.grad.any() for p in grouped.encoders[0].hidden.parameters())
    assert all(not p.grad.any() for p in grouped.encoders[1].parameters())


def test_other_modules_run_one_by_one():
    grouped = GroupedEncoder([Flat(2), lite(1)])
    assert not grouped.together
    images = torch.rand(4, 1, 16, 16, dtype=torch.float64)
    mean, logvar = grouped(images)
    torch.testing.assert_close(mean[:, :2], grouped.encoders[0](images)[0])
    torch.testing.assert_close(logvar[:, 2:], grouped.encoders[1](images)[1])
