"""The nine evaluation files of unsupervised_study_v1 hold the reference's values."""

import importlib
from pathlib import Path

import gin
import pytest

import gin_configs

FOLDER = Path(gin_configs.__file__).parent / "metric"
HISTOGRAM = {"discretizer.num_bins": 20}
VALUES = {
    "beta_vae_sklearn": {
        "beta_vae_sklearn.batch_size": 64,
        "beta_vae_sklearn.num_train": 10000,
        "beta_vae_sklearn.num_eval": 5000,
    },
    "dci": {"dci.num_train": 10000, "dci.num_test": 5000},
    "downstream_task_boosted_trees": {
        "downstream_task.num_train": [10, 100, 1000, 10000],
        "downstream_task.num_test": 5000,
    },
    "downstream_task_logistic_regression": {
        "downstream_task.num_train": [10, 100, 1000, 10000],
        "downstream_task.num_test": 5000,
    },
    "factor_vae_metric": {
        "factor_vae_score.num_variance_estimate": 10000,
        "factor_vae_score.num_train": 10000,
        "factor_vae_score.num_eval": 5000,
        "factor_vae_score.batch_size": 64,
        "prune_dims.threshold": 0.05,
    },
    "mig": {"mig.num_train": 10000} | HISTOGRAM,
    "modularity_explicitness": {
        "modularity_explicitness.num_train": 10000,
        "modularity_explicitness.num_test": 5000,
    }
    | HISTOGRAM,
    "sap_score": {
        "sap_score.num_train": 10000,
        "sap_score.num_test": 5000,
        "sap_score.continuous_factors": False,
    },
    "unsupervised": {"unsupervised_metrics.num_train": 10000} | HISTOGRAM,
}
MODULES = (
    "evaluate",
    "metrics.beta_vae",
    "metrics.dci",
    "metrics.downstream_task",
    "metrics.factor_vae",
    "metrics.mig",
    "metrics.modularity_explicitness",
    "metrics.predictors",
    "metrics.sap_score",
    "metrics.unsupervised_metrics",
)


@pytest.mark.parametrize("name", VALUES)
def test_values(name):
    for module in MODULES:
        importlib.import_module(f"dlib.evaluation.{module}")
    gin.clear_config()
    gin.parse_config_file(str(FOLDER / f"{name}.gin"))
    found = {key: gin.query_parameter(key) for key in VALUES[name]}
    fixed = [gin.query_parameter(k) for k in ("dataset.name", "evaluation.random_seed")]
    gin.clear_config()
    assert found == VALUES[name]
    assert fixed == ["auto", 0]
