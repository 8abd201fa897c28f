"""Discriminators between joint and factorised draws of the latents, by gin name.

A discriminator function takes the number of latents D and gives a module from latents ``[B, D]``
to logits ``[B, 2]``: class 0, the latents come together; class 1, each comes from elsewhere.
"""

import gin
import torch
import torch.nn.functional as F
from torch import nn

from dlib.methods.shared.conv_networks import glorot_uniform_

LEAKY_SLOPE = 0.2  # TensorFlow's; PyTorch's own is 0.01


@gin.configurable("discriminator", denylist=["num_latent"])
def make_discriminator(num_latent, discriminator_fn=gin.REQUIRED):
    """The discriminator of a model of D latents, by the configured function."""
    return discriminator_fn(num_latent)


class FullyConnectedDiscriminator(nn.Module):
    """Six hidden layers of 1000 with leaky ReLU, slope 0.2."""

    def __init__(self, num_latent, hidden=(1000,) * 6):
        super().__init__()
        sizes = [num_latent, *hidden]
        self.hidden = nn.ModuleList(
            nn.Linear(inputs, outputs)
            for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True)
        )
        self.logits = nn.Linear(sizes[-1], 2)

    def forward(self, latents):  # [B, D]
        """Logits of the two classes, ``[B, 2]``."""
        features = latents
        for layer in self.hidden:
            features = F.leaky_relu(layer(features), LEAKY_SLOPE)
        return self.logits(features)


@gin.configurable("fc_discriminator", denylist=["num_latent"])
def fc_discriminator(num_latent):
    """The discriminator of FactorVAE (Kim & Mnih 2018, appendix A), started as TensorFlow does."""
    return glorot_uniform_(FullyConnectedDiscriminator(num_latent))


def shuffle_codes(codes, generator):
    """Permutes each latent over the batch on its own: draws from the product of the marginals.

    Args:
      codes: ``[B, D]``.
      generator: where the permutations are drawn from.
    """
    keys = torch.rand(codes.shape, generator=generator, device=codes.device)
    return codes.gather(0, keys.argsort(dim=0))


def total_correlation_of_logits(logits):
    """log D - log(1 - D) of each draw, mean over the batch (Kim & Mnih 2018, eq. 3); a scalar."""
    return (logits[:, 0] - logits[:, 1]).mean()


def discriminator_loss(logits_joint, logits_product, clip=None):
    """Cross-entropy of the two kinds of draws, half each, mean over the batch; a scalar.

    Args:
      logits_joint, logits_product: ``[B, 2]`` each.
      clip: keeps probabilities this far from 0 and 1, so that beyond it there is no gradient (the
        reference has 1e-6); None for none.
    """
    log_joint = _log_probability(logits_joint, 0, clip)  # [B]
    log_product = _log_probability(logits_product, 1, clip)  # [B]
    return -(0.5 * log_joint.mean() + 0.5 * log_product.mean())


def _log_probability(logits, index, clip):
    if clip is None:
        return logits.log_softmax(1)[:, index]
    return logits.softmax(1)[:, index].clamp(clip, 1 - clip).log()
