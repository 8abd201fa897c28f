import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dlib.report import cells, summaries


def frame(scores, metric="mig", **columns):
    """The tidy table of ``{(dataset, method, setting): [value]}``."""
    rows = []
    for (dataset, method, setting), values in scores.items():
        for seed, value in enumerate(values):
            row = dict.fromkeys(cells.COLUMNS, "") | {
                "dataset": dataset, "method": method, "setting": setting, "seed": seed,
                "stage": pd.NA, "metric": metric, "value": value, "budget": "cpu",
                "run": f"{dataset}{method}{setting}{seed}", "stands": True,
            }  # fmt: skip
            rows.append(row | columns)
    return pd.DataFrame(rows, columns=list(cells.COLUMNS)).astype({"stage": "Int64"})


def state():
    return np.random.RandomState(0)


def test_the_summary_of_a_cell():
    made = summaries.summary(frame({("a", "deft", ""): [0.1, 0.2, 0.3, 0.8, np.nan]}), state())
    row = made.iloc[0]
    assert row["runs"] == 4
    assert row["median"] == pytest.approx(0.25)
    assert row["iqm"] == pytest.approx(0.25)
    assert row["std"] == pytest.approx(np.std([0.1, 0.2, 0.3, 0.8], ddof=1))
    assert 0.1 <= row["median_low"] < 0.25 < row["median_high"] <= 0.8
    assert (row["min"], row["max"]) == (0.1, 0.8)


def test_one_run_has_no_spread():
    row = summaries.summary(frame({("a", "deft", ""): [0.5]}), state()).iloc[0]
    assert row[["median_low", "median_high", "iqm_low", "iqm_high", "std"]].isna().all()


def test_rows_come_in_the_papers_order():
    scores = {
        (d, m, ""): [0.5]
        for d in ("zzz", "scream_dsprites", "color_dsprites")
        for m in ("mine", "beta_vae", "deft")
    }
    made = summaries.summary(pd.concat([frame(scores, "irs"), frame(scores)]), state())
    assert made["metric"].tolist() == ["mig"] * 9 + ["irs"] * 9
    assert made["dataset"].tolist()[:9:3] == ["color_dsprites", "scream_dsprites", "zzz"]
    assert made["method"].tolist()[:3] == ["deft", "beta_vae", "mine"]


def test_across_data_sets():
    scores = {("a", "deft", ""): [0.1, 0.2], ("b", "deft", ""): [0.7, 0.8], ("a", "vae", ""): [0.3]}
    made = summaries.across_datasets(frame(scores), state()).set_index("method")
    assert made.loc["deft", "median"] == pytest.approx(0.45)
    assert made.loc["deft", "iqm"] == pytest.approx(0.45)
    assert made.loc["deft", ["datasets", "runs"]].tolist() == [2, 4]
    # The data sets are resampled by themselves: at the least two of 0.1 and two of 0.7.
    assert made.loc["deft", "median_low"] >= 0.4 - 1e-12
    assert made.loc["vae", "datasets"] == 1
    for metric in ("reconstruction_error", "unsupervised:mutual_info_score"):
        assert summaries.across_datasets(frame(scores, metric), state()).empty


def test_what_is_not_listed_is_taken_together_only_if_it_lies_between_0_and_1():
    inside = {("a", "deft", ""): [0.0, 0.2], ("b", "deft", ""): [1.0, 0.8]}
    above = {("a", "deft", ""): [0.1, 0.2], ("b", "deft", ""): [1.5, 0.8]}
    both = pd.concat([frame(inside, "mine:share"), frame(above, "mine:nats")])
    made = summaries.across_datasets(both, state())
    assert made[["metric", "median"]].values.tolist() == [["mine:share", 0.5]]


def test_comparisons_of_two_methods():
    ours, theirs = [0.4, 0.5, 0.6], [0.1, 0.45, 0.2]
    scores = {("a", "deft", ""): ours, ("a", "beta_vae", ""): theirs}
    row = summaries.comparisons(frame(scores), state()).iloc[0]
    assert (row["method_a"], row["method_b"]) == ("deft", "beta_vae")
    assert row["probability"] == pytest.approx(8 / 9)
    assert row["p_value"] == pytest.approx(stats.mannwhitneyu(ours, theirs).pvalue)
    assert row["p_holm"] == pytest.approx(row["p_value"])
    errors = summaries.comparisons(frame(scores, "reconstruction_error"), state()).iloc[0]
    assert errors["probability"] == pytest.approx(1 / 9)  # less error is better


@pytest.mark.parametrize(
    ("metric", "probability"),
    [
        ("mig", 8 / 9),
        ("mine:score", 8 / 9),
        ("nmi2", 1 / 9),
        ("unsupervised:mutual_info_score", 1 / 9),
        ("unfairness", 1 / 9),
        ("strong_downstream_task:1000:strong_generalization_gap", 1 / 9),
    ],
)
def test_of_some_scores_less_is_better(metric, probability):
    scores = {("a", "deft", ""): [0.4, 0.5, 0.6], ("a", "beta_vae", ""): [0.1, 0.45, 0.2]}
    row = summaries.comparisons(frame(scores, metric), state()).iloc[0]
    assert row["probability"] == pytest.approx(probability)


def test_comparisons_over_data_sets_and_holm_over_all_pairs():
    scores = {
        (d, m, ""): list(shift + np.arange(5) / 10)
        for d in "ab"
        for m, shift in (("deft", 1.0 if d == "a" else 0.0), ("vae", 0.5), ("mine", 0.05))
    }
    made = summaries.comparisons(frame(scores), state())
    assert len(made) == 3 * 3
    pair = made[(made["method_a"] == "deft") & (made["method_b"] == "vae")].set_index("dataset")
    assert pair.loc["all data sets", "probability"] == pytest.approx(
        (pair.loc["a", "probability"] + pair.loc["b", "probability"]) / 2
    )
    assert np.isnan(pair.loc["all data sets", "p_value"])
    tested = made.dropna(subset=["p_value"])
    assert len(tested) == 6
    least = tested.loc[tested["p_value"].idxmin()]
    assert least["p_holm"] == pytest.approx(6 * least["p_value"])


def test_comparisons_come_in_the_order_of_the_other_tables():
    scores = {
        (d, m, ""): [0.4, 0.5] for d in ("smallnorb", "color_dsprites") for m in ("deft", "vae")
    }
    frames = [frame(scores, metric) for metric in ("irs", "mig", "beta_vae_score")]
    made = summaries.comparisons(pd.concat(frames), state())
    assert made["metric"].tolist()[::3] == ["beta_vae_score", "mig", "irs"]
    assert made["dataset"].tolist()[:3] == ["color_dsprites", "smallnorb", "all data sets"]


def test_budgets_are_never_pooled():
    scores = {("a", "deft", ""): [0.4, 0.5], ("a", "beta_vae", ""): [0.1, 0.2]}
    both = pd.concat([frame(scores), frame(scores, budget="smoke")])
    for made in (
        summaries.summary(both, state()),
        summaries.comparisons(both, state()),
        summaries.across_datasets(both, state()),
        summaries.variance_shares(both),
    ):
        assert made["budget"].value_counts().to_dict() == dict.fromkeys(
            ("cpu", "smoke"), len(made) // 2
        )


def test_rank_correlations():
    scores = {("a", "deft", ""): [0.1, 0.2, 0.3, 0.4]}
    down = {("a", "deft", ""): [0.4, 0.3, 0.2, np.nan]}
    made = summaries.rank_correlations(pd.concat([frame(scores), frame(down, "sap")]))
    row = made.iloc[0]
    assert (row["metric_a"], row["metric_b"], row["runs"]) == ("mig", "sap", 3)
    assert row["correlation"] == pytest.approx(-1)
    two = pd.concat([frame({("a", "deft", ""): [0.1, 0.2]}), frame(down, "sap")])
    assert summaries.rank_correlations(two)["correlation"].isna().all()
    assert summaries.rank_correlations(two, known=True).empty


def test_rank_correlations_are_of_one_protocol():
    up = {("a", "deft", ""): [0.1, 0.2, 0.3, 0.4]}
    sap = frame({("a", "deft", ""): [0.5, 0.6, 0.7, 0.8]}, "sap")
    few = frame({("a", "deft", ""): [0.9, 0.5, 0.0]}, protocol="num_train=50")
    row = summaries.rank_correlations(pd.concat([few, frame(up, protocol="many"), sap])).iloc[0]
    assert row["runs"] == 4
    assert row["correlation"] == pytest.approx(1)  # with few points' scores in the means: -0.4


def test_variance_shares_say_what_cannot_be_known():
    one = summaries.variance_shares(frame({("a", "deft", ""): [0, 1], ("a", "vae", ""): [2, 3]}))
    row = one.iloc[0]
    assert row["method"] == pytest.approx(0.8)  # 4 of 5
    assert np.isnan(row["hyperparameter"])
    assert row["seed"] == pytest.approx(0.2)
    two = summaries.variance_shares(frame({("a", "deft", "x"): [0], ("a", "deft", "y"): [1]}))
    assert np.isnan(two.iloc[0]["method"])
    assert two.iloc[0]["hyperparameter"] == pytest.approx(1)
    assert np.isnan(two.iloc[0]["seed"])
    scores = {("a", "deft", "x"): [0], ("a", "deft", "y"): [1]}
    assert summaries.variance_shares(frame(scores), known=True).empty  # a split into one part
