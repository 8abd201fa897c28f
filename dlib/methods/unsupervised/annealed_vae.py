"""AnnealedVAE: a capacity that grows while training."""

import gin

from dlib.methods.shared.settings import above, at_least
from dlib.methods.unsupervised.base_vae import BaseVAE


def anneal(c_max, step, iteration_threshold):
    """The capacity C at update ``step``, in nats: 0 to ``c_max``, linear until the threshold."""
    return min(float(c_max), c_max * step / iteration_threshold)


@gin.configurable("annealed_vae")
class AnnealedVAE(BaseVAE):
    """AnnealedVAE (Burgess et al. 2018, eq. 8; eq. 3 of the DEFT paper).

    Reconstruction + gamma |KL - C|, where KL is the mean over the batch before the modulus. C is a
    function of the saved step alone.

    Args:
      gamma: weight of the deviation, >= 0.
      c_max: the largest capacity in nats, >= 0.
      iteration_threshold: updates until C = c_max, > 0.
    """

    def __init__(self, gamma=gin.REQUIRED, c_max=gin.REQUIRED, iteration_threshold=gin.REQUIRED):
        super().__init__()
        self.gamma = at_least("annealed_vae.gamma", gamma)
        self.c_max = at_least("annealed_vae.c_max", c_max)
        self.iteration_threshold = above("annealed_vae.iteration_threshold", iteration_threshold)

    def capacity(self):
        """C at the current step, in nats."""
        return anneal(self.c_max, self.global_step, self.iteration_threshold)

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """gamma |KL - C|."""
        del z_mean, z_logvar, z_sampled
        return self.gamma * (kl_loss - self.capacity()).abs()
