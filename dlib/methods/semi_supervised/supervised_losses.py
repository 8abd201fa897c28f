"""Losses of a representation and its labels, by gin name.

Each is a module from the means of labelled examples ``[B, D]`` and their labels ``[B, L]`` to a
scalar; label l is matched with latent l. As in the reference, "l2" and "xent" are sums over the
batch, "embed" is a mean over it.

Axes: B batch, D latents, L labels.
"""

import math

import gin
import torch
import torch.nn.functional as F
from torch import nn

from dlib.methods.shared.settings import one_of
from dlib.utils.errors import DlibError


@gin.configurable("supervised_loss", denylist=["factor_sizes", "num_latent"])
def make_supervised_loss(factor_sizes, num_latent, loss_fn=gin.REQUIRED):
    """The configured loss for labels of ``factor_sizes`` values and D latents.

    Raises:
      DlibError: if there are more labels than latents.
    """
    if len(factor_sizes) > num_latent and loss_fn is not SupervisedCovariance:
        raise DlibError(
            f"the labels need a latent each: encoder.num_latent = {num_latent}, but there are "
            f"{len(factor_sizes)} labels."
        )
    return loss_fn(tuple(factor_sizes))


@gin.configurable("normalize_labels", denylist=["labels", "factor_sizes"])
def normalize_labels(labels, factor_sizes, divisor="size - 1"):
    """Labels in [0, 1], ``[B, L]``.

    ``divisor`` "size - 1" maps the last value to 1; the reference divides by "size", so that it
    never gets there.
    """
    one_of("normalize_labels.divisor", divisor, ("size - 1", "size"))
    sizes = labels.new_tensor(factor_sizes)  # [L]
    return labels / (sizes if divisor == "size" else (sizes - 1).clamp(min=1))


@gin.configurable("l2", denylist=["factor_sizes"])
class SupervisedL2(nn.Module):
    """Squared error, sum over labels and batch.

    Args:
      factor_sizes: number of values of each label.
      learn_scale: scale the representation by a learned number, which starts at 1, to meet the
        labels as they are; else its logistic function meets the labels in [0, 1].
      all_pairs: without ``learn_scale``, sum over all pairs of representation and label in the
        batch, as the reference does by an accident of broadcasting.
    """

    def __init__(self, factor_sizes, learn_scale=True, all_pairs=False):
        super().__init__()
        self.factor_sizes, self.all_pairs = factor_sizes, all_pairs
        self.scale = nn.Parameter(torch.ones(())) if learn_scale else None

    def forward(self, representation, labels):
        """The loss, a scalar."""
        matched = representation[:, : labels.shape[1]]  # [B, L]
        if self.scale is not None:
            return (matched * self.scale - labels).square().sum()
        matched, labels = torch.sigmoid(matched), normalize_labels(labels, self.factor_sizes)
        if self.all_pairs:
            matched = matched.unsqueeze(1)  # [B, 1, L] - [B, L] -> [B, B, L]
        return (matched - labels).square().sum()


@gin.configurable("xent", denylist=["factor_sizes"])
class SupervisedCrossEntropy(nn.Module):
    """Cross-entropy of the representation's logistic function and labels in [0, 1], summed."""

    def __init__(self, factor_sizes):
        super().__init__()
        self.factor_sizes = factor_sizes

    def forward(self, representation, labels):
        """The loss in nats, a scalar."""
        return F.binary_cross_entropy_with_logits(
            representation[:, : labels.shape[1]],
            normalize_labels(labels, self.factor_sizes),
            reduction="sum",
        )


@gin.configurable("cov", denylist=["factor_sizes"])
class SupervisedCovariance(nn.Module):
    """Squares of the covariances of latent d and label l over the batch, where d != l, summed."""

    def __init__(self, factor_sizes):
        super().__init__()
        del factor_sizes

    def forward(self, representation, labels):
        """The loss, a scalar."""
        centred = representation - representation.mean(0)
        covariance = centred.T @ (labels - labels.mean(0)) / len(labels)  # [D, L]
        matched = torch.eye(*covariance.shape, dtype=torch.bool, device=covariance.device)
        return covariance.masked_fill(matched, 0.0).square().sum()


@gin.configurable("embed", denylist=["factor_sizes"])
class SupervisedEmbedding(nn.Module):
    """Labels as learned points on a line: cross-entropy of softmax(-((z_l - e) sigma)^2).

    Mean over the batch, sum over labels; e are the points of a label's values.

    Args:
      factor_sizes: number of values of each label.
      sigma: sharpness, a number or "learn".
      use_order: points at equal distances, bias + slope value, instead of free ones.
    """

    def __init__(self, factor_sizes, sigma=gin.REQUIRED, use_order=False):
        super().__init__()
        self.factor_sizes, self.use_order = factor_sizes, use_order
        # Glorot-uniform starts, as TensorFlow gives vectors of this length.
        free = [] if use_order else factor_sizes
        self.points = nn.ParameterList(_glorot_vector(size) for size in free)
        ordered = range(len(factor_sizes) if use_order else 0)
        self.lines = nn.ParameterList(
            torch.cat([_glorot_vector(1), _glorot_vector(1)]) for _ in ordered
        )
        learned = range(len(factor_sizes) if sigma == "learn" else 0)
        self.sigmas = nn.ParameterList(_glorot_vector(1) for _ in learned)
        self.sigma = sigma

    def embedding(self, label):
        """Points of the values of ``label``."""
        if not self.use_order:
            return self.points[label]
        bias, slope = self.lines[label]
        return torch.arange(self.factor_sizes[label], device=bias.device) * slope + bias

    def forward(self, representation, labels):
        """The loss in nats, a scalar."""
        total = representation.new_zeros(())
        for label in range(labels.shape[1]):
            sigma = self.sigmas[label] if self.sigma == "learn" else self.sigma
            offsets = representation[:, label, None] - self.embedding(label)  # [B, values]
            logits = -(offsets * sigma).square()
            total = total + F.cross_entropy(logits, labels[:, label].long())
        return total


def _glorot_vector(size):
    limit = math.sqrt(6.0 / (size + size))
    return nn.init.uniform_(torch.empty(size), -limit, limit)
