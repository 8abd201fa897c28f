"""The beta-VAE's freezing points of linear-Gaussian data are known in closed form.

With observation variance s, a principal direction of data variance l freezes at beta = l / s and
then carries 0.5 ln(l / (beta s)) nats: 0.1 nats are passed at (l / s) exp(-0.2).
"""

import math

import numpy as np
import pytest
import torch
from torch import nn

from dlib.annealing.batched_test import mutual_information, run_tests
from dlib.annealing.freezing_point import Criterion
from dlib.annealing.networks import AutoEncoder, SideBySide, make_network
from dlib.annealing.schedule import Schedule
from dlib.evaluation.metrics.kl_decomposition import kl_decomposition
from dlib.methods.shared.architectures import lite_encoder

VARIANCES = np.array([30.0, 15.0, 6.0])
NOISE = 1.0


class LinearEncoder(nn.Module):
    """Linear means, one free log-variance a latent."""

    def __init__(self, inputs, latents):
        super().__init__()
        self.mean = nn.Linear(inputs, latents, bias=False)
        nn.init.normal_(self.mean.weight, std=0.01)
        self.logvar = nn.Parameter(torch.zeros(latents))

    def forward(self, images):
        mean = self.mean(images.flatten(1))
        return mean, self.logvar.expand_as(mean)


class LinearDecoder(nn.Module):
    def __init__(self, latents, outputs):
        super().__init__()
        self.linear = nn.Linear(latents, outputs, bias=False)
        nn.init.normal_(self.linear.weight, std=0.01)

    def forward(self, latents):
        return self.linear(latents)[:, None, None]


def gaussian_loss(true_images, reconstructed_images, activation):
    del activation
    return (true_images - reconstructed_images).square().flatten(1).sum(1) / (2 * NOISE)


def linear_networks(count, latents=3):
    torch.manual_seed(0)
    sizes = (len(VARIANCES), latents)
    return [AutoEncoder(LinearEncoder(*sizes), LinearDecoder(*sizes[::-1])) for _ in range(count)]


def linear_data(copies=40):
    """Points whose covariance is the rotated spectrum, exactly: ``[1, V, 1, 1, 3]``."""
    rotation, _ = np.linalg.qr(np.random.RandomState(0).randn(3, 3))
    axes = np.sqrt(3 * VARIANCES)[:, None] * rotation.T
    points = np.concatenate([axes, -axes])  # covariance: mean of x x^T
    points = torch.from_numpy(points.astype(np.float32)).repeat(copies, 1)
    return points[None, :, None, None]


@pytest.fixture
def linear_settings(configured):
    from dlib.methods.shared import losses
    from dlib.utils import gin_utils

    with configured(bindings=[
        "vae_optimizer.optimizer_fn = @AdamOptimizer", "AdamOptimizer.learning_rate = 0.1"
    ]):  # fmt: skip
        gin_utils.bind("reconstruction_loss.loss_fn", gaussian_loss)
        assert losses.make_reconstruction_loss(torch.ones(1, 2), torch.zeros(1, 2)) == 1
        yield


def fall(steps):
    """The curve of one linear network, and its points per latent, the largest first."""
    schedule = Schedule(start=40, end=4, steps=steps, hold=300)
    data = linear_data()
    (curve,) = run_tests(
        SideBySide(linear_networks(1), "loop"), lambda running: data, 1, 3, [0], schedule,
        Criterion(window=25), stop_early=False,
    )  # fmt: skip
    assert curve.settled
    assert len(curve.betas) == steps
    points = [Criterion(window=25).find(curve.betas, kl).bound() for kl in curve.per_latent.T]
    return curve, np.array(sorted(points, reverse=True))


def test_points_of_a_known_spectrum_are_found_within_ten_percent(linear_settings):
    curve, points = fall(1500)
    expected = VARIANCES / NOISE * math.exp(-0.2)
    np.testing.assert_allclose(points, expected, rtol=0.1)
    # The point of the whole information is that of the first direction.
    whole = Criterion(window=25).find(curve.betas, curve.information).beta
    assert whole == pytest.approx(expected[0], rel=0.1)
    # At the end each direction carries 0.5 ln(l / (beta s)).
    carried = 0.5 * np.log(VARIANCES / (NOISE * 4))
    last = np.sort(curve.per_latent[-50:].mean(0))[::-1]
    np.testing.assert_allclose(last, carried, atol=0.05)
    # A faster fall lags: it passes the point before the network has followed.
    assert fall(100)[1][0] < 0.9 * points[0]


def run(networks, way, images, seeds, schedule, stop_early=True):
    return run_tests(
        SideBySide(networks, way), lambda running: images[running], 2, 1, seeds, schedule,
        Criterion(window=3), stop_early=stop_early,
    )  # fmt: skip


@pytest.mark.parametrize("way", ["vmap", "loop"])
def test_together_is_as_one_by_one(way, configured, tiny_networks):
    bindings = [tiny_networks, "AdamOptimizer.learning_rate = 0.002"]
    # This start wakes up within the few updates of a test.
    bindings += [f"{name}.start = 'he_uniform'" for name in ("lite_encoder", "standard_decoder")]
    schedule = Schedule(start=200, end=1, steps=32, hold=60, settle=0)
    rng = np.random.RandomState(0)
    images = torch.from_numpy((rng.rand(3, 4, 1, 16, 16) > 0.5).astype(np.float32))
    images[1] = 0  # has nothing to tell, so it never freezes
    with configured(bindings=bindings):
        networks = [make_network((16, 16, 1), 1, lite_encoder, seed) for seed in range(3)]
        together = run(networks, way, images, [5, 6, 7], schedule)
        alone = [run([networks[r]], way, images[r : r + 1], [5 + r], schedule)[0] for r in range(3)]
    assert {len(curve.betas) for curve in together} != {32}  # they end apart
    for a, b in zip(together, alone, strict=True):
        assert (a.held, a.settled, len(a.betas)) == (b.held, b.settled, len(b.betas))
        np.testing.assert_allclose(a.information, b.information, rtol=2e-3, atol=1e-5)
        np.testing.assert_allclose(a.reconstruction, b.reconstruction, rtol=1e-4)


@pytest.mark.parametrize(("settle", "held"), [(0, 9), (15, 15), (50, 20)])
def test_the_hold_has_a_least_length(linear_settings, settle, held):
    schedule = Schedule(start=20, end=10, steps=3, hold=20, settle=settle)
    silent_from_the_start = Criterion(threshold=1e6, window=9)
    (curve,) = run_tests(
        SideBySide(linear_networks(1)), lambda running: linear_data(1), 1, 3, [0], schedule,
        silent_from_the_start,
    )  # fmt: skip
    assert (curve.settled, curve.held, len(curve.betas)) == (True, held, 3)


def test_a_network_that_does_not_fall_silent_is_given_up(linear_settings):
    schedule = Schedule(start=2, end=1, steps=10, hold=20)
    networks = linear_networks(1)
    with torch.no_grad():
        networks[0].encoder.mean.weight.fill_(1.0)
    (curve,) = run_tests(
        SideBySide(networks), lambda running: linear_data(1), 1, 3, [0], schedule, Criterion()
    )
    assert (curve.settled, curve.held, len(curve.betas)) == (False, 20, 0)


def test_mutual_information_is_the_decompositions():
    generator = torch.Generator().manual_seed(0)
    mean = 2 * torch.randn(2, 20, 3, generator=generator)
    logvar = torch.randn(2, 20, 3, generator=generator)
    noise = torch.randn(2, 20, 3, generator=generator)
    ours = mutual_information(mean, logvar, noise)
    for r in range(2):
        samples = mean[r] + torch.exp(0.5 * logvar[r]) * noise[r]
        parts = kl_decomposition(mean[r].numpy(), logvar[r].numpy(), samples=samples.numpy())
        assert ours[r].item() == pytest.approx(parts["mutual_information"], rel=1e-4)
    silent = mutual_information(torch.zeros(1, 5, 1), torch.zeros(1, 5, 1), noise[:1, :10, :1])
    assert silent.abs().item() < 1e-6
