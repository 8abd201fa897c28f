"""Encoded observations of a model, and what they say about its latents.

N points, D latents, K factors.
"""

import dataclasses

import numpy as np

from dlib.evaluation.metrics import mutual_information, sampling
from dlib.visualize.latents import describe_latents

_SAMPLING_BATCH = 64


@dataclasses.dataclass(frozen=True)
class Points:
    """Encoded observations, and what they say about the latents.

    Attributes:
      means: of posteriors, ``[N, D]``.
      logvars: their log-variances, ``[N, D]``.
      factors: ``[N, K]``.
      factor_names: K names, of factors with more than one value among the points.
      nmi: normalised mutual information, ``[D, K]``; None where K is 0.
      latents: D ``Latent``, the most informative first.
    """

    means: np.ndarray
    logvars: np.ndarray
    factors: np.ndarray
    factor_names: tuple
    nmi: np.ndarray | None
    latents: list

    @property
    def active(self):
        """Columns of latents that carry information; all if none does."""
        return [z.index for z in self.latents if not z.is_dead] or [z.index for z in self.latents]

    @property
    def central(self):
        """The code of the point that is nearest to the mean of all codes, ``[D]``."""
        spread = self.means.std(axis=0)
        distances = (self.means - self.means.mean(axis=0)) / np.where(spread > 0, spread, 1)
        return self.means[np.square(distances).sum(axis=1).argmin()]


def sample_points(model, data, num_points, random_state):
    """Draws and encodes points; factors of one value are left out."""
    codes, factors = sampling.sample_codes(
        data,
        lambda images: np.concatenate(model.encode(images), axis=1),
        num_points,
        random_state,
        _SAMPLING_BATCH,
    )
    means, logvars = np.split(codes, 2, axis=1)
    varying = [k for k in range(factors.shape[1]) if len(np.unique(factors[:, k])) > 1]
    factors, names = factors[:, varying], tuple(data.factor_names[k] for k in varying)
    nmi = mutual_information.nmi_matrix(means, factors) if names else None
    latents = describe_latents(means, logvars, nmi, names)
    return Points(means, logvars, factors, names, nmi, latents)
