"""DIP-VAE: moments of the aggregate posterior are drawn to those of the prior.

Axes: B batch, D latents.
"""

import gin
import torch

from dlib.methods.shared.settings import at_least, one_of
from dlib.methods.unsupervised.base_vae import BaseVAE

DIP_TYPES = ("i", "ii")


def compute_covariance_z_mean(z_mean):
    """Covariance of the means over the batch, E[m m^T] - E[m] E[m]^T (divided by B): ``[D, D]``."""
    mean = z_mean.mean(0)  # [D]
    return z_mean.T @ z_mean / len(z_mean) - torch.outer(mean, mean)


def regularize_diag_off_diag_dip(covariance, lambda_od, lambda_d):
    """lambda_od sum of squares off the diagonal + lambda_d sum of (diagonal - 1)^2; a scalar."""
    diagonal = covariance.diagonal()  # [D]
    off_diagonal = covariance - diagonal.diag()  # [D, D]
    return lambda_od * off_diagonal.square().sum() + lambda_d * (diagonal - 1.0).square().sum()


@gin.configurable("dip_vae")
class DIPVAE(BaseVAE):
    """DIP-VAE-I and -II (Kumar et al. 2018, eq. 6 and 7).

    Reconstruction + KL + lambda_od sum_{k != l} cov_kl^2 + lambda_d sum_k (cov_kk - 1)^2, where
    lambda_d = lambda_d_factor lambda_od. Type "i" takes the covariance of the posteriors' means,
    type "ii" that of the draws: the mean over the batch of the diagonal matrices of variances is
    added to it.

    Args:
      lambda_od: weight off the diagonal, >= 0.
      lambda_d_factor: weight on the diagonal as a multiple of lambda_od, >= 0.
      dip_type: "i" or "ii".
    """

    def __init__(self, lambda_od=gin.REQUIRED, lambda_d_factor=gin.REQUIRED, dip_type="i"):
        super().__init__()
        self.lambda_od = at_least("dip_vae.lambda_od", lambda_od)
        self.lambda_d_factor = at_least("dip_vae.lambda_d_factor", lambda_d_factor)
        self.dip_type = one_of("dip_vae.dip_type", dip_type, DIP_TYPES)

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """KL + the penalty on the covariance."""
        del z_sampled
        return kl_loss + dip_penalty(
            z_mean, z_logvar, self.lambda_od, self.lambda_d_factor, self.dip_type
        )


def dip_penalty(z_mean, z_logvar, lambda_od, lambda_d_factor, dip_type):
    """The penalty on the covariance of posteriors ``[B, D]``; arguments as for ``DIPVAE``."""
    covariance = compute_covariance_z_mean(z_mean)  # [D, D]
    if dip_type == "ii":
        covariance = covariance + z_logvar.exp().mean(0).diag()  # [D] -> [D, D]
    return regularize_diag_off_diag_dip(covariance, lambda_od, lambda_d_factor * lambda_od)
