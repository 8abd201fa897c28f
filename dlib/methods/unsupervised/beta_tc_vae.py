"""beta-TCVAE: pressure on the total correlation alone.

Axes: B batch, D latents.
"""

import gin

from dlib.methods.shared import total_correlation as tc
from dlib.methods.shared.settings import at_least, one_of
from dlib.methods.unsupervised.base_vae import BaseVAE
from dlib.utils.errors import DlibError

ESTIMATORS = ("minibatch_weighted", "stratified")


@gin.configurable("beta_tc_vae")
class BetaTCVAE(BaseVAE):
    """beta-TCVAE (Chen et al. 2018, eq. 5 with alpha = gamma = 1; eq. 4 of the DEFT paper).

    Reconstruction + KL + (beta - 1) TC, as in the reference: KL holds the total correlation once
    already. With the minibatch-weighted estimator the loss drops the estimate's constants, as the
    reference's does. The log's ``tc_batch_estimate`` puts them back; as an estimate on one batch it
    is biased, and it is there only for data of a known number of images.

    Args:
      beta: weight of the total correlation, >= 0; 1 is the plain VAE.
      estimator: "minibatch_weighted" (the reference) or "stratified" (Chen et al., appendix C.2).
    """

    def __init__(self, beta=gin.REQUIRED, estimator="minibatch_weighted"):
        super().__init__()
        self.beta = at_least("beta_tc_vae.beta", beta)
        self.estimator = one_of("beta_tc_vae.estimator", estimator, ESTIMATORS)

    def bind(self, setup, seed=0, device="cpu"):
        """As ``BaseVAE.bind``; the stratified estimator needs N, and more than one example."""
        if self.estimator == "stratified":
            if setup.num_images is None:
                raise DlibError(
                    "beta_tc_vae.estimator = 'stratified' needs a data set of stored images; this "
                    "one is a sampler: use 'minibatch_weighted'."
                )
            if not 2 <= setup.batch_size <= setup.num_images:
                raise DlibError(
                    f"beta_tc_vae.estimator = 'stratified' needs a batch size from 2 to the number "
                    f"of images ({setup.num_images}), got {setup.batch_size}."
                )
        return super().bind(setup, seed, device)

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """KL + (beta - 1) TC."""
        total_correlation = self.total_correlation(z_mean, z_logvar, z_sampled)
        return kl_loss + (self.beta - 1.0) * total_correlation

    def total_correlation(self, z_mean, z_logvar, z_sampled):
        """The term of the loss; its value with constants goes to the log."""
        num_images, (batch_size, num_latent) = self.setup.num_images, z_mean.shape
        # The last batch of an epoch may hold a single example, which says nothing of the others.
        if self.estimator == "stratified" and batch_size > 1:
            estimate = tc.stratified_total_correlation(z_sampled, z_mean, z_logvar, num_images)
            self.reported = {"tc_batch_estimate": estimate}
            return estimate
        term = tc.total_correlation(z_sampled, z_mean, z_logvar)
        if num_images is not None:
            constant = tc.weighting_constant(num_latent, batch_size, num_images)
            self.reported = {"tc_batch_estimate": term + constant}
        return term
