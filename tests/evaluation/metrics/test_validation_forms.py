import gin
import numpy as np
import pytest

from dlib.evaluation.metrics import dci, discretization, mig, sap_score, validation_forms
from dlib.utils.errors import DlibError

RANDOM = np.random.RandomState(0)
LABELS = RANDOM.randint(4, size=(3, 200))  # [K, N]
OBSERVATIONS = LABELS.T + 0.1 * RANDOM.rand(200, 3)  # [N, 3]


@pytest.fixture(autouse=True)
def _histogram_of_20_bins():
    gin.clear_config()
    gin.bind_parameter("discretizer.discretizer_fn", discretization.histogram_discretizer)
    gin.bind_parameter("discretizer.num_bins", 20)
    yield
    gin.clear_config()


def _encode(observations):
    assert len(observations) <= 100
    return observations @ np.diag([1.0, -2.0, 0.5])


def test_mig_of_all_points():
    scores = validation_forms.compute_mig_on_fixed_data(OBSERVATIONS, LABELS, _encode)
    assert scores == mig.scores_of_points(OBSERVATIONS @ np.diag([1.0, -2.0, 0.5]), LABELS.T)
    assert scores["discrete_mig"] > 0.9


def test_models_are_trained_on_the_first_points():
    codes = OBSERVATIONS @ np.diag([1.0, -2.0, 0.5])
    points = (codes[:150], LABELS.T[:150], codes[150:], LABELS.T[150:])  # ceil(200 * 0.746)
    scores = validation_forms.compute_dci_on_fixed_data(OBSERVATIONS, LABELS, _encode, 0.746)
    assert scores == dci.dci(*points, random_state=np.random.RandomState(0))
    for continuous in (True, False):
        scores = validation_forms.compute_sap_on_fixed_data(
            OBSERVATIONS, LABELS, _encode, 0.746, continuous_factors=continuous
        )
        assert scores == sap_score.sap(*points, continuous_factors=continuous)


def test_labels_and_splits_are_checked():
    with pytest.raises(DlibError, match=r"labels have shape \[200, 3\], expected \[factors, 200\]"):
        validation_forms.compute_mig_on_fixed_data(OBSERVATIONS, LABELS.T, _encode)
    for share in (0.0, 1.0):
        with pytest.raises(DlibError, match="train_percentage"):
            validation_forms.compute_dci_on_fixed_data(OBSERVATIONS, LABELS, _encode, share)
