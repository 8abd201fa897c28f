"""Measures the rows of the table in docs/metrics.md and prints them.

    python benchmarks/metric_table.py                     # all rows
    python benchmarks/metric_table.py --metrics=mig,med   # some
    python benchmarks/metric_table.py --codes=rotated     # a column

N points, D codes, K factors.
"""

import argparse

import numpy as np

from dlib.evaluation import array_scores

FACTOR_SIZES = (6, 8, 10)
NUM_POINTS = 15000
# Rows in the order of the document: metric and result key.
ROWS = (
    ("beta_vae_sklearn", "eval_accuracy"),
    ("factor_vae_score", "eval_accuracy"),
    ("factor_vae_score", "num_active_dims"),
    ("mig", "discrete_mig"),
    ("mig", "nmi1"),
    ("mig", "nmi2"),
    ("dci", "disentanglement"),
    ("dci", "completeness"),
    ("dci", "informativeness_test"),
    ("sap_score", "SAP_score"),
    ("modularity_explicitness", "modularity_score"),
    ("modularity_explicitness", "modularity_score_without_dead_codes"),
    ("modularity_explicitness", "explicitness_score_test"),
    ("irs", "IRS"),
    ("unsupervised_metrics", "gaussian_total_correlation"),
    ("unsupervised_metrics", "gaussian_wasserstein_correlation_norm"),
    ("unsupervised_metrics", "mutual_info_score"),
    ("mig_sup", "mig_sup"),
    ("dcimig", "dcimig"),
    ("jemmig", "jemmig"),
    ("jemmig", "jemmig_normalized"),
    ("rmig", "rmig"),
    ("rmig", "rmig_normalized"),
    ("med", "med"),
    ("med", "med_completeness"),
    ("dci_es", "explicitness"),
    ("dci_es", "size"),
    ("dci_es", "best_r_squared"),
    ("dci_random_forest", "disentanglement"),
    ("dci_random_forest", "completeness"),
    ("dci_random_forest", "informativeness_test"),
    ("dci_lasso", "disentanglement"),
    ("dci_lasso", "completeness"),
    ("dci_lasso", "informativeness_test"),
    ("dci_hist_boosting", "disentanglement"),
    ("dci_hist_boosting", "completeness"),
    ("dci_hist_boosting", "informativeness_test"),
    ("z_min_variance", "z_min_variance"),
    ("z_max_variance", "z_max_variance"),
)


def representations(seed=0):
    """Factors ``[N, K]`` and, by name, codes ``[N, D]`` of variance 1 as under the prior."""
    random = np.random.RandomState(seed)
    factors = np.stack([random.randint(n, size=NUM_POINTS) for n in FACTOR_SIZES], axis=1)
    scaled = (factors - factors.mean(axis=0)) / factors.std(axis=0)
    perfect = scaled + 0.05 * random.randn(*factors.shape)
    rotation = np.eye(3) - 2 / 3  # a reflection: squares 1/9, 4/9, 4/9 in each row and column
    return factors, {
        "perfect": perfect,
        "rotated": perfect @ rotation,
        "duplicated": np.hstack([perfect, perfect]),
        "half dead": np.hstack([perfect, np.zeros_like(perfect)]),
        "all dead": np.zeros_like(perfect),
        "noise": random.randn(*perfect.shape),
    }


def main():
    """Prints one line of the table per row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--metrics", default="", help="names, with commas; by default all")
    parser.add_argument("--codes", default="", help="one column; by default all")
    flags = parser.parse_args()
    wanted = flags.metrics.split(",")
    rows = [row for row in ROWS if wanted == [""] or row[0] in wanted]
    metrics = list(dict.fromkeys(metric for metric, _ in rows))
    factors, codes = representations()
    codes = {name: code for name, code in codes.items() if flags.codes in ("", name)}
    print("| gin name | result key | " + " | ".join(codes) + " |")
    found = {}
    for name, code in codes.items():
        table = array_scores.scores(code, factors, metrics)
        found[name] = {(row.metric, row.score): row.value for row in table.itertuples()}
    for row in rows:
        numbers = [found[name].get(row, float("nan")) for name in codes]
        shown = [f"{n:.0f}" if row[1] == "num_active_dims" else f"{n:.2f}" for n in numbers]
        print(f"| `{row[0]}` | `{row[1]}` | " + " | ".join(shown) + " |", flush=True)


if __name__ == "__main__":
    main()
