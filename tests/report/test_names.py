import numpy as np
import pytest

from dlib.config import budget_points
from dlib.evaluation.evaluate import evaluate_with_gin
from dlib.report import cells, names
from dlib.utils.config_files import CONFIG_FOLDER

SHIPPED = sorted(path.stem for path in (CONFIG_FOLDER / "metric").glob("*.gin"))
ERRORS = {
    "nmi2",
    "reconstruction_error",
    "unfairness",
    "unsupervised:mutual_info_score",
    "reduced_downstream_task:*:mean_test_accuracy_reduced_factor",
    "strong_downstream_task:*:strong_generalization_gap",
}
NO_UNIT = {
    "reconstruction_error",
    "unsupervised:mutual_info_score",
    "dci_es_explicitness",
    "strong_downstream_task:*:strong_generalization_gap",
}


def test_every_shipped_metric_is_listed():
    assert len(SHIPPED) == 26
    assert set(SHIPPED) <= set(names.OF_SOURCE)
    assert set(names.OF_SOURCE) - set(SHIPPED) == {"train", "downstream_task"}


@pytest.mark.parametrize("metric", SHIPPED)
def test_the_listed_scores_are_what_a_metric_gives(metric, untrained_run, tmp_path):
    config = f"metric/{metric}.gin"
    lines = budget_points.bindings([config], "smoke")
    if metric in ("fairness", "downstream_task_boosted_trees"):
        lines.append("predictor.predictor_fn = @logistic_regression_cv")  # trees take long
    scores = evaluate_with_gin(untrained_run / "mean", tmp_path / "scores", False, [config], lines)
    row = {f"evaluation_results.{key}": value for key, value in scores.items()}
    shown = dict(cells._shown(metric, row))
    assert list(map(names.without_points, shown)) == [
        (name, "200" if "*" in name else "") for name in names.OF_SOURCE[metric].values()
    ]
    for name, value in shown.items():
        general = names.without_points(name)[0]
        assert np.isfinite(value)
        assert names.is_error(name) == (general in ERRORS)
        assert names.in_unit(name, [7.0]) == (general not in NO_UNIT)
        assert general in NO_UNIT or -0.25 <= value <= 1


def test_the_scores_of_several_numbers_of_points_have_names_of_their_own():
    score = "strong_downstream_task:1000:strong_generalization_gap"
    assert names.metric_label(score) == "Generalisation gap after a shift, 1000 points"
    assert names.without_points("10:a:5:b") == ("*:a:5:b", "10")
    assert names.without_points("mig_1000") == ("mig_1000", "")
    accuracy = "downstream_task:{}:mean_test_accuracy"
    mixed = ["zeta", accuracy.format(1000), "alpha", accuracy.format(200), "nmi2", "mig"]
    assert names.metrics_in_order(mixed) == [
        "mig", "nmi2", accuracy.format(200), accuracy.format(1000), "alpha", "zeta",
    ]  # fmt: skip


def test_of_a_score_that_is_not_listed_the_values_tell():
    assert names.in_unit("mine:score", [0.0, 0.4, 1.0, np.nan])
    assert not names.in_unit("mine:score", [0.4, 1.1])
    assert not names.in_unit("mine:score", [-0.1, 0.4])
    assert names.in_unit("irs", [-0.1])
    assert not names.is_error("mine:score")
    assert names.metric_label("mine:my_score") == "mine:my score"


def test_methods_stand_as_in_the_papers_figures_and_in_its_table():
    found = ["zeta", "deft", "vae", "cascade_vae_c", "beta_vae", "annealed_vae", "beta_tc_vae"]
    assert names.methods_in_order(found) == [
        "beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c", "deft", "vae", "zeta",
    ]  # fmt: skip
    assert names.methods_in_order(found, names.TABLE_ORDER) == [
        "deft", "beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c", "vae", "zeta",
    ]  # fmt: skip
