"""What is said about each latent above its pictures: information, and the factor it knows most of.

Axes: N points, D latents, K factors.
"""

import dataclasses

import numpy as np

DEAD_BELOW = 0.1  # nats


@dataclasses.dataclass(frozen=True)
class Latent:
    """One latent.

    Attributes:
      index: its column in the codes.
      kl: mean KL divergence of its posterior to the prior, in nats.
      factor: the factor that it shares most information with; None if no factor is known.
      nmi: I(latent; factor) / H(factor) with that factor, in [0, 1].
    """

    index: int
    kl: float
    factor: str | None = None
    nmi: float | None = None

    @property
    def is_dead(self):
        """Whether it carries less than 0.1 nats."""
        return self.kl < DEAD_BELOW

    @property
    def kl_text(self):
        """Its KL to be read: with two digits where one would hide whether it is dead."""
        return f"{self.kl:.2f}" if 0.05 <= self.kl < 2 * DEAD_BELOW else f"{self.kl:.1f}"

    @property
    def name(self):
        """ "z0", "z1", ..."""
        return f"z{self.index}"


def kl_per_latent(means, logvars):
    """KL(N(mean, exp(logvar)) || N(0, 1)) of each latent in nats, mean over the points: ``[D]``."""
    means, logvars = np.asarray(means, np.float64), np.asarray(logvars, np.float64)
    return 0.5 * (np.square(means) + np.exp(logvars) - 1 - logvars).mean(axis=0)


def describe_latents(means, logvars, nmi=None, factor_names=()):
    """Latents with what is said about them, the most informative first.

    Args:
      means: means of the posteriors, ``[N, D]``.
      logvars: their log-variances, ``[N, D]``.
      nmi: normalised mutual information of latents and factors, ``[D, K]``; None or no column
        where no factor is known.
      factor_names: K names.

    Returns:
      a list of ``Latent``, by falling KL, so that dead latents come last.
    """
    kl = kl_per_latent(means, logvars)
    labels = [(None, None)] * len(kl)
    if nmi is not None and np.size(nmi):
        nmi = np.asarray(nmi)
        labels = [(factor_names[best], float(nmi[d, best])) for d, best in enumerate(nmi.argmax(1))]
    order = np.argsort(-kl, kind="stable")
    return [Latent(int(d), float(kl[d]), *labels[d]) for d in order]
