"""Scores of given observations and labels: how models are compared by a few labelled points.

N points, D codes, K factors. Observations are indexed by row; labels have the reference's
orientation ``[K, N]``. Fits are seeded by 0, so equal points give equal scores. (The form of the
unified scores is in `unified_scores`.)
"""

import gin
import numpy as np

from dlib.evaluation.metrics import dci, mig, sampling, sap_score
from dlib.utils.errors import DlibError

_GIVEN = ["observations", "labels", "representation_function"]


@gin.configurable("mig_validation", denylist=_GIVEN)
def compute_mig_on_fixed_data(observations, labels, representation_function, batch_size=100):
    """MIG of given observations, encoded ``batch_size`` at a time; keys as ``mig``."""
    codes, factors = encode_points(observations, labels, representation_function, batch_size)
    return mig.scores_of_points(codes, factors)


@gin.configurable("dci_validation", denylist=_GIVEN)
def compute_dci_on_fixed_data(
    observations, labels, representation_function, train_percentage=gin.REQUIRED, batch_size=100
):
    """DCI of given observations; keys as ``dci``.

    Args:
      observations: ``[N, ...]``.
      labels: ``[K, N]``.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      train_percentage: share (0 to 1) of the points, the first ones, that models are trained on.
      batch_size: observations encoded together.
    """
    points = split_points(
        observations, labels, representation_function, train_percentage, batch_size
    )
    return dci.dci(*(array.T for array in points), random_state=np.random.RandomState(0))


@gin.configurable("sap_score_validation", denylist=_GIVEN)
def compute_sap_on_fixed_data(
    observations,
    labels,
    representation_function,
    train_percentage=gin.REQUIRED,
    continuous_factors=gin.REQUIRED,
    batch_size=100,
):
    """SAP of given observations; as `compute_dci_on_fixed_data`, keys as ``sap_score``."""
    points = split_points(
        observations, labels, representation_function, train_percentage, batch_size
    )
    return sap_score.sap(*(array.T for array in points), continuous_factors=continuous_factors)


def encode_points(observations, labels, representation_function, batch_size):
    """Codes ``[N, D]`` of ``[N, ...]`` observations, and their labels ``[K, N]`` as ``[N, K]``.

    Raises:
      DlibError: there is no point, or not one label for each.
    """
    labels = np.asarray(labels)
    if labels.ndim != 2 or labels.shape[1] != len(observations) or len(observations) == 0:
        raise DlibError(
            f"labels have shape {list(labels.shape)}, expected [factors, {len(observations)}], a "
            "column for each of one or more observations"
        )
    return sampling.encode(observations, representation_function, batch_size), labels.T


def split_points(observations, labels, representation_function, train_percentage, batch_size):
    """Training codes ``[D, n]`` and factors ``[K, n]``, test codes and factors: the first
    ceil(N * train_percentage) points, and the rest.

    Raises:
      DlibError: as `encode_points`, or a split that leaves one side empty.
    """
    codes, factors = encode_points(observations, labels, representation_function, batch_size)
    num_train = int(np.ceil(len(codes) * train_percentage))
    if not 0 < num_train < len(codes):
        raise DlibError(
            f"train_percentage {train_percentage} of {len(codes)} points leaves {num_train} to "
            f"train and {len(codes) - num_train} to test on, expected at least one of each"
        )
    return codes[:num_train].T, factors[:num_train].T, codes[num_train:].T, factors[num_train:].T
