"""A beta-VAE whose latents keep to one label each, by estimates of mutual information.

Axes: B batch, D latents, L labels, H hidden units.
"""

import math

import gin
import torch
import torch.nn.functional as F
from torch import nn

from dlib.methods.semi_supervised.semi_supervised_vae import BaseS2VAE
from dlib.methods.shared.optimizers import AdamOptimizer, _make_optimizer
from dlib.methods.shared.settings import at_least

_HIDDEN = 20


class MutualInformationEstimator(nn.Module):
    """Lower bounds on I(label l; latent d) for all l and d, each by a network of its own.

    MINE (Belghazi et al. 2018), the Donsker-Varadhan bound E[T(z, y)] - log E[exp T(z, y')], where
    y' is y permuted over the batch and T has one hidden layer of 20 units with ELU. The L D
    networks are computed together.
    """

    def __init__(self, num_labels, num_latent):
        super().__init__()
        shape = (num_labels, num_latent, _HIDDEN)
        # Glorot-uniform, as TensorFlow starts layers of 1 -> 20 and 20 -> 1.
        limit = math.sqrt(6.0 / (1 + _HIDDEN))
        self.of_latent, self.of_label, self.out = (
            nn.Parameter(nn.init.uniform_(torch.empty(shape), -limit, limit)) for _ in range(3)
        )
        self.latent_bias = nn.Parameter(torch.zeros(shape))
        self.label_bias = nn.Parameter(torch.zeros(shape))
        self.out_bias = nn.Parameter(torch.zeros(shape[:2]))

    def score(self, latents, labels):
        """T of each pair of columns, ``[B, L, D]``.

        Args:
          latents: ``[B, D]``.
          labels: ``[B, L, D]``, those that each network sees.
        """
        by_latent = latents[:, None, :, None] * self.of_latent + self.latent_bias  # [B, L, D, H]
        by_label = labels[..., None] * self.of_label + self.label_bias
        return (F.elu(by_latent + by_label) * self.out).sum(3) + self.out_bias

    def forward(self, latents, labels, generator):
        """The bounds in nats, ``[L, D]``; labels ``[B, L]`` are permuted for each network anew."""
        seen = labels[:, :, None].expand(-1, -1, latents.shape[1])  # [B, L, D]
        keys = torch.rand(seen.shape, generator=generator, device=seen.device)
        permuted = seen.gather(0, keys.argsort(dim=0))
        log_mean = torch.logsumexp(self.score(latents, permuted), dim=0) - math.log(len(latents))
        return self.score(latents, seen).mean(0) - log_mean


@gin.configurable("mine_optimizer", denylist=["params"])
def make_mine_optimizer(params, optimizer_fn=AdamOptimizer, learning_rate=0.01):
    """The optimizer of the estimators; the reference's is Adam with 0.01, not to be changed."""
    return _make_optimizer(params, optimizer_fn, learning_rate)


@gin.configurable("s2_mine_vae", denylist=["factor_sizes"])
class MineVAE(BaseS2VAE):
    """Reconstruction + beta KL + gamma_sup(step) sum over l != d of I(label l; latent d)^2.

    The information is estimated by networks that learn beside the VAE.

    Args:
      factor_sizes: number of values of each label; None to take them from the training.
      gamma_sup: weight of the supervised term, >= 0.
      beta: weight of the KL, >= 0.
    """

    def __init__(self, factor_sizes=None, gamma_sup=gin.REQUIRED, beta=gin.REQUIRED):
        super().__init__(factor_sizes, gamma_sup)
        self.beta = at_least("s2_mine_vae.beta", beta)

    def make_supervision(self, factor_sizes):
        """The estimators."""
        return MutualInformationEstimator(len(factor_sizes), self.num_latent)

    def terms(self, batch):
        """As ``BaseS2VAE.terms``, with ``mine_loss``."""
        images, labelled_images, labels = batch
        z_mean, z_logvar = self.posterior(images)
        z_mean_labelled, _ = self.posterior(labelled_images)
        information = self.supervision(z_mean_labelled, labels, self.generator)  # [L, D]
        matched = torch.eye(*information.shape, dtype=torch.bool, device=information.device)
        self._supervised_loss = information.masked_fill(matched, 0.0).square().sum()
        self.reported = {"mine_loss": -information.sum()}
        return self.terms_of_posterior(images, z_mean, z_logvar)

    def unsupervised_regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """beta KL."""
        del z_mean, z_logvar, z_sampled
        return self.beta * kl_loss

    def pressure(self):
        """beta."""
        return self.beta

    def losses(self, batch):
        """Losses of the optimizers "vae" and "mine"."""
        losses = super().losses(batch)
        return {**losses, "mine": self.reported["mine_loss"]}

    def parameter_groups(self):
        """The VAE's groups, and the estimators' own."""
        groups = super().parameter_groups()
        return {**groups, "mine": {"mine": groups["vae"].pop("supervision")}}
