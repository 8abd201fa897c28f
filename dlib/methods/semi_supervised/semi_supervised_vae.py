"""The reference's semi-supervised methods: an unsupervised one plus a supervised term.

Reconstruction + unsupervised regularizer + gamma_sup(step) supervised loss (Locatello et al. 2020,
"Disentangling factors of variation using few labels"). The supervised loss sees the means of the
labelled examples, everything else the unlabelled ones.

Axes: B batch, D latents, L labels.
"""

import gin
import torch

from dlib.methods.semi_supervised.annealers import make_annealer
from dlib.methods.semi_supervised.labelled_subset import LabelledLoader
from dlib.methods.semi_supervised.supervised_losses import make_supervised_loss
from dlib.methods.shared import total_correlation as tc
from dlib.methods.shared.gaussian import compute_gaussian_kl, sample_from_gaussian
from dlib.methods.shared.losses import make_reconstruction_loss
from dlib.methods.shared.settings import at_least, one_of
from dlib.methods.unsupervised.base_vae import BaseVAE
from dlib.methods.unsupervised.dip_vae import DIP_TYPES, dip_penalty
from dlib.methods.unsupervised.factor_vae import DiscriminatorVAE
from dlib.utils.errors import DlibError


class BaseS2VAE(BaseVAE):
    """A method with labels; a subclass is its ``unsupervised_regularizer``.

    A batch is ``(images, labelled images, labels [B, L])``.

    Args:
      factor_sizes: number of values of each label; None to take them from the training.
      gamma_sup: weight of the supervised loss, >= 0.
    """

    def __init__(self, factor_sizes=None, gamma_sup=1.0):
        super().__init__()
        self.factor_sizes = factor_sizes
        self.gamma_sup = at_least(f"{type(self).__name__}.gamma_sup", gamma_sup)

    def bind(self, setup, seed=0, device="cpu"):
        """As ``BaseVAE.bind``; also makes what the supervised loss learns."""
        sizes = setup.factor_sizes if self.factor_sizes is None else self.factor_sizes
        if sizes is None:
            raise DlibError(
                f"{type(self).__name__} needs labelled examples: bind model.num_labelled_samples, "
                f"model.train_percentage, model.supervised_data_seed and labeller.labeller_fn."
            )
        super().bind(setup, seed, device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + 2)
            self.supervision = self.make_supervision(sizes).to(device)
        return self

    def make_supervision(self, factor_sizes):
        """The module of the supervised loss."""
        return make_supervised_loss(factor_sizes, self.num_latent)

    def make_loader(self, data, random_state, order):
        """Unlabelled batches beside labelled examples."""
        loader = super().make_loader(data, random_state, order)
        return LabelledLoader(loader, self.labelled, self.to_images)

    def sample_batch(self, data, random_state):
        """Freshly sampled images beside held-out labelled examples."""
        images = super().sample_batch(data, random_state)
        size = self.setup.batch_size
        observations, labels = self.labelled.held_out_batch(size, random_state)
        return images, self.to_images(observations), torch.from_numpy(labels).to(images.device)

    def terms(self, batch):
        """As ``BaseVAE.terms``, with ``supervised_loss``."""
        images, labelled_images, labels = batch
        z_mean, z_logvar = self.posterior(images)
        z_mean_labelled, _ = self.posterior(labelled_images)
        self._supervised_loss = self.supervision(z_mean_labelled, labels)
        return self.terms_of_posterior(images, z_mean, z_logvar)

    def supervised_weight(self):
        """gamma_sup at the current step."""
        return make_annealer(self.gamma_sup, self.global_step)

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """The unsupervised regularizer + gamma_sup(step) supervised loss."""
        unsupervised = self.unsupervised_regularizer(kl_loss, z_mean, z_logvar, z_sampled)
        self.reported = {**self.reported, "supervised_loss": self._supervised_loss}
        return unsupervised + self.supervised_weight() * self._supervised_loss

    def unsupervised_regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """The regularizer of the unlabelled examples; arguments as ``BaseVAE.regularizer``."""
        raise NotImplementedError(f"{type(self).__name__} defines no unsupervised_regularizer.")

    def parameter_groups(self):
        """Those of the method; what the supervised loss learns goes with the VAE's."""
        groups = super().parameter_groups()
        if learned := list(self.supervision.parameters()):
            groups["vae"]["supervision"] = learned
        return groups


@gin.configurable("s2_vae", denylist=["factor_sizes"])
class S2BetaVAE(BaseS2VAE):
    """beta-VAE with labels; ``beta`` >= 0 weighs the KL."""

    def __init__(self, factor_sizes=None, beta=gin.REQUIRED, gamma_sup=gin.REQUIRED):
        super().__init__(factor_sizes, gamma_sup)
        self.beta = at_least("s2_vae.beta", beta)

    def unsupervised_regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """beta KL."""
        del z_mean, z_logvar, z_sampled
        return self.beta * kl_loss

    def pressure(self):
        """beta."""
        return self.beta


@gin.configurable("s2_dip_vae", denylist=["factor_sizes"])
class S2DIPVAE(BaseS2VAE):
    """DIP-VAE with labels; arguments as for ``DIPVAE``."""

    def __init__(
        self,
        factor_sizes=None,
        lambda_od=gin.REQUIRED,
        lambda_d_factor=gin.REQUIRED,
        gamma_sup=gin.REQUIRED,
        dip_type="i",
    ):
        super().__init__(factor_sizes, gamma_sup)
        self.lambda_od = at_least("s2_dip_vae.lambda_od", lambda_od)
        self.lambda_d_factor = at_least("s2_dip_vae.lambda_d_factor", lambda_d_factor)
        self.dip_type = one_of("s2_dip_vae.dip_type", dip_type, DIP_TYPES)

    def unsupervised_regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """KL + the penalty on the covariance."""
        del z_sampled
        penalty = dip_penalty(z_mean, z_logvar, self.lambda_od, self.lambda_d_factor, self.dip_type)
        return kl_loss + penalty


@gin.configurable("s2_beta_tc_vae", denylist=["factor_sizes"])
class S2BetaTCVAE(BaseS2VAE):
    """beta-TCVAE with labels; ``beta`` >= 0 weighs the total correlation."""

    def __init__(self, factor_sizes=None, beta=gin.REQUIRED, gamma_sup=gin.REQUIRED):
        super().__init__(factor_sizes, gamma_sup)
        self.beta = at_least("s2_beta_tc_vae.beta", beta)

    def unsupervised_regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """KL + (beta - 1) TC."""
        return kl_loss + (self.beta - 1.0) * tc.total_correlation(z_sampled, z_mean, z_logvar)


@gin.configurable("s2_factor_vae", denylist=["factor_sizes"])
class S2FactorVAE(BaseS2VAE, DiscriminatorVAE):
    """FactorVAE with labels; ``gamma`` >= 0 weighs the total correlation.

    The codes of the batch itself are permuted, as in the reference. Steps are updates of the VAE.
    """

    def __init__(self, factor_sizes=None, gamma=gin.REQUIRED, gamma_sup=gin.REQUIRED):
        super().__init__(factor_sizes, gamma_sup)
        self.gamma = at_least("s2_factor_vae.gamma", gamma)

    def unsupervised_regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """KL + gamma TC."""
        del z_mean, z_logvar
        return kl_loss + self.gamma * self.discriminate(z_sampled)


@gin.configurable("supervised", denylist=["factor_sizes"])
class SupervisedVAE(BaseS2VAE):
    """Labels only: the encoder learns from them, the decoder from the codes as they are.

    Reconstruction + supervised loss, where no gradient of the reconstruction reaches the encoder.
    """

    def __init__(self, factor_sizes=None):
        super().__init__(factor_sizes)

    def terms(self, batch):
        """As ``BaseS2VAE.terms``; ``kl_loss`` and ``elbo`` are there to be read only."""
        images, labelled_images, labels = batch
        with torch.no_grad():
            z_mean, z_logvar = self.posterior(images)
            z_sampled = sample_from_gaussian(z_mean, z_logvar, self.generator)
            kl_loss = compute_gaussian_kl(z_mean, z_logvar)
        reconstruction_loss = make_reconstruction_loss(images, self.decode(z_sampled)).mean()
        supervised_loss = self.supervision(self.posterior(labelled_images)[0], labels)
        return {
            "loss": reconstruction_loss + supervised_loss,
            "reconstruction_loss": reconstruction_loss,
            "elbo": -(reconstruction_loss.detach() + kl_loss),
            "regularizer": supervised_loss,
            "kl_loss": kl_loss,
            "supervised_loss": supervised_loss,
        }
