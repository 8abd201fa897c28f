"""The beta-VAE objective, and the reference's names of this module."""

import gin

from dlib.methods.shared import settings
from dlib.methods.shared.gaussian import compute_gaussian_kl
from dlib.methods.shared.total_correlation import total_correlation
from dlib.methods.unsupervised.annealed_vae import AnnealedVAE, anneal
from dlib.methods.unsupervised.base_vae import BaseVAE
from dlib.methods.unsupervised.beta_tc_vae import BetaTCVAE
from dlib.methods.unsupervised.dip_vae import (
    DIPVAE,
    compute_covariance_z_mean,
    regularize_diag_off_diag_dip,
)
from dlib.methods.unsupervised.factor_vae import FactorVAE

__all__ = ["AnnealedVAE", "BaseVAE", "BetaTCVAE", "BetaVAE", "DIPVAE", "FactorVAE", "anneal"]
__all__ += ["compute_covariance_z_mean", "compute_gaussian_kl", "regularize_diag_off_diag_dip"]
__all__ += ["total_correlation"]


@gin.configurable("vae")
class BetaVAE(BaseVAE):
    """beta-VAE (Higgins et al. 2017): reconstruction + beta KL, both means over the batch.

    Args:
      beta: pressure, >= 0; 1 is the plain VAE.
    """

    def __init__(self, beta=gin.REQUIRED):
        super().__init__()
        self.beta = settings.at_least("vae.beta", beta)

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """beta KL."""
        del z_mean, z_logvar, z_sampled
        return self.beta * kl_loss

    def pressure(self):
        """beta."""
        return self.beta
