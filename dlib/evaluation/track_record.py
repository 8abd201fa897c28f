"""What a visit to a training model finds, as a record of plain numbers.

N points, D latents, K factors. Everything in nats but the normalised quantities.

    stage, beta, capacity       of the last update; beta and capacity null where there is none
    kl_per_latent               D numbers; their sum is ``kl``
    mutual_information, total_correlation, dimension_wise_kl      the KL's parts
    factor_names, nmi           K names and the matrix, D rows of K
    factors                     per factor: nmi1, nmi2, and the latents that hold them
    noise                       per factor: the NMI expected of a latent that knows nothing
    nmi1, nmi2, mig             means over the factors that vary
    metrics                     "<metric>.<score>" of further metrics
"""

import contextlib

import numpy as np

from dlib.evaluation.metrics import checks, information, mig, mutual_information
from dlib.evaluation.metrics.kl_decomposition import kl_decomposition

PARTS = ("mutual_information", "total_correlation", "dimension_wise_kl")


def record(mean, logvar, factors, factor_names, num_bins, num_samples, random_state):
    """The record of given posteriors, without the schedule and further metrics.

    Args:
      mean: ``[N, D]`` means of the posteriors; also the codes that factors are looked for in.
      logvar: ``[N, D]`` logarithms of their variances.
      factors: ``[N, K]``; K may be 0, then there is no entry about factors but empty names.
      factor_names: K names.
      num_bins: bins of the histograms.
      num_samples: draws that the KL's parts are averaged over, at most N.
      random_state: of those draws.
    """
    kl_per_latent = kl_of_latents(mean, logvar)
    parts = kl_decomposition(mean, logvar, random_state, num_samples=num_samples)
    return {
        "kl": float(kl_per_latent.sum()),
        "kl_per_latent": kl_per_latent.tolist(),
        **{part: parts[part] for part in PARTS},
        "factor_names": list(factor_names),
        **(of_factors(mean, factors, factor_names, num_bins) if len(factor_names) else {}),
    }


def kl_of_latents(mean, logvar):
    """KL(q(z_d | x) || N(0, 1)), mean over ``[N, D]`` posteriors: ``[D]``."""
    mean, logvar = np.asarray(mean, np.float64), np.asarray(logvar, np.float64)
    return 0.5 * (mean**2 + np.exp(logvar) - 1.0 - logvar).mean(axis=0)


def of_factors(codes, factors, factor_names, num_bins):
    """NMI of codes ``[N, D]`` and factors ``[N, K]``: the matrix, its best, and means."""
    matrix = mutual_information.nmi_matrix(codes, factors, num_bins)  # [D, K]
    varies = checks.check_varying(factors)
    summary = mutual_information.summary(matrix, varies)
    order = np.argsort(-matrix, axis=0, kind="stable")  # [D, K]
    first, second = (mutual_information.nmi(matrix, m) for m in (1, 2))  # [K]
    return {
        "nmi": summary["nmi_matrix"],
        "factors": {
            name: {
                "nmi1": float(first[k]),
                "nmi2": float(second[k]),
                "latents": order[:2, k].tolist(),
            }
            for k, name in enumerate(factor_names)
        },
        "noise": noise(factors, num_bins).tolist(),
        "nmi1": summary["nmi1"],
        "nmi2": summary["nmi2"],
        "mig": mig.gap(matrix, varies),
    }


def noise(factors, num_bins):
    """NMI that N points show of a latent that knows nothing, ``[K]``; 0 for a constant factor.

    The bias of a histogram's mutual information to first order, (bins - 1)(values - 1) / (2 N)
    nats (Miller, 1955), over the factor's entropy.
    """
    entropies = information.entropies(factors)
    _, sizes = information.value_indices(factors)
    bias = (num_bins - 1) * (sizes - 1) / (2 * len(factors))
    return bias / np.where(entropies > 0, entropies, 1.0)


def schedule(model):
    """Stage, pressure and capacity that the last update of a method was made with."""
    with _as_of_last_update(model):
        capacity = model.capacity() if hasattr(model, "capacity") else None
        return {
            "stage": model.stage_index(model.global_step),
            "beta": model.pressure(),
            "capacity": capacity,
        }


@contextlib.contextmanager
def _as_of_last_update(model):
    step = model.global_step
    model.global_step = max(step - 1, 0)
    try:
        yield
    finally:
        model.global_step = step
