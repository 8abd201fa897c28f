"""A method of one's own: a beta-VAE that pays for bits only beyond a free allowance.

This file and my_method.gin are all there is to it; nothing of dlib is edited. Run it beside them:

    dlib_train --gin_config=my_method.gin
"""

import gin

from dlib.methods.shared.gaussian import gaussian_kl_per_latent
from dlib.methods.unsupervised.base_vae import BaseVAE


@gin.configurable("free_bits_vae")
class FreeBitsVAE(BaseVAE):
    """Reconstruction + beta sum_l max(KL_l, allowance) (Kingma et al. 2016, appendix C)."""

    def __init__(self, beta=gin.REQUIRED, allowance=0.5):
        super().__init__()
        self.beta, self.allowance = beta, allowance

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """beta sum_l max(KL_l, allowance), each KL a mean over the batch, in nats."""
        kl_per_latent = gaussian_kl_per_latent(z_mean, z_logvar).mean(0)  # [D]
        return self.beta * kl_per_latent.clamp(min=self.allowance).sum()
