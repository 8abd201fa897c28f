"""What every metric asks of its input. N points, D codes, K factors."""

import numpy as np

from dlib.utils.errors import DlibError


def check_codes(codes):
    """Returns codes as an array ``[N, D]`` of finite float32 or float64 numbers.

    Other numbers become float64: differences of small integers would overflow.

    Raises:
      DlibError: wrong shape, no point, no code, not real numbers, or a value that is NaN or
        infinite.
    """
    codes = np.asarray(codes)
    if codes.ndim != 2 or 0 in codes.shape:
        raise DlibError(
            f"codes have shape {list(codes.shape)}, expected [points, codes] with at least one of "
            "each; give one row of codes per point"
        )
    if codes.dtype.kind not in "biuf":
        raise DlibError(f"codes have dtype {codes.dtype}, expected real numbers")
    if codes.dtype not in (np.float32, np.float64):
        codes = codes.astype(np.float64)
    if not np.isfinite(codes).all():
        bad = np.flatnonzero(~np.isfinite(codes).all(axis=0)).tolist()
        raise DlibError(
            f"codes hold NaN or infinite values (codes {bad}), expected finite numbers; the model "
            "has probably diverged: train it again with a smaller learning rate"
        )
    return codes


def check_points(codes, factors):
    """Returns codes ``[N, D]`` and factors ``[N, K]``, both checked.

    Factors may be any subset of the columns of a data set, with values of any discrete type.

    Raises:
      DlibError: as `check_codes`, or factors of another length, without a column or with NaN.
    """
    codes = check_codes(codes)
    factors = np.asarray(factors)
    if factors.ndim != 2 or len(factors) != len(codes):
        raise DlibError(
            f"factors have shape {list(factors.shape)}, expected [{len(codes)}, factors] as for "
            f"codes of shape {list(codes.shape)}; give one row of factors per point"
        )
    if factors.shape[1] == 0:
        raise DlibError("this metric needs factors, but none is given; use labelled data")
    if factors.dtype.kind in "fc" and np.isnan(factors).any():
        raise DlibError(
            "factors hold NaN, expected a value for every point; leave out the points or the "
            "factors that were not observed"
        )
    return codes, factors


def check_varying(factors):
    """Which factors ``[N, K]`` have more than one value, bool ``[K]``: only these can be scored.

    Raises:
      DlibError: none has.
    """
    varies = np.array([np.any(column != column[0]) for column in factors.T])
    if not varies.any():
        raise DlibError(
            "every factor has a single value in the drawn points, so nothing can be told about "
            "the codes; draw more points or use data whose factors vary"
        )
    return varies


def check_has_factors(ground_truth_data, metric):
    """Raises DlibError where ``ground_truth_data`` knows no factor (unlabelled data)."""
    if ground_truth_data.num_factors == 0:
        name = getattr(ground_truth_data, "name", "") or type(ground_truth_data).__name__
        raise DlibError(
            f"{metric} needs factors, but the data set {name!r} has none; use an unsupervised "
            "score (unsupervised_metrics, udr_sklearn) or labelled data"
        )
