"""FactorVAE: the total correlation by a discriminator.

Axes: B batch, D latents.
"""

import gin
import torch

from dlib.methods.shared.discriminators import (
    discriminator_loss,
    make_discriminator,
    shuffle_codes,
    total_correlation_of_logits,
)
from dlib.methods.shared.gaussian import sample_from_gaussian
from dlib.methods.shared.settings import above, at_least, one_of
from dlib.methods.unsupervised.base_vae import BaseVAE

PERMUTATIONS = ("second_batch", "same_batch")


class DiscriminatorVAE(BaseVAE):
    """A VAE beside a discriminator with an optimizer of its own.

    Both gradients are taken at the same parameters, from one pass forward; neither loss reaches
    the other's parameters. A batch is a pair of image batches, or one.

    Attributes:
      permutation: which codes are permuted for the discriminator's second class.
      clip: see ``discriminator_loss``.
    """

    permutation = "same_batch"
    clip = None
    _others = None

    def bind(self, setup, seed=0, device="cpu"):
        """As ``BaseVAE.bind``; also makes the discriminator."""
        super().bind(setup, seed, device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + 1)
            self.discriminator = make_discriminator(self.num_latent).to(device)
        return self

    def make_loader(self, data, random_state, order):
        """Pairs of batches where the second one is permuted."""
        loader = super().make_loader(data, random_state, order)
        return TwoBatches(loader) if self.permutation == "second_batch" else loader

    def sample_batch(self, data, random_state):
        """As the loader gives it."""
        images = super().sample_batch(data, random_state)
        if self.permutation == "same_batch":
            return images
        return images, super().sample_batch(data, random_state)

    def terms(self, batch):
        """As ``BaseVAE.terms``, with ``discriminator_loss``."""
        images, others = batch if isinstance(batch, tuple) else (batch, None)
        self._others = others
        return super().terms(images)

    def discriminate(self, z_sampled):
        """The estimate of the total correlation, a scalar; ``discriminator_loss`` goes to the log.

        Args:
          z_sampled: draws, ``[B, D]``.
        """
        logits_joint = self.discriminator(z_sampled)  # [B, 2]
        with torch.no_grad():
            z_other = z_sampled if self._others is None else self._draw(self._others)
            z_permuted = shuffle_codes(z_other, self.generator)  # [B, D]
        loss = discriminator_loss(logits_joint, self.discriminator(z_permuted), self.clip)
        tc_estimate = total_correlation_of_logits(logits_joint)
        self.reported = {"tc_estimate": tc_estimate, "discriminator_loss": loss}
        return tc_estimate

    def _draw(self, images):
        z_mean, z_logvar = self.posterior(images)
        return sample_from_gaussian(z_mean, z_logvar, self.generator)

    def losses(self, batch):
        """Losses of the optimizers "vae" and "discriminator"."""
        terms = self.terms(batch)
        self.last_terms = {name: term.detach() for name, term in terms.items()}
        return {"vae": terms["loss"], "discriminator": terms["discriminator_loss"]}

    def parameter_groups(self):
        """The VAE's groups, and the discriminator's one."""
        return {
            **super().parameter_groups(),
            "discriminator": {"discriminator": list(self.discriminator.parameters())},
        }


@gin.configurable("factor_vae")
class FactorVAE(DiscriminatorVAE):
    """FactorVAE (Kim & Mnih 2018, eq. 2 and algorithm 2).

    Reconstruction + KL + gamma TC, TC = E[log D(z) - log(1 - D(z))]. The discriminator D learns to
    tell draws z from draws whose latents are permuted over the batch. A step is an update of the
    VAE; the discriminator is updated beside it.

    Args:
      gamma: weight of the total correlation, >= 0.
      permutation: "second_batch": codes of a second batch are permuted, as in the paper; an update
        then reads twice as many images. "same_batch": those of the first, as in the reference.
      clip: the reference's 1e-6 keeps the discriminator's probabilities off 0 and 1; None for none.
      halve_steps: train for half of ``model.training_steps``: the reference counts the
        discriminator's updates too, and so do its published models.
    """

    def __init__(
        self, gamma=gin.REQUIRED, permutation="second_batch", clip=None, halve_steps=False
    ):
        super().__init__()
        self.gamma = at_least("factor_vae.gamma", gamma)
        self.permutation = one_of("factor_vae.permutation", permutation, PERMUTATIONS)
        self.clip = clip if clip is None else above("factor_vae.clip", clip)
        self.halve_steps = halve_steps

    @property
    def training_steps(self):
        """Updates of the VAE."""
        steps = self.setup.training_steps
        return -(-steps // 2) if self.halve_steps and steps else steps

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """KL + gamma TC."""
        del z_mean, z_logvar
        return kl_loss + self.gamma * self.discriminate(z_sampled)


class TwoBatches:
    """Pairs of batches from one stream, which can be left and taken up as the stream can."""

    def __init__(self, loader):
        self._loader = loader
        self.batch_size = loader.batch_size
        self.state_dict = loader.state_dict
        self.load_state_dict = loader.load_state_dict

    def next_batch(self):
        """Two batches of images, each ``[B, C, H, W]``."""
        return self._loader.next_batch(), self._loader.next_batch()
