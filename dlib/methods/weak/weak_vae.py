"""Group-VAE and ML-VAE: what a pair shares is encoded once (Locatello et al. 2020).

The latents of a pair are either kept or replaced by the pair's average. Which ones is told by
labels (``*_labels``) or read off the two posteriors (``*_argmax``: Ada-GVAE and Ada-ML-VAE).

Axes: B pairs, D latents, K factors.
"""

import math

import gin
import torch

from dlib.methods.shared.settings import at_least
from dlib.methods.unsupervised.base_vae import BaseVAE
from dlib.methods.weak.pair_loader import PairLoader, sample_pairs
from dlib.utils.errors import DlibError


@gin.configurable("weak_loss", denylist=["z1", "z2", "labels"])
def make_weak_loss(z1, z2, labels, loss_fn=gin.REQUIRED):
    """A loss of two codes and their labels, by the configured function; no method here has one."""
    return loss_fn(z1, z2, labels)


def average_of_moments(means, logvars):
    """Group-VAE (Hosoya 2019): the averages of means and of variances, each ``[B, D]``.

    Args:
      means, logvars: of the two posteriors, a pair of ``[B, D]`` each.
    """
    z_mean = 0.5 * (means[0] + means[1])
    return z_mean, torch.logaddexp(*logvars) - math.log(2.0)


def product_of_posteriors(means, logvars):
    """ML-VAE (Bouchacourt et al. 2018): the normalised product's moments, precision halved.

    1 / var = (1 / var1 + 1 / var2) / 2 and mean = (mean1 / var1 + mean2 / var2) var / 2, as in the
    reference: of equal posteriors it is that posterior.
    """
    precisions = [torch.exp(-logvar) for logvar in logvars]
    total = precisions[0] + precisions[1]
    z_mean = (means[0] * precisions[0] + means[1] * precisions[1]) / total
    return z_mean, math.log(2.0) - torch.logaddexp(-logvars[0], -logvars[1])


def distance_per_latent(means, logvars):
    """Twice KL(first || second) of each latent, ``[B, D]``, >= 0."""
    spread = torch.exp(logvars[0] - logvars[1])
    shift = (means[1] - means[0]).square() * torch.exp(-logvars[1])
    return spread + shift - 1.0 + logvars[1] - logvars[0]


def upper_half(distances):
    """Which latents lie in the upper one of two bins of equal width, by row: bool ``[B, D]``.

    A row of equal distances has none: then all is shared.
    """
    low = distances.amin(1, keepdim=True)  # [B, 1]
    high = distances.amax(1, keepdim=True)
    return (distances >= 0.5 * (low + high)) & (high > low)


class WeakVAE(BaseVAE):
    """beta-VAE on pairs: reconstruction and KL are means over both images of all pairs.

    Subclasses say how a pair is averaged and which latents each image keeps for itself.
    """

    def __init__(self, name, beta):
        super().__init__()
        self.beta = at_least(f"{name}.beta", beta)

    def average(self, means, logvars):
        """Mean and log-variance of the pair, each ``[B, D]``."""
        raise NotImplementedError(f"{type(self).__name__} defines no average.")

    def kept(self, means, logvars, changed):
        """Latents that are not shared: bool ``[B, D]``."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a pair shares.")

    def pair_posterior(self, batch):
        """Mean and log-variance of both images of each pair, and which latents are not shared.

        Args:
          batch: ``(images, other images, changed)``.

        Returns:
          ``(z_mean [2 B, D], z_logvar [2 B, D], kept bool [B, D])``; where a latent is not kept,
          both images of a pair have the pair's average.
        """
        first, second, changed = batch
        z_mean, z_logvar = self.posterior(torch.cat([first, second]))
        means, logvars = z_mean.chunk(2), z_logvar.chunk(2)
        kept = self.kept(means, logvars, changed)
        pair_mean, pair_logvar = self.average(means, logvars)
        z_mean = torch.cat([torch.where(kept, mean, pair_mean) for mean in means])
        z_logvar = torch.cat([torch.where(kept, logvar, pair_logvar) for logvar in logvars])
        return z_mean, z_logvar, kept

    def terms(self, batch):
        """As ``BaseVAE.terms``, of a batch ``(images, other images, changed)``."""
        z_mean, z_logvar, _ = self.pair_posterior(batch)
        images = torch.cat(batch[:2])  # [2 B, C, H, W]
        return self.terms_of_posterior(images, z_mean, z_logvar)

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """beta KL."""
        del z_mean, z_logvar, z_sampled
        return self.beta * kl_loss

    def pressure(self):
        """beta."""
        return self.beta

    def make_loader(self, data, random_state, order):
        """A stream of pairs."""
        self.check_factors(data)
        one_by_one = order == "reference"
        return PairLoader(data, self.setup.batch_size, random_state, self.to_batch, one_by_one)

    def sample_batch(self, data, random_state):
        """A batch of freshly drawn pairs."""
        return self.to_batch(*sample_pairs(data, self.setup.batch_size, random_state))

    def check_factors(self, data):
        """Raises ``DlibError`` where ``data`` has no factors to change."""
        if not data.num_factors:
            raise DlibError(
                f"{type(self).__name__} is trained on pairs that share factors, and this data set "
                f"has no factors: name a labelled data set, or an unsupervised method."
            )

    def to_batch(self, observations, others, changed):
        """What ``sample_pairs`` gives as a batch where the networks live."""
        changed = torch.from_numpy(changed).to(self.generator.device)
        return self.to_images(observations), self.to_images(others), changed


class LabelledPairs:
    """Latent k is kept where factor k changed; latents beyond the factors are shared."""

    def kept(self, means, logvars, changed):
        """The labels, padded to D."""
        del logvars
        return torch.nn.functional.pad(changed, (0, means[0].shape[1] - changed.shape[1]))

    def check_factors(self, data):
        """Raises ``DlibError`` where there are fewer latents than factors, too."""
        super().check_factors(data)
        if data.num_factors > self.num_latent:
            raise DlibError(
                f"{type(self).__name__} needs a latent for each factor: encoder.num_latent = "
                f"{self.num_latent}, but the data set has {data.num_factors} factors."
            )


class AdaptivePairs:
    """The latents whose posteriors differ most are kept."""

    def kept(self, means, logvars, changed):
        """The upper half of the distances."""
        del changed
        return upper_half(distance_per_latent(means, logvars))


@gin.configurable("group_vae")
class GroupVAEBase(WeakVAE):
    """Group-VAE (Hosoya 2019); ``group_vae.beta`` is bound for all its forms.

    Args:
      beta: weight of the KL, >= 0.
    """

    def __init__(self, beta=gin.REQUIRED):
        super().__init__("group_vae", beta)

    def average(self, means, logvars):
        """See ``average_of_moments``."""
        return average_of_moments(means, logvars)


@gin.configurable("mlvae")
class MLVae(WeakVAE):
    """ML-VAE (Bouchacourt et al. 2018); ``mlvae.beta`` is bound for all its forms.

    Args:
      beta: weight of the KL, >= 0.
    """

    def __init__(self, beta=gin.REQUIRED):
        super().__init__("mlvae", beta)

    def average(self, means, logvars):
        """See ``product_of_posteriors``."""
        return product_of_posteriors(means, logvars)


# Each form takes beta as its base class does, from the base class's binding or as an argument; a
# signature of its own would be a second place to bind it.


@gin.configurable("group_vae_labels")
class GroupVAELabels(LabelledPairs, GroupVAEBase):
    """Group-VAE told which factors changed."""

    def __init__(self, *beta):
        super().__init__(*beta)


@gin.configurable("group_vae_argmax")
class GroupVAEArgmax(AdaptivePairs, GroupVAEBase):
    """Ada-GVAE (Locatello et al. 2020): Group-VAE that finds out what changed."""

    def __init__(self, *beta):
        super().__init__(*beta)


@gin.configurable("mlvae_labels")
class MLVaeLabels(LabelledPairs, MLVae):
    """ML-VAE told which factors changed."""

    def __init__(self, *beta):
        super().__init__(*beta)


@gin.configurable("mlvae_argmax")
class MLVaeArgmax(AdaptivePairs, MLVae):
    """Ada-ML-VAE (Locatello et al. 2020): ML-VAE that finds out what changed."""

    def __init__(self, *beta):
        super().__init__(*beta)


@gin.configurable("ada_gvae")
class AdaGVAE(GroupVAEArgmax):
    """``group_vae_argmax`` by its paper's name."""

    def __init__(self, *beta):
        super().__init__(*beta)


@gin.configurable("ada_ml_vae")
class AdaMLVAE(MLVaeArgmax):
    """``mlvae_argmax`` by its paper's name."""

    def __init__(self, *beta):
        super().__init__(*beta)
