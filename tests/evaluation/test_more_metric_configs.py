"""The shipped configurations of the metrics beyond the reference's study run, made smaller."""

import numpy as np
import pytest

from dlib.evaluation.evaluate import evaluate_with_gin

CONFIGS = {
    "irs": (["irs.num_train = 200"], "IRS"),
    "fairness": (
        [
            "fairness.num_train = 100",
            "fairness.num_test_points_per_class = 5",
            "predictor.predictor_fn = @small_tree_of_a_test",
        ],
        "mean_fairness:mean_pred:mean_sens",
    ),
    "reduced_downstream_task": (
        [
            "reduced_downstream_task.num_train = [100]",
            "reduced_downstream_task.num_test = 50",
            "predictor.predictor_fn = @small_tree_of_a_test",
        ],
        "100:mean_test_accuracy_reduced_factor",
    ),
    "strong_downstream_task": (
        [
            "strong_downstream_task.num_train = [100]",
            "strong_downstream_task.num_test = 50",
            "strong_downstream_task.n_experiment = 1",
            "predictor.predictor_fn = @small_tree_of_a_test",
        ],
        "100:mean_strong_test_accuracy",
    ),
    "unified_scores": (
        ["unified_scores.num_train = 200", "unified_scores.num_test = 100"],
        "importance_gbt_matrix.dci",
    ),
}


@pytest.fixture(scope="module")
def mean(untrained_run):
    """The mean representation of an untrained model; a tree for its tasks is known to gin."""
    import gin
    from sklearn.tree import DecisionTreeClassifier

    gin.external_configurable(DecisionTreeClassifier, "small_tree_of_a_test")
    return untrained_run / "mean"


@pytest.mark.parametrize("name", CONFIGS)
def test_shipped_configuration(mean, tmp_path, name):
    bindings, key = CONFIGS[name]
    small = [*bindings, "evaluation.device = 'cpu'"]
    scores = evaluate_with_gin(mean, tmp_path / name, False, [f"metric/{name}.gin"], small)
    assert np.isfinite(scores[key])
    pictures = [path.name for path in (tmp_path / name).rglob("*.png")]
    assert len(pictures) == (9 if name == "unified_scores" else 0)
