"""Annealing tests of many equal networks together, each with its own pressure and stop.

Axes: R tests, V images, B = V x copies examples, C H W image, D latents, T updates of the fall.
"""

import dataclasses
import math

import numpy as np
import torch

from dlib.methods.shared import losses, optimizers
from dlib.methods.shared.gaussian import gaussian_kl_per_latent
from dlib.utils.errors import DlibError

INFORMATION = ("kl", "mutual_information")


@dataclasses.dataclass(frozen=True)
class Curve:
    """What was seen of one network while its pressure fell.

    Attributes:
      betas: ``[T]``.
      information: I(x; z) in nats, by the KL or by the mutual information, ``[T]``.
      per_latent: KL of each latent in nats, ``[T, D]``.
      reconstruction: reconstruction loss, ``[T]``.
      held: updates at the first beta before the fall.
      settled: whether the network fell silent there; if not, there was no fall and T is 0.
      held_information: what was seen in the last H updates before the fall, half a window, ``[H]``.
      held_per_latent: KL of each latent in them, ``[H, D]``.
    """

    betas: np.ndarray
    information: np.ndarray
    per_latent: np.ndarray
    reconstruction: np.ndarray
    held: int
    settled: bool
    held_information: np.ndarray
    held_per_latent: np.ndarray


class _Track:
    """One test while it runs."""

    def __init__(self, index, generator):
        self.index = index
        self.generator = generator
        self.rows = []  # (information, per latent, reconstruction) of each update of the fall
        self.hold_rows = []  # the same before it
        self.falls = False

    def last_held(self, count):
        """The last rows before the fall; none for a count of 0."""
        return self.hold_rows[max(0, len(self.hold_rows) - count) :]

    def curve(self, betas, num_latent, half):
        held = self.last_held(half)
        information, per_latent, reconstruction = _columns(self.rows, num_latent)
        return Curve(
            betas[: len(self.rows)],
            information,
            per_latent,
            reconstruction,
            len(self.hold_rows),
            self.falls,
            *_columns(held, num_latent)[:2],
        )


def _columns(rows, num_latent):
    """Information, per latent, reconstruction of T rows as arrays: ``[T]``, ``[T, D]``, ``[T]``."""
    information, per_latent, reconstruction = (np.array([row[i] for row in rows]) for i in range(3))
    return information, per_latent.reshape(len(rows), num_latent), reconstruction  # also for T = 0


def run_tests(
    networks, next_images, copies, num_latent, seeds, schedule, criterion, information="kl",
    stop_early=True, device="cpu", watch=None,
):  # fmt: skip
    """Lowers the pressure of R networks until each has its point.

    The loss of each test is the beta-VAE's (DEFT paper, equation 2): reconstruction + beta KL,
    means over the examples. Tests share nothing: one alone gives the same numbers but for
    rounding.

    Args:
      networks: ``SideBySide`` of R networks.
      next_images: called with the positions of the tests that still run (a list of ints);
        gives their images of an update, ``[number of them, V, C, H, W]``.
      copies: how often each image is drawn in an update.
      num_latent: D.
      seeds: R seeds of the posterior's noise.
      schedule: a ``Schedule``.
      criterion: a ``Criterion``; decides when the hold ends and when the point is found.
      information: "kl" or "mutual_information", which cannot exceed log V.
      stop_early: whether a test ends when its point is found.
      device: where the networks are.
      watch: called after each update with the networks, the positions of the tests that run, and
        how many updates of its fall each of them has done.

    Returns:
      R curves.

    Raises:
      DlibError: if a loss stops being finite.
    """
    betas = schedule.betas()
    tracks = [
        _Track(r, torch.Generator(device=device).manual_seed(int(seed)))
        for r, seed in enumerate(seeds)
    ]
    curves = [None] * len(tracks)
    optimizer = optimizers.make_vae_optimizer(networks.leaves())
    while tracks:
        images = next_images([track.index for track in tracks])  # [R, V, C, H, W]
        pressures = [betas[len(track.rows)] for track in tracks]
        rows = _update(networks, optimizer, tracks, images, copies, num_latent, pressures,
                       information)  # fmt: skip
        if watch:
            done = [len(track.rows) + track.falls for track in tracks]
            watch(networks, [track.index for track in tracks], done)
        over = []
        for track, row in zip(tracks, rows, strict=True):
            over.append(_record(track, row, schedule, criterion, stop_early))
            if over[-1]:
                curves[track.index] = track.curve(betas, num_latent, criterion.half)
        if any(over):
            staying = [r for r, is_over in enumerate(over) if not is_over]
            tracks = [tracks[r] for r in staying]
            if staying:
                networks.keep(staying, optimizer)
    return curves


def _update(networks, optimizer, tracks, images, copies, num_latent, pressures, information):
    """One update of all networks; what each shows in it: (information, per latent, loss)."""
    tests, values = images.shape[:2]
    shape = (values * copies, num_latent)
    noise = torch.stack(
        [torch.randn(shape, generator=t.generator, device=images.device) for t in tracks]
    )
    mean, logvar, outputs = networks(images, noise)  # [R, V, D], [R, V, D], [R, B, C, H, W]
    targets = images.repeat(1, copies, 1, 1, 1)
    reconstruction = losses.make_reconstruction_loss(
        targets.flatten(0, 1), outputs.flatten(0, 1)
    ).unflatten(0, (tests, -1)).mean(1)  # fmt: skip
    per_latent = gaussian_kl_per_latent(mean, logvar).mean(1)  # [R, D]
    betas = torch.tensor(pressures, dtype=mean.dtype, device=mean.device)
    loss = reconstruction + betas * per_latent.sum(1)  # [R]
    if not torch.isfinite(loss).all():
        raise DlibError(
            "the loss of an annealing test is not finite: lower the learning rate, or look at "
            "the data."
        )
    optimizer.zero_grad(set_to_none=True)
    loss.sum().backward()
    optimizer.step()
    seen = per_latent.sum(1)
    if information == "mutual_information":
        seen = mutual_information(mean.detach(), logvar.detach(), noise)
    return list(
        zip(
            seen.detach().tolist(),
            per_latent.detach().cpu().numpy(),
            reconstruction.detach().tolist(),
            strict=True,
        )
    )


def _record(track, row, schedule, criterion, stop_early):
    """Takes down an update; whether the test is over."""
    if not track.falls:
        track.hold_rows.append(row)
        settled = len(track.hold_rows) >= min(schedule.settle, schedule.hold)
        last = [entry[0] for entry in track.last_held(criterion.window)]
        track.falls = settled and criterion.is_silent(last)
        return not track.falls and len(track.hold_rows) >= schedule.hold
    track.rows.append(row)
    if len(track.rows) == schedule.steps:
        return True
    seen = [*track.last_held(criterion.half), *track.rows[-criterion.window :]]
    return stop_early and criterion.is_over([entry[0] for entry in seen])


def mutual_information(mean, logvar, noise):
    """I(x; z) under the aggregate posterior of V images, from B draws of each test: ``[R]``.

    mean of log q(z | x) - log (1/V sum_v q(z | x_v)); at most log V (Chen et al., 2018).
    """
    copies = noise.shape[1] // mean.shape[1]
    own_mean, own_logvar = mean.repeat(1, copies, 1), logvar.repeat(1, copies, 1)  # [R, B, D]
    z = own_mean + torch.exp(0.5 * own_logvar) * noise
    own = -0.5 * (noise.square() + own_logvar).sum(-1)  # log q(z | x) up to a constant, [R, B]
    distance = (z[:, :, None] - mean[:, None]).square() * torch.exp(-logvar)[:, None]
    every = -0.5 * (distance + logvar[:, None]).sum(-1)  # [R, B, V]
    aggregate = torch.logsumexp(every, -1) - math.log(mean.shape[1])
    return (own - aggregate).mean(1)
