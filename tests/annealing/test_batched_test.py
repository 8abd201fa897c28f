"""The beta-VAE's freezing points of linear-Gaussian data are known in closed form.

The test must find them: dlib/annealing/linear_gaussian.py.
"""

import numpy as np
import pytest
import torch

from dlib.annealing import linear_gaussian
from dlib.annealing.batched_test import mutual_information, run_tests
from dlib.annealing.freezing_point import Criterion
from dlib.annealing.networks import SideBySide, make_network
from dlib.annealing.schedule import Schedule
from dlib.evaluation.metrics.kl_decomposition import kl_decomposition
from dlib.methods.shared.architectures import lite_encoder

VARIANCES = np.array([30.0, 15.0, 6.0])


def linear_networks():
    return linear_gaussian.make_networks(1, 3, 3)


@pytest.fixture
def linear_settings(configured):
    from dlib.methods.shared import losses
    from dlib.utils import gin_utils

    with configured(bindings=[
        "vae_optimizer.optimizer_fn = @AdamOptimizer", "AdamOptimizer.learning_rate = 0.1"
    ]):  # fmt: skip
        gin_utils.bind("reconstruction_loss.loss_fn", linear_gaussian.make_loss())
        assert losses.make_reconstruction_loss(torch.ones(1, 2), torch.zeros(1, 2)) == 1
        yield


def fall(steps):
    """The curve of one linear network, and its points per latent, the largest first."""
    schedule = Schedule(start=40, end=4, steps=steps, hold=300)
    data = linear_gaussian.make_data(VARIANCES)
    (curve,) = run_tests(
        SideBySide(linear_networks(), "loop"), lambda running: data, 1, 3, [0], schedule,
        Criterion(window=25), stop_early=False,
    )  # fmt: skip
    assert curve.settled
    assert len(curve.betas) == steps
    points = [Criterion(window=25).find(curve.betas, kl).bound() for kl in curve.per_latent.T]
    return curve, np.array(sorted(points, reverse=True))


def test_points_of_a_known_spectrum_are_found_within_ten_percent(linear_settings):
    curve, points = fall(1500)
    expected = np.array([24.5619, 12.2810, 4.9124])  # 30, 15 and 6 times exp(-0.2)
    np.testing.assert_allclose(linear_gaussian.freezing_points(VARIANCES), expected, atol=1e-3)
    np.testing.assert_allclose(points, expected, rtol=0.1)
    # The point of the whole information is that of the first direction.
    whole = Criterion(window=25).find(curve.betas, curve.information).beta
    assert whole == pytest.approx(expected[0], rel=0.1)
    # At the end each direction carries 0.5 ln(l / (beta s)).
    carried = linear_gaussian.carried(VARIANCES, 4)
    assert carried[0] == pytest.approx(1.0075, abs=1e-4)  # 0.5 ln 7.5
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
    data = linear_gaussian.make_data(VARIANCES, copies=1)
    silent_from_the_start = Criterion(threshold=1e6, window=9)
    (curve,) = run_tests(
        SideBySide(linear_networks()), lambda running: data, 1, 3, [0], schedule,
        silent_from_the_start,
    )  # fmt: skip
    assert (curve.settled, curve.held, len(curve.betas)) == (True, held, 3)


def test_a_network_that_does_not_fall_silent_is_given_up(linear_settings):
    schedule = Schedule(start=2, end=1, steps=10, hold=20)
    networks, data = linear_networks(), linear_gaussian.make_data(VARIANCES, copies=1)
    with torch.no_grad():
        networks[0].encoder.mean.weight.fill_(1.0)
    (curve,) = run_tests(
        SideBySide(networks), lambda running: data, 1, 3, [0], schedule, Criterion()
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
