import numpy as np
import pytest

from dlib.evaluation.metrics.code_variances import code_variances
from dlib.utils.errors import DlibError


def test_variances_are_those_of_a_sample_and_a_constant_has_none():
    codes = np.array([[1.0, 0.1, 5.0], [3.0, 0.1, 5.0], [8.0, 0.1, 6.0]] * 700, np.float32)
    assert np.var(codes[:, 1], ddof=1) > 0  # what is to be avoided
    found = code_variances(codes)
    # Means 4 and 16/3; squared distances 9 + 1 + 16 and 1/9 + 1/9 + 4/9, each 700 times.
    np.testing.assert_allclose(found, [26 * 700 / 2099, 0, (6 / 9) * 700 / 2099], rtol=1e-4)
    assert found[1] == 0


def test_codes_that_are_no_numbers_are_refused():
    with pytest.raises(DlibError, match="NaN or infinite"):
        code_variances(np.array([[0.0], [np.nan]]))
