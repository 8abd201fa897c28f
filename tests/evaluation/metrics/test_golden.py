"""Scores that disentanglement_lib's own functions gave; see ``factor_vectors`` for the cases.

As many points for the variance estimate as for training.
"""

import gin
import pytest
from factor_vectors import reference_case

from dlib.evaluation.metrics import (
    beta_vae,
    dci,
    factor_vae,
    mig,
    modularity_explicitness,
    sap_score,
)

EXACT = 1e-6  # same draws, same formula
SOLVER = 2e-3  # same draws, an iterative solver
TIES = 5e-3  # same draws, ties of trees are settled by chance


MIG = {
    "toy_aligned": 0.9971642254577011,
    "toy_mixed": 0.45661826590823273,
    "dsprites_mixed": 0.34310596023587864,
    "dsprites_entangled": 0.0714924428472727,
}
SAP_DISCRETE = {
    "toy_aligned": 0.4206666666666667,
    "toy_mixed": 0.142,
    "dsprites_mixed": 0.13316,
    "dsprites_entangled": 0.03504,
}
SAP_CONTINUOUS = {
    "toy_aligned": 0.9670785584471036,
    "toy_mixed": 0.40432186566256423,
    "dsprites_mixed": 0.3172601278558828,
    "dsprites_entangled": 0.20090315460062041,
}
BETA_VAE = {  # train_accuracy, eval_accuracy
    "toy_aligned": (1.0, 1.0),
    "toy_mixed": (1.0, 1.0),
    "dsprites_mixed": (0.9998, 1.0),
    "dsprites_entangled": (0.5968, 0.6032),
}
FACTOR_VAE = {  # train_accuracy, eval_accuracy, active codes (counted, unlike in the reference)
    "toy_aligned": (1.0, 1.0, 3),
    "toy_mixed": (1.0, 1.0, 6),
    "dsprites_mixed": (0.9998, 0.9998, 10),
    "dsprites_entangled": (0.56, 0.5592, 10),
}
MODULARITY_EXPLICITNESS = {  # modularity, explicitness on training and on test points
    "toy_mixed": (0.7772460327844706, 0.9999816820451285, 0.9999840255463464),
    "dsprites_mixed": (0.9456990088490755, 0.9765663623264592, 0.9742510627406723),
    "dsprites_entangled": (0.8073918797143369, 0.7496674969996424, 0.7334389316307179),
}
DCI = {  # disentanglement, completeness, informativeness on training and on test points
    "toy_aligned": (0.9999999995205624, 0.9999999993455575, 1.0, 1.0),
    "toy_mixed": (0.8455034524590109, 0.85001110900657, 1.0, 1.0),
    "dsprites_mixed": (0.49125735941971355, 0.44089824513379827, 0.9995, 0.5698),
    "dsprites_entangled": (0.07530750759132668, 0.08888055709802543, 0.9246, 0.2444),
}


@pytest.fixture(autouse=True)
def study_settings():
    gin.clear_config()
    gin.parse_config(
        """
        discretizer.discretizer_fn = @histogram_discretizer
        discretizer.num_bins = 20
        prune_dims.threshold = 0.05
        """
    )
    yield
    gin.clear_config()


def draw_from(case):
    *arguments, num_train, num_test = reference_case(case)
    return (*arguments, None), num_train, num_test


@pytest.mark.parametrize("case", MIG)
def test_mig(case):
    arguments, num_train, _ = draw_from(case)
    result = mig.compute_mig(*arguments, num_train, 16)
    assert result["discrete_mig"] == pytest.approx(MIG[case], abs=EXACT)
    assert result["nmi1"] - result["nmi2"] == pytest.approx(MIG[case], abs=EXACT)


@pytest.mark.parametrize("case", SAP_DISCRETE)
def test_sap_of_classes(case):
    arguments, num_train, num_test = draw_from(case)
    result = sap_score.compute_sap(*arguments, num_train, num_test, 16, False)
    assert result["SAP_score"] == pytest.approx(SAP_DISCRETE[case], abs=SOLVER)


@pytest.mark.parametrize("case", SAP_CONTINUOUS)
def test_sap_of_numbers(case):
    arguments, num_train, num_test = draw_from(case)
    result = sap_score.compute_sap(*arguments, num_train, num_test, 16, True)
    assert result["SAP_score"] == pytest.approx(SAP_CONTINUOUS[case], abs=EXACT)


@pytest.mark.parametrize("case", BETA_VAE)
def test_beta_vae(case):
    arguments, num_train, num_test = draw_from(case)
    result = beta_vae.compute_beta_vae_sklearn(*arguments, 16, num_train, num_test)
    accuracies = (result["train_accuracy"], result["eval_accuracy"])
    assert accuracies == pytest.approx(BETA_VAE[case], abs=SOLVER)


@pytest.mark.parametrize("case", FACTOR_VAE)
def test_factor_vae(case):
    arguments, num_train, num_test = draw_from(case)
    result = factor_vae.compute_factor_vae(*arguments, 16, num_train, num_test, num_train)
    *accuracies, active = FACTOR_VAE[case]
    assert (result["train_accuracy"], result["eval_accuracy"]) == pytest.approx(
        accuracies, abs=EXACT
    )
    assert result["num_active_dims"] == active


@pytest.mark.parametrize("case", MODULARITY_EXPLICITNESS)
def test_modularity_explicitness(case):
    arguments, num_train, num_test = draw_from(case)
    result = modularity_explicitness.compute_modularity_explicitness(
        *arguments, num_train, num_test, 16
    )
    modularity, train, test = MODULARITY_EXPLICITNESS[case]
    assert result["modularity_score"] == pytest.approx(modularity, abs=EXACT)
    assert result["explicitness_score_train"] == pytest.approx(train, abs=SOLVER)
    assert result["explicitness_score_test"] == pytest.approx(test, abs=SOLVER)


def test_modularity_explicitness_of_dead_codes_where_the_reference_raises():
    arguments, num_train, num_test = draw_from("toy_aligned")
    result = modularity_explicitness.compute_modularity_explicitness(
        *arguments, num_train, num_test, 16
    )
    live = result["modularity_score_without_dead_codes"]
    assert live == pytest.approx(1.0, abs=1e-4)
    assert result["modularity_score"] == pytest.approx(live * 3 / 5)  # two of five codes are dead
    assert result["explicitness_score_test"] == pytest.approx(1.0)


@pytest.mark.parametrize("case", DCI)
def test_dci(case):
    arguments, _, _ = draw_from(case)
    result = dci.compute_dci(*arguments, 2000, 1000, 16)
    keys = ("disentanglement", "completeness", "informativeness_train", "informativeness_test")
    assert [result[key] for key in keys] == pytest.approx(DCI[case], abs=TIES)
