"""Explicitness and size, the E and S of DCI-ES (Eastwood et al., "DCI-ES: an extended
disentanglement framework with connections to identifiability", 2023).

Explicitness asks how much capacity a probe needs to read a factor off the code. The probes form a
ladder: a linear map of the codes, then the same with random Fourier features whose number doubles
the inputs at each step. With l_0, ..., l_S the losses so far reached on test points, l_b the loss
of a constant and the logarithm of the number of inputs as the capacity kappa,

    E = 1 - 2 integral (l - l_S) d kappa / ((l_b - l_S) (kappa_S - kappa_0))

Size is S = K / D.

N training points, M test points, D codes, K factors, F features.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, sampling
from dlib.utils.errors import DlibError

RIDGE = 1e-6  # penalty per training point: it only keeps duplicated inputs solvable


def explicitness(losses, baseline=1.0):
    """Explicitness from losses at capacities in equal steps.

    Args:
      losses: ``[S + 1]``, of probes of growing capacity. A probe of more capacity can do what one
        of less can, so each counts as the best so far, the constant included.
      baseline: loss of the constant.

    Returns:
      a float in [-1, 1]: 1 when the first probe is as good as the last; 0 when the loss falls in
      equal steps from the baseline; towards -1 when only the last probe succeeds. 0 as well when
      no probe beats the constant, where there is nothing to be explicit about.
    """
    losses = np.minimum.accumulate(np.minimum(losses, baseline))
    if losses[-1] >= baseline:
        return 0.0
    excess = losses - losses[-1]
    area = np.sum(0.5 * (excess[1:] + excess[:-1])) / (len(losses) - 1)
    return float(1.0 - 2.0 * area / (baseline - losses[-1]))


def loss_capacity_curves(
    codes_train, factors_train, codes_test, factors_test, random_state, num_doublings=5
):
    """Test losses of the ladder of probes: ``[K, num_doublings + 1]``.

    The loss is the mean squared error of the factor as a number, in units of that of the constant
    training mean, so 1 is the baseline.
    """
    scale = codes_train.std(axis=0)
    live = scale > 0.0
    mean, scale = codes_train.mean(axis=0)[live], scale[live]
    inputs = [(codes[:, live] - mean) / scale for codes in (codes_train, codes_test)]
    num_codes = inputs[0].shape[1]
    if num_codes == 0:
        return np.ones([factors_train.shape[1], num_doublings + 1])
    num_features = num_codes * (2**num_doublings - 1)
    weights = random_state.normal(size=(num_codes, num_features)) / np.sqrt(num_codes)
    phases = random_state.uniform(0.0, 2.0 * np.pi, num_features)
    train, test = (np.hstack([z, np.sqrt(2.0) * np.cos(z @ weights + phases)]) for z in inputs)
    sizes = num_codes * 2 ** np.arange(num_doublings + 1)
    errors = [
        _test_errors(train[:, :size], factors_train, test[:, :size], factors_test) for size in sizes
    ]
    constant = np.mean((factors_test - factors_train.mean(axis=0)) ** 2, axis=0)  # [K]
    return np.transpose(errors) / np.where(constant > 0.0, constant, 1.0)[:, None]


def _test_errors(train, factors_train, test, factors_test):
    """Mean squared test error ``[K]`` of least squares on the features ``[N, F]``."""
    center, target_center = train.mean(axis=0), factors_train.mean(axis=0)
    features, targets = train - center, factors_train - target_center
    penalty = RIDGE * len(train) * np.eye(train.shape[1])
    weights = np.linalg.solve(features.T @ features + penalty, features.T @ targets)  # [F, K]
    return np.mean((((test - center) @ weights + target_center) - factors_test) ** 2, axis=0)


def explicitness_and_size(
    codes_train, factors_train, codes_test, factors_test, random_state, num_doublings=5
):
    """E and S of codes and factors; factors with a single training value are left out.

    Args:
      codes_train: ``[N, D]``.
      factors_train: ``[N, K]`` numbers; a factor without order is taken in the order of its
        numbers.
      codes_test: ``[M, D]``.
      factors_test: ``[M, K]``.
      random_state: draws the features.
      num_doublings: steps of the ladder, at least 1.

    Returns:
      dict of ``explicitness`` (mean over factors, in [-1, 1]), ``size`` (K / D over the factors
      that vary; above 1 when there are fewer codes than factors), ``best_r_squared`` (1 - the
      lowest loss, mean over factors, in [0, 1]), ``explicitness_per_factor`` and
      ``loss_capacity_curves`` ``[K][num_doublings + 1]``.

    Raises:
      DlibError: codes that are not finite, no factor that varies, or no step.
    """
    if num_doublings < 1:
        raise DlibError(f"dci_es.num_doublings is {num_doublings}, expected at least 1")
    codes_train, factors_train = checks.check_points(codes_train, factors_train)
    codes_test, factors_test = checks.check_points(codes_test, factors_test)
    varies = checks.check_varying(factors_train)
    curves = loss_capacity_curves(
        np.asarray(codes_train, np.float64),
        factors_train[:, varies],
        np.asarray(codes_test, np.float64),
        factors_test[:, varies],
        random_state,
        num_doublings,
    )
    values = [explicitness(losses) for losses in curves]
    lowest = np.minimum(curves.min(axis=1), 1.0)
    return {
        "explicitness": float(np.mean(values)),
        "size": float(varies.sum() / codes_train.shape[1]),
        "best_r_squared": float(np.mean(1.0 - lowest)),
        "explicitness_per_factor": values,
        "loss_capacity_curves": curves.tolist(),
    }


@gin.configurable(
    "dci_es",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_dci_es(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    batch_size=16,
    num_doublings=5,
):
    """Explicitness and size of a representation on the points of DCI."""
    del artifact_dir
    checks.check_has_factors(ground_truth_data, "dci_es")
    fit_state = sampling.fit_random_state(random_state)
    draw = (ground_truth_data, representation_function)
    train = sampling.sample_codes(*draw, num_train, random_state, batch_size)
    test = sampling.sample_codes(*draw, num_test, random_state, batch_size)
    return explicitness_and_size(*train, *test, fit_state, num_doublings)
