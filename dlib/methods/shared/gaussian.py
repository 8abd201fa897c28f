"""Gaussian posteriors: sampling, densities, divergences.

Axes: B batch, D latents. All information is in nats.
"""

import torch


def sample_from_gaussian(z_mean, z_logvar, generator):
    """One draw from each N(mean, exp(logvar)), by the reparametrisation trick: ``[B, D]``."""
    noise = torch.empty_like(z_mean).normal_(generator=generator)
    return z_mean + torch.exp(0.5 * z_logvar) * noise


def gaussian_kl_per_latent(z_mean, z_logvar):
    """KL(N(mean, exp(logvar)) || N(0, 1)) of each latent of each example, ``[B, D]``, >= 0.

    0.5 (mean^2 + exp(logvar) - logvar - 1), Kingma & Welling 2014, appendix B.
    """
    return 0.5 * (z_mean.square() + z_logvar.exp() - z_logvar - 1.0)


def compute_gaussian_kl(z_mean, z_logvar):
    """KL to the standard normal: sum over latents, mean over the batch; a scalar."""
    return gaussian_kl_per_latent(z_mean, z_logvar).sum(1).mean()
