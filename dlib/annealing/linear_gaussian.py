"""Data whose freezing points are known: the oracle of the annealing test.

With linear networks, observation variance s and the loss ``sum (x - x')^2 / (2 s) + beta KL``, a
principal direction of data variance l freezes at beta = l / s and then carries
``0.5 ln(l / (beta s))`` nats (the fixed points of probabilistic PCA, with the KL weighted).
"""

import numpy as np
import torch
from torch import nn

from dlib.annealing.networks import AutoEncoder


def freezing_points(variances, noise=1.0, threshold=0.1):
    """Betas at which directions carry the threshold: ``(l / s) exp(-2 threshold)``."""
    return np.asarray(variances) / noise * np.exp(-2 * threshold)


def carried(variances, beta, noise=1.0):
    """Nats that directions carry at a beta, 0 above their freezing point."""
    return np.maximum(0.0, 0.5 * np.log(np.asarray(variances) / (beta * noise)))


class LinearEncoder(nn.Module):
    """Linear means, one free log-variance a latent."""

    def __init__(self, inputs, latents):
        super().__init__()
        self.mean = nn.Linear(inputs, latents, bias=False)
        nn.init.normal_(self.mean.weight, std=0.01)
        self.logvar = nn.Parameter(torch.zeros(latents))

    def forward(self, images):
        """``[B, 1, 1, V]`` to means and log-variances, ``[B, D]`` each."""
        mean = self.mean(images.flatten(1))
        return mean, self.logvar.expand_as(mean)


class LinearDecoder(nn.Module):
    """Linear, without an activation of the output."""

    def __init__(self, latents, outputs):
        super().__init__()
        self.linear = nn.Linear(latents, outputs, bias=False)
        nn.init.normal_(self.linear.weight, std=0.01)

    def forward(self, latents):
        """``[B, D]`` to ``[B, 1, 1, V]``."""
        return self.linear(latents)[:, None, None]


def make_loss(noise=1.0):
    """A loss of images under Gaussian noise of a variance, without its constant."""

    def gaussian_loss(true_images, reconstructed_images, activation):
        del activation
        return (true_images - reconstructed_images).square().flatten(1).sum(1) / (2 * noise)

    return gaussian_loss


def make_networks(count, inputs, latents, seed=0):
    """So many networks, drawn from a seed; the global state of torch stays as it was."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return [
            AutoEncoder(LinearEncoder(inputs, latents), LinearDecoder(latents, inputs))
            for _ in range(count)
        ]


def make_data(variances, copies=40, seed=0):
    """Points whose covariance is the rotated spectrum, exactly: ``[1, 2 V copies, 1, 1, V]``."""
    variances = np.asarray(variances, np.float64)
    count = len(variances)
    rotation, _ = np.linalg.qr(np.random.RandomState(seed).randn(count, count))
    axes = np.sqrt(count * variances)[:, None] * rotation.T
    points = np.concatenate([axes, -axes])  # covariance: mean of x x^T
    points = torch.from_numpy(points.astype(np.float32)).repeat(copies, 1)
    return points[None, :, None, None]
