"""Factorized support: any combination of values that the latents take alone should occur.

Axes: B batch, D latents, M combinations, P pairs of latents.
"""

import gin
import torch

from dlib.methods.shared.settings import at_least, whole
from dlib.methods.unsupervised.base_vae import BaseVAE
from dlib.utils.errors import DlibError


def hausdorff_factorized_support(codes, combinations):
    """Distance of the pairs' factorized supports to their supports, summed over pairs; a scalar.

    For each pair of latents (a, b): max over combinations m of min over points n of
    (c_ma - z_na)^2 + (c_mb - z_nb)^2, where c_m takes its two values from different points. Zero
    if every combination occurs. (Roth et al. 2023, eq. 5 and 6; squared distances as in their
    code. Of the two directions of a Hausdorff distance the other is zero: the support is part of
    the factorized one.)

    Args:
      codes: ``[B, D]``, D >= 2.
      combinations: the point whose value each combination takes for each latent, int64 ``[M, D]``.
    """
    first, second = torch.triu_indices(codes.shape[1], codes.shape[1], 1, device=codes.device)
    combined = codes.gather(0, combinations)  # [M, D]
    squares = (combined.unsqueeze(1) - codes.unsqueeze(0)).square()  # [M, B, D]
    distances = squares[:, :, first] + squares[:, :, second]  # [M, B, P]
    return distances.amin(1).amax(0).sum()


@gin.configurable("factorized_support")
class FactorizedSupportVAE(BaseVAE):
    """Hausdorff factorized support (Roth et al. 2023) beside the beta-VAE.

    Reconstruction + beta KL + gamma HFS, where HFS is taken over the posteriors' means of the
    batch, from combinations drawn anew at each update. It asks that the latents' support be a
    product, not that they be independent, and so stands correlated factors.

    Args:
      beta: weight of the KL, >= 0.
      gamma: weight of the support's distance, >= 0.
      num_combinations: M, combinations drawn at each update (their code's 100).
    """

    def __init__(self, beta=gin.REQUIRED, gamma=gin.REQUIRED, num_combinations=100):
        super().__init__()
        self.beta = at_least("factorized_support.beta", beta)
        self.gamma = at_least("factorized_support.gamma", gamma)
        self.num_combinations = whole("factorized_support.num_combinations", num_combinations)

    def bind(self, setup, seed=0, device="cpu"):
        """As ``BaseVAE.bind``; one latent has no combinations."""
        super().bind(setup, seed, device)
        if self.num_latent < 2:
            raise DlibError("factorized_support needs encoder.num_latent of at least 2, got 1.")
        return self

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """beta KL + gamma HFS."""
        del z_logvar, z_sampled
        batch_size, num_latent = z_mean.shape
        combinations = torch.randint(
            batch_size,
            (self.num_combinations, num_latent),
            generator=self.generator,
            device=z_mean.device,
        )
        support_distance = hausdorff_factorized_support(z_mean, combinations)
        self.reported = {"support_distance": support_distance}
        return self.beta * kl_loss + self.gamma * support_distance

    def pressure(self):
        """beta."""
        return self.beta
