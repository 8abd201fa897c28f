import pandas as pd
import pytest
from scipy import stats

from dlib.report import cells, failure_rate


def frame(scores, metric="mig", **columns):
    """The tidy table of ``{(dataset, method): [MIG]}``, one setting each unless said."""
    rows = []
    for (dataset, method), values in scores.items():
        for seed, value in enumerate(values):
            row = dict.fromkeys(cells.COLUMNS, "") | {
                "dataset": dataset, "method": method, "seed": seed, "stage": pd.NA,
                "metric": metric, "value": value, "budget": "cpu", "updates": 2000,
                "run": f"{dataset}/{method}/{seed}/{columns}", "stands": True,
            }  # fmt: skip
            rows.append(row | columns)
    return pd.DataFrame(rows, columns=list(cells.COLUMNS)).astype({"stage": "Int64"})


def rates(made):
    return {
        (row["dataset"], row["method"]): (row["failures"], row["runs"], row["failure_rate_percent"])
        for row in made.to_dict("records")
    }


def test_runs_below_the_threshold_fail():
    made = failure_rate.table(frame({("dsprites_full", "deft"): [0.05, 0.0999, 0.1, 0.3]}))
    assert rates(made)["dsprites_full", "deft"] == (2, 4, 50.0)
    half = failure_rate.table(frame({("dsprites_full", "deft"): [0.05, 0.3]}), threshold=0.5)
    assert rates(half)["dsprites_full", "deft"] == (2, 2, 100.0)


def test_intervals_are_wilsons_in_percent():
    made = failure_rate.table(frame({("dsprites_full", "deft"): [0.0] * 4 + [0.5] * 46}))
    expected = stats.binomtest(4, 50).proportion_ci(0.95, method="wilson")
    first = made.iloc[0]
    assert first["ci_low"] == pytest.approx(100 * expected.low)
    assert first["ci_high"] == pytest.approx(100 * expected.high)


def test_the_average_is_over_data_sets():
    scores = {
        ("dsprites_full", "deft"): [0.0] + [0.5] * 9,  # 10 %
        ("smallnorb", "deft"): [0.0] * 2 + [0.5] * 2,  # 50 %
    }
    average = failure_rate.table(frame(scores)).iloc[-1]
    assert average["dataset"] == "average of 2 data sets"
    assert (average["failures"], average["runs"]) == (3, 14)
    assert average["failure_rate_percent"] == pytest.approx(30)
    assert average["paper_percent"] == pytest.approx((8 + 0) / 2)
    assert average["ci_low"] < 30 < average["ci_high"]


def test_the_average_with_equal_runs_has_the_interval_of_all_of_them():
    scores = {("dsprites_full", "deft"): [0.0] + [0.5] * 9, ("smallnorb", "deft"): [0.5] * 10}
    average = failure_rate.table(frame(scores)).iloc[-1]
    expected = stats.binomtest(1, 20).proportion_ci(0.95, method="wilson")
    assert average["ci_high"] == pytest.approx(100 * expected.high)


def test_the_papers_values_and_their_averages():
    every = {
        (dataset, method): [0.5]
        for dataset in failure_rate.PAPER
        for method in ("deft", "beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c")
    }
    made = failure_rate.table(frame(every))
    assert made["paper_percent"].tolist() == [
        0, 24, 0, 0, 8, 8, 16, 2, 0, 0, 0, 0, 0, 0, 10, 12, 12, 26, 80, 25,
        5, 13, 7, 20, 10.75,
    ]  # fmt: skip
    assert made["dataset"].tolist()[::5] == [
        "color_dsprites", "dsprites_full", "smallnorb", "scream_dsprites",
        "average of 4 data sets",
    ]  # fmt: skip
    assert failure_rate.paper_percent("dsprites_full", "vae") == 16
    assert failure_rate.paper_percent("cars3d", "deft") is None
    assert failure_rate.paper_percent("dsprites_full", "mine") is None


def test_no_average_of_the_paper_over_other_data_sets():
    made = failure_rate.table(frame({("dsprites_full", "deft"): [1], ("cars3d", "deft"): [1]}))
    assert made["paper_percent"].isna().tolist() == [False, True, True]


def test_columns_are_the_eight_where_the_others_tell_nothing():
    one = frame({("dsprites_full", "deft"): [0.3]})
    assert list(failure_rate.without_needless(failure_rate.table(one))) == [
        "dataset", "method", "runs", "failures", "failure_rate_percent", "ci_low", "ci_high",
        "paper_percent",
    ]  # fmt: skip
    other = frame({("dsprites_full", "deft"): [0.3]}, budget="smoke")
    both = failure_rate.without_needless(failure_rate.table(pd.concat([one, other])))
    assert both["budget"].tolist() == ["cpu", "smoke"]


def test_each_setting_has_a_row_and_the_standing_one_is_averaged():
    made = failure_rate.table(
        pd.concat(
            [
                frame({("dsprites_full", "deft"): [0.0, 0.0]}, setting="b", stands=False),
                frame({("dsprites_full", "deft"): [0.5, 0.6]}, setting="a"),
            ]
        )
    )
    assert made["setting"].tolist() == ["a", "b"]
    assert made["failure_rate_percent"].tolist() == [0, 100]
    printed = failure_rate.as_printed(made)
    assert printed.iloc[0, 1] == "0 % (0/2) [0, 66] paper 8"


def test_runs_without_a_number_do_not_count():
    made = failure_rate.table(frame({("dsprites_full", "deft"): [float("nan"), 0.05]}))
    assert rates(made)["dsprites_full", "deft"] == (1, 1, 100.0)
    assert failure_rate.without_needless(made)["unusable"].tolist() == [1]
    assert failure_rate.as_printed(made)["DEFT"].tolist() == [
        "100 % (1/1) [21, 100] 1 of 2 usable paper 8"
    ]
    assert failure_rate.table(frame({("a", "b"): [0.5]}, metric="sap")).empty


def test_a_method_without_a_usable_run_keeps_its_column():
    nan = float("nan")
    scores = {("dsprites_full", "deft"): [nan] * 3, ("dsprites_full", "beta_vae"): [0.5]}
    scores |= {("color_dsprites", "deft"): [0.5], ("smallnorb", "deft"): [0.0]}
    made = failure_rate.table(frame(scores))
    printed = failure_rate.as_printed(made)
    assert list(printed) == ["", "DEFT", "β-VAE"]
    assert printed["DEFT"].tolist()[1] == "– (0 of 3 usable) paper 8"
    average = made.iloc[-1]  # over the data sets that have a rate
    assert average["dataset"] == "average of 2 data sets"
    assert average["failure_rate_percent"] == pytest.approx(50)
    assert average["paper_percent"] == 0


def test_without_a_usable_run_the_reason_is_told():
    nan = float("nan")
    assert failure_rate.why_none(frame({("a", "deft"): [nan, nan]})) == (
        "the MIG is not a number in all 2 runs that have one"
    )
    one = frame({("a", "deft"): [nan]})
    assert failure_rate.why_none(one) == "the MIG is not a number in the only run that has one"
    without = frame({("a", "deft"): [0.1]}, metric="sap")
    assert failure_rate.why_none(without) == "no run has a MIG: evaluate with metric/mig.gin"


def test_the_printed_table_is_the_papers():
    scores = {("dsprites_full", "beta_vae"): [0.5, 0.0], ("dsprites_full", "deft"): [0.5]}
    scores["color_dsprites", "deft"] = [0.5]
    printed = failure_rate.as_printed(failure_rate.table(frame(scores)))
    assert list(printed) == ["", "DEFT", "β-VAE"]
    assert printed[""].tolist() == ["Color", "dSprites", "average of 2 data sets"]
    assert printed["DEFT"].tolist()[-1] == "0 % (0/2) [0, 66] paper 4"
    # An average over one data set is none.
    assert printed["β-VAE"].tolist() == ["–", "50 % (1/2) [9, 91] paper 16", "–"]


def test_averages_over_different_data_sets_are_told_apart():
    both = {(d, "deft"): [0.5] for d in ("dsprites_full", "smallnorb")}
    equal = both | {(d, "beta_vae"): [0.5] for d in ("dsprites_full", "smallnorb")}
    assert list(failure_rate.notes(failure_rate.table(frame(equal)))) == []
    assert list(failure_rate.notes(failure_rate.table(frame(both)))) == []
    other = both | {(d, "beta_vae"): [0.5] for d in ("dsprites_full", "color_dsprites")}
    other |= {(d, "beta_tc_vae"): [0.5] for d in ("dsprites_full", "color_dsprites", "smallnorb")}
    made = failure_rate.table(frame(other))
    assert made["dataset"].tolist()[-3:] == [
        "average of 3 data sets", "average of 2 data sets", "average of 2 data sets",
    ]  # fmt: skip
    assert list(failure_rate.notes(made)) == [
        "The averages are over different data sets and not to be compared. DEFT: dSprites, "
        "SmallNORB; β-VAE: Color, dSprites; β-TCVAE: Color, dSprites, SmallNORB."
    ]
