import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import mig
from dlib.utils.errors import DlibError


@pytest.fixture
def grid():
    """All combinations of factors with 4 and 5 values, ``[20, 2]``."""
    return np.stack(np.meshgrid(range(4), range(5), indexing="ij"), axis=-1).reshape(-1, 2)


@pytest.fixture
def histogram():
    gin.clear_config()
    gin.parse_config("discretizer.discretizer_fn = @histogram_discretizer")
    gin.parse_config("discretizer.num_bins = 20")
    yield
    gin.clear_config()


def test_identity_and_permuted_codes_are_perfect(grid):
    assert mig.mig(grid, grid) == pytest.approx(1.0)
    assert mig.mig(-grid[:, ::-1], grid) == pytest.approx(1.0)


def test_duplicated_codes_have_no_gap(grid):
    assert mig.mig(np.concatenate([grid, grid], axis=1), grid) == pytest.approx(0.0)


def test_independent_and_dead_codes_have_no_gap(grid):
    assert mig.mig(np.zeros((20, 3)), grid) == 0.0
    assert mig.mig(grid[:, 1:], grid[:, :1]) == pytest.approx(0.0, abs=1e-12)


def test_gap_of_a_code_that_merges_values(grid):
    codes = np.stack([grid[:, 0], grid[:, 0] // 2], axis=1)
    expected = 1.0 - np.log(2) / np.log(4)
    assert mig.mig(codes, grid[:, :1]) == pytest.approx(expected)


def test_a_single_code_competes_with_nothing(grid):
    assert mig.mig(grid[:, :1], grid) == pytest.approx((1.0 + 0.0) / 2)


def test_a_factor_of_one_value_is_left_out(grid):
    factors = np.concatenate([grid, np.full((20, 1), 3)], axis=1)
    assert mig.mig(grid, factors) == pytest.approx(1.0)
    with pytest.raises(DlibError, match="every factor has a single value"):
        mig.mig(grid, factors[:, 2:])


def test_reference_helper_has_codes_as_rows(grid, histogram):
    found = mig._compute_mig(grid.T.astype(float), grid.T)
    assert found["discrete_mig"] == pytest.approx(1.0)
    assert found["nmi_matrix"] == [pytest.approx([1.0, 0.0]), pytest.approx([0.0, 1.0])]


def test_data_without_factors_is_one_error():
    class Unlabelled:
        name = "photos"
        num_factors = 0

    with pytest.raises(DlibError, match="mig needs factors, but the data set 'photos' has none"):
        mig.compute_mig(Unlabelled(), None, np.random.RandomState(0), None, 10)


def test_the_form_for_given_observations_is_found_here_as_in_the_reference():
    from dlib.evaluation.metrics import dci, sap_score, validation_forms

    assert mig.compute_mig_on_fixed_data is validation_forms.compute_mig_on_fixed_data
    assert dci.compute_dci_on_fixed_data is validation_forms.compute_dci_on_fixed_data
    assert sap_score.compute_sap_on_fixed_data is validation_forms.compute_sap_on_fixed_data
    with pytest.raises(AttributeError, match="no attribute 'magic'"):
        getattr(mig, "magic")  # noqa: B009 - the look-up by name is what is tested
