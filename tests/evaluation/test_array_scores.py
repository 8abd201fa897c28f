import subprocess
import sys

import numpy as np
import pytest

import dlib.evaluation
from dlib.evaluation import array_scores
from dlib.evaluation.metrics import jemmig, med
from dlib.utils.errors import DlibError


@pytest.fixture
def points():
    random = np.random.RandomState(0)
    factors = np.stack([random.randint(size, size=1500) for size in (2, 3, 4)], axis=1)
    return factors + 0.05 * random.randn(1500, 3), factors


@pytest.fixture(autouse=True)
def few_batches(monkeypatch):
    monkeypatch.setattr(
        array_scores, "SIZES", {"batch_size": 64, "num_train": 500, "num_eval": 250}
    )


def value(table, metric, score):
    row = table[(table.metric == metric) & (table.score == score)]
    return row.value.item()


def independent_information(codes):
    """What the histograms of independent codes share by chance: (b_i - 1) (b_j - 1) / 2N."""
    occupied = [np.count_nonzero(np.histogram(code, 20)[0]) - 1 for code in codes.T]
    pairs = [a * b for i, a in enumerate(occupied) for b in occupied[:i]]
    return np.mean(pairs) / (2 * len(codes))


def test_all_metrics_of_aligned_codes(points):
    table = dlib.evaluation.scores(*points)
    assert set(table.metric) == set(array_scores.available())
    assert (table.error == "").all()
    assert value(table, "mig", "discrete_mig") == pytest.approx(1.0, abs=0.02)
    assert value(table, "irs", "IRS") > 0.85
    found = value(table, "unsupervised_metrics", "mutual_info_score")
    assert found == pytest.approx(independent_information(points[0]), rel=0.3)
    assert value(table, "dci", "disentanglement") == pytest.approx(1.0, abs=1e-6)
    for metric in ("mig_sup", "dcimig"):
        assert value(table, metric, metric) == pytest.approx(1.0, abs=0.03)
    assert value(table, "med", "med") == med.med(*points)["med"]
    found = value(table, "jemmig", "jemmig_normalized")
    assert found == jemmig.jemmig(*points)["jemmig_normalized"]
    for metric in ("z_min_variance", "z_max_variance", "beta_vae_sklearn"):
        score = "eval_accuracy" if metric == "beta_vae_sklearn" else metric
        assert value(table, metric, score) == 1.0
    assert value(table, "dci_es", "size") == 1.0
    assert value(table, "dci_lasso", "informativeness_test") > 0.99
    for metric in ("dci_random_forest", "dci_hist_boosting"):
        assert value(table, metric, "completeness") == pytest.approx(1.0, abs=0.01)
    assert value(table, "factor_vae_score", "num_active_dims") == 3
    assert value(table, "modularity_explicitness", "modularity_score") == pytest.approx(1, abs=0.01)


def test_chosen_metrics_repeat_with_the_seed(points):
    tables = [
        dlib.evaluation.scores(*points, metrics=["sap_score", "mig"], random_seed=4)
        for _ in range(2)
    ]
    assert list(tables[0].metric.unique()) == ["sap_score", "mig"]
    assert tables[0].equals(tables[1])


def test_a_metric_that_fails_leaves_the_others(points):
    codes, factors = points
    constant = np.zeros_like(factors)
    table = dlib.evaluation.scores(codes, constant, metrics=["mig", "beta_vae_sklearn"])
    failed = table[table.metric == "mig"]
    assert np.isnan(failed.value.item())
    assert "every factor has a single value" in failed.error.item()
    assert (table[table.metric == "beta_vae_sklearn"].error == "").all()


def test_rmig_counts_in_bins_of_the_prior(points):
    """Codes near 0 and near 1 share no bin of (-4, 4), so the factor is known in full."""
    codes, factors = points
    table = dlib.evaluation.scores(codes[:, :1], factors[:, :1], metrics=["rmig"])
    assert value(table, "rmig", "rmig_normalized") == pytest.approx(1.0, abs=1e-9)


def test_z_max_variance_needs_every_combination(points):
    codes, factors = points
    kept = np.any(factors[:, :2] > 0, axis=1)
    table = dlib.evaluation.scores(codes[kept], factors[kept], metrics=["z_max_variance", "mig"])
    assert "combine freely" in table[table.metric == "z_max_variance"].error.item()
    assert value(table, "mig", "discrete_mig") > 0.5


def test_an_error_of_any_kind_leaves_the_others(points):
    codes, factors = points
    names = np.array(["red", "green", "blue", "grey"])[factors]
    table = dlib.evaluation.scores(codes, names, metrics=["dci_es", "mig"])
    assert "Error" in table[table.metric == "dci_es"].error.item()
    assert value(table, "mig", "discrete_mig") == pytest.approx(1.0, abs=0.02)


def test_bad_input_is_one_error(points):
    codes, factors = points
    with pytest.raises(DlibError, match=r"unknown metrics \['magic'\], expected some of \['mig'"):
        dlib.evaluation.scores(codes, factors, metrics=["magic"])
    with pytest.raises(DlibError, match="test_share 1.0 of 1500 points leaves 0"):
        dlib.evaluation.scores(codes, factors, metrics=["mig"], test_share=1.0)
    with pytest.raises(DlibError, match="NaN or infinite"):
        dlib.evaluation.scores(codes * np.nan, factors)


def test_importing_metrics_is_cheap():
    program = (
        "import sys, dlib.evaluation\n"
        "from dlib.evaluation.metrics import beta_vae, dci, factor_vae, mig, sap_score, utils\n"
        "from dlib.evaluation.metrics import modularity_explicitness, kl_decomposition\n"
        "heavy = {'sklearn', 'scipy', 'pandas', 'numba', 'torch', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stdout.strip() == "[]", found.stderr
