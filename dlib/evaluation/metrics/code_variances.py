"""The variance of each code over the data."""

import numpy as np

from dlib.evaluation.metrics import checks


def code_variances(codes):
    """Variance of each code, of a sample (N - 1), ``[D]``; exactly 0 for a constant one.

    ``np.var`` of a constant float32 column is not 0 where the mean is rounded: 9e-11 for 0.1, more
    than the same code varies within a small batch, and it would be taken for the code that varies
    least of all.

    Args:
      codes: ``[N, D]``, N >= 2.

    Raises:
      DlibError: if a code is NaN or infinite.
    """
    codes = checks.check_codes(codes)
    varies = np.any(codes != codes[:1], axis=0)
    return np.where(varies, np.var(codes, axis=0, ddof=1), 0.0)
