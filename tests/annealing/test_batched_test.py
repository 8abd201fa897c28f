"""The beta-VAE's freezing points of linear-Gaussian data are known in closed form.

The test must find them: dlib/annealing/linear_gaussian.py.
"""

import math

import numpy as np
import pytest
import torch

from dlib.annealing import batched_test, linear_gaussian
from dlib.annealing.batched_test import mutual_information, run_tests
from dlib.annealing.freezing_point import Criterion, point_of, points_of_latents
from dlib.annealing.networks import SideBySide, make_network
from dlib.annealing.schedule import Schedule
from dlib.evaluation.metrics.kl_decomposition import kl_decomposition
from dlib.methods.shared.architectures import lite_encoder

VARIANCES = np.array([30.0, 15.0, 6.0])


def linear_networks():
    return linear_gaussian.make_networks(1, 3, 3)


@pytest.fixture
def noise():
    """The observation variance s."""
    return 1.0


@pytest.fixture
def linear_settings(configured, noise):
    from dlib.methods.shared import losses
    from dlib.utils import gin_utils

    with configured(bindings=[
        "vae_optimizer.optimizer_fn = @AdamOptimizer", "AdamOptimizer.learning_rate = 0.1"
    ]):  # fmt: skip
        gin_utils.bind("reconstruction_loss.loss_fn", linear_gaussian.make_loss(noise))
        assert losses.make_reconstruction_loss(torch.ones(1, 2), torch.zeros(1, 2)) == 1 / noise
        yield


def fall(steps, variances=VARIANCES, shape="exponential"):
    """The curve of one linear network, and its points per latent, the largest first."""
    schedule = Schedule(start=40, end=4, steps=steps, hold=300, shape=shape)
    data = linear_gaussian.make_data(variances)
    (curve,) = run_tests(
        SideBySide(linear_networks(), "loop"), lambda running: data, 1, 3, [0], schedule,
        Criterion(window=25), stop_early=False,
    )  # fmt: skip
    assert curve.settled
    assert len(curve.betas) == steps
    points = [point.bound() for point in points_of_latents(curve, Criterion(window=25))]
    return curve, np.array(sorted(points, reverse=True))


def test_points_of_a_known_spectrum_are_found_within_ten_percent(linear_settings):
    curve, points = fall(1500)
    expected = np.array([24.5619, 12.2810, 4.9124])  # 30, 15 and 6 times exp(-0.2)
    np.testing.assert_allclose(linear_gaussian.freezing_points(VARIANCES), expected, atol=1e-3)
    np.testing.assert_allclose(points, expected, rtol=0.1)
    # The point of the whole information is that of the first direction.
    whole = point_of(curve, Criterion(window=25)).beta
    assert whole == pytest.approx(expected[0], rel=0.1)
    # At the end each direction carries 0.5 ln(l / (beta s)).
    carried = linear_gaussian.carried(VARIANCES, 4)
    assert carried[0] == pytest.approx(1.0075, abs=1e-4)  # 0.5 ln 7.5
    last = np.sort(curve.per_latent[-50:].mean(0))[::-1]
    np.testing.assert_allclose(last, carried, atol=0.05)
    # A faster fall lags: it passes the point before the network has followed.
    assert fall(100)[1][0] < 0.9 * points[0]


@pytest.mark.parametrize("noise", [0.5])
def test_points_are_those_of_the_variance_over_the_noises(linear_settings, noise):
    variances = VARIANCES * [0.5, 0.5, 0.6]
    expected = np.array([24.5619, 12.2810, 5.8949])  # (l / s) exp(-0.2)
    np.testing.assert_allclose(
        linear_gaussian.freezing_points(variances, noise), expected, atol=1e-3
    )
    curve, points = fall(1500, variances)
    np.testing.assert_allclose(points, expected, rtol=0.1)
    carried = linear_gaussian.carried(variances, 4, noise)
    np.testing.assert_allclose(carried, 0.5 * np.log([7.5, 3.75, 1.8]))
    last = np.sort(curve.per_latent[-50:].mean(0))[::-1]
    np.testing.assert_allclose(last, carried, atol=0.05)


def test_points_of_a_linear_fall_are_those_of_the_closed_form(linear_settings):
    curve, points = fall(2500, shape="linear")
    assert np.ptp(np.diff(curve.betas)) < 1e-9
    np.testing.assert_allclose(points, linear_gaussian.freezing_points(VARIANCES), rtol=0.1)


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


class Silent:
    """Networks of which only the number is asked for."""

    def leaves(self):
        return [torch.zeros(1, requires_grad=True)]

    def keep(self, rows, optimizer):
        pass


def seen_as(monkeypatch, information):
    """Has each update show ``information(test, update of hold and fall, beta)``, as one latent."""

    def update(networks, optimizer, tracks, images, copies, num_latent, pressures, kind):
        times = [len(track.hold_rows) + len(track.rows) for track in tracks]
        nats = [
            max(0.0, information(track.index, time, beta))
            for track, time, beta in zip(tracks, times, pressures, strict=True)
        ]
        return [(value, np.array([value], np.float32), 0.0) for value in nats]

    monkeypatch.setattr(batched_test, "_update", update)


def run_as_seen(count, schedule, criterion):
    return run_tests(
        Silent(), lambda running: torch.zeros(len(running), 1), 1, 1, range(count), schedule,
        criterion,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("deviation", "offset", "most_wrong"), [(0.01, 0, 0), (0.006, 0.02, 0), (0.03, 0, 1)]
)
def test_what_decays_slowly_before_the_fall_is_not_taken_for_frozen(
    linear_settings, monkeypatch, deviation, offset, most_wrong
):
    rngs = [np.random.RandomState(seed) for seed in range(10)]

    def information(test, time, beta):
        frozen = max(0, 0.5 * math.log(30 / beta))  # over 0.1 from beta 24.6 on
        noise = offset + deviation * rngs[test].randn()
        return 0.5 * math.exp(-time / 300) + frozen + noise

    seen_as(monkeypatch, information)
    criterion = Criterion()
    curves = run_as_seen(10, Schedule(), criterion)
    assert all(300 < curve.held < 1000 for curve in curves)
    bounds = np.array([point_of(curve, criterion).bound() for curve in curves])
    assert np.median(bounds) == pytest.approx(24.6, rel=0.1)
    assert np.sum(abs(np.log(bounds / 24.6)) > 0.2) <= most_wrong
    # The fall's first windows are completed by the hold's last values.
    assert [len(curve.held_information) for curve in curves] == [4] * 10
    assert {curve.held_per_latent.shape for curve in curves} == {(4, 1)}


def test_the_hold_is_bounded_where_the_margin_is_never_reached(linear_settings, monkeypatch):
    # Between half the threshold and the threshold: neither silent nor frozen.
    seen_as(monkeypatch, lambda test, time, beta: (0.07, 0.05)[test])
    criterion = Criterion()
    stays, falls = run_as_seen(2, Schedule(steps=20, hold=150), criterion)
    assert (stays.settled, stays.held, len(stays.betas)) == (False, 150, 0)
    assert (falls.settled, falls.held, len(falls.betas)) == (True, 100, 20)
    outcomes = [point_of(curve, criterion).outcome for curve in (stays, falls)]
    assert outcomes == ["at_once", "never"]


@pytest.mark.parametrize("window", [1, 3, 9])
def test_a_test_stops_as_soon_as_its_crossing_is_final(linear_settings, monkeypatch, window):
    # Silent for 20 updates; from the given update of the fall on it is frozen.
    first = 1 + window // 2
    seen_as(monkeypatch, lambda test, time, beta: 1.0 if time >= 20 + first + test else 0.0)
    criterion = Criterion(window=window)
    for test, curve in enumerate(run_as_seen(3, Schedule(settle=20, steps=100), criterion)):
        assert (curve.held, len(curve.betas)) == (20, first + test + 1 + window // 2)
        whole = [1.0 if t >= first + test else 0.0 for t in range(100)]
        expected = criterion.find(Schedule(steps=100).betas(), whole, np.zeros(window))
        assert point_of(curve, criterion) == expected


def test_by_mutual_information_a_test_sees_what_its_images_can_tell(linear_settings):
    # 6 images tell at most log 6 nats, however low the pressure; the KL goes on growing.
    schedule = Schedule(start=40, end=0.05, steps=250, hold=300)
    data = linear_gaussian.make_data(VARIANCES, copies=1)

    def curve_by(information):
        (curve,) = run_tests(
            SideBySide(linear_networks(), "loop"), lambda running: data, 8, 3, [0], schedule,
            Criterion(), information, stop_early=False,
        )  # fmt: skip
        return curve

    curve, by_kl = curve_by("mutual_information"), curve_by("kl")
    assert curve.settled
    assert len(curve.betas) == 250
    assert by_kl.information[-1] > 4
    assert by_kl.per_latent[-1].sum() == pytest.approx(by_kl.information[-1], rel=1e-5)
    assert max(curve.information) <= math.log(6) + 1e-5
    assert curve.information[-20:].mean() == pytest.approx(math.log(6), abs=0.02)
    assert curve.per_latent[-1].sum() == pytest.approx(by_kl.information[-1], rel=0.1)
    # Near the first direction's point neither bound is felt, and the two agree.
    points = [point_of(seen, Criterion()).beta for seen in (curve, by_kl)]
    assert points[0] == pytest.approx(points[1], rel=0.25)


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
