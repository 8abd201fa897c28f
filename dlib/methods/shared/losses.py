"""Reconstruction losses: a sum over pixels for each example; the caller takes the batch mean.

Axes: B batch, P pixels (all of C, H, W).
"""

import gin
import torch
import torch.nn.functional as F

from dlib.methods.shared.settings import function
from dlib.utils.errors import DlibError

_CLIP = 1e-6


def activate(outputs, activation="logits"):
    """A decoder's outputs as image values in [0, 1].

    "logits": the logistic function. "tanh": tanh(x)/2 + 1/2, kept 1e-6 away from 0 and 1.

    Raises:
      DlibError: for any other activation.
    """
    if activation == "logits":
        return torch.sigmoid(outputs)
    if activation == "tanh":
        return torch.clamp(torch.tanh(outputs) / 2 + 0.5, _CLIP, 1 - _CLIP)
    raise DlibError(
        f"reconstruction_loss.activation must be 'logits' or 'tanh', got {activation!r}."
    )


@gin.configurable("bernoulli_loss", denylist=["true_images", "reconstructed_images", "activation"])
def bernoulli_loss(
    true_images, reconstructed_images, activation="logits", subtract_true_image_entropy=False
):
    """Negative Bernoulli log-likelihood of each example in nats, ``[B]``: sum over pixels.

    Args:
      true_images: values in [0, 1], ``[B, ...]``.
      reconstructed_images: the decoder's outputs before ``activation``, same shape.
      activation: "logits" or "tanh".
      subtract_true_image_entropy: subtract the entropy of the images themselves, so that a
        perfect reconstruction of grey pixels costs 0.
    """
    x = true_images.flatten(1)  # [B, P]
    if activation == "logits":
        nats = F.binary_cross_entropy_with_logits(
            reconstructed_images.flatten(1), x, reduction="none"
        )
    else:
        p = activate(reconstructed_images.flatten(1), activation)
        nats = -(x * torch.log(p) + (1 - x) * torch.log(1 - p))
    if subtract_true_image_entropy:
        t = torch.clamp(x, _CLIP, 1 - _CLIP)
        nats = nats + t * torch.log(t) + (1 - t) * torch.log(1 - t)
    return nats.sum(1)


@gin.configurable("l2_loss", denylist=["true_images", "reconstructed_images", "activation"])
def l2_loss(true_images, reconstructed_images, activation="logits"):
    """Squared error of each example, ``[B]``: sum over pixels, without one half."""
    difference = true_images - activate(reconstructed_images, activation)
    return difference.flatten(1).square().sum(1)


@gin.configurable("reconstruction_loss", denylist=["true_images", "reconstructed_images"])
def make_reconstruction_loss(
    true_images, reconstructed_images, loss_fn=gin.REQUIRED, activation="logits"
):
    """The reconstruction loss of each example, ``[B]``, by the configured function."""
    function("reconstruction_loss.loss_fn", loss_fn, "@bernoulli_loss")
    return loss_fn(true_images, reconstructed_images, activation)
