"""Every configuration in gin_configs/metric parses and runs, where codes are the factors."""

import math
import re
from pathlib import Path

import gin
import numpy as np
import pytest

import gin_configs
from dlib import configurables  # noqa: F401  (registers everything that configurations name)
from dlib.data.ground_truth.dummy_data import IdentityObservationsData

FOLDER = Path(gin_configs.__file__).parent / "metric"
EXTRA = {
    "dci_hist_boosting": ["dci_hist_boosting.num_rounds = 2"],
    "dci_random_forest": ["dci_random_forest.num_trees = 5"],
    "reduced_downstream_task": ["reduced_downstream_task.num_train = [30]"],
}
SMALLER = {"batch_size": 8, "num_test_points_per_class": 2, "n_experiment": 1}


def smaller(line):
    """A line of a configuration with few points in the place of many."""
    setting = re.match(r"[\w.]+\.(num_\w+|batch_size|n_experiment) = \[?\d", line)
    name = setting and setting.group(1)
    if name in ("num_bins", "num_factors_to_remove") or not name:
        return line
    number = SMALLER.get(name, 60)
    return line.split(" = ")[0] + (f" = [{number}]" if "[" in line else f" = {number}")


@pytest.fixture(scope="module", autouse=True)
def small_tree():
    """A predictor that is fitted at once."""
    from sklearn.tree import DecisionTreeClassifier

    gin.external_configurable(DecisionTreeClassifier, "tree_of_the_configs_test")


def numbers(value):
    """All numbers in nested results."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for part in value for number in numbers(part)]
    return [value]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.gin")), ids=lambda path: path.stem)
def test_configuration_runs(path, configured):
    lines = [smaller(line) for line in path.read_text().splitlines() if not line.startswith("#")]
    lines += EXTRA.get(path.stem, [])
    if any(line.startswith("predictor.") for line in lines):
        lines.append("predictor.predictor_fn = @tree_of_the_configs_test")
    with configured((), lines):
        compute = gin.query_parameter("evaluation.evaluation_fn").scoped_configurable_fn
        scores = compute(
            IdentityObservationsData(), lambda x: np.asarray(x), np.random.RandomState(0), None
        )
    found = numbers(scores)
    assert found
    assert all(isinstance(number, (int, float)) for number in found)
    assert all(math.isfinite(number) for number in found)
