import numpy as np
import pandas as pd
import pytest

from dlib.report import cells, notes, statistics


@pytest.fixture
def frame():
    """Two methods with two seeds and two metrics each; a budget for all."""

    def row(method, seed, metric, value):
        return dict.fromkeys(cells.COLUMNS, "") | {
            "dataset": "dsprites_full", "method": method, "seed": seed, "stage": pd.NA,
            "metric": metric, "value": value, "budget": "cpu", "updates": 2000,
            "run": f"{method}{seed}", "stands": True, "setting": "x", "protocol": "n=1",
        }  # fmt: skip

    rows = [row(m, s, k, 0.5) for m in ("deft", "vae") for s in (0, 1) for k in ("mig", "sap")]
    made = pd.DataFrame(rows, columns=list(cells.COLUMNS))
    return made.astype({"stage": "Int64", "updates": "Int64"})


def test_a_clean_table_tells_its_budget_only(frame):
    assert notes.of(frame) == ["Budget of all runs: cpu (2 000 updates)."]
    assert notes.of(frame.iloc[:0]) == []


def test_bootstrap_intervals_of_few_runs(frame):
    assert list(notes.of_bootstrap(frame)) == [
        "Of fewer than 6 runs an interval holds less than 95 %: that of the median is from the "
        "smallest to the largest score, where the true median lies with 50 % (2 runs)."
    ]
    many = pd.concat([frame.assign(run=frame["run"] + str(n)) for n in range(3)])
    assert list(notes.of_bootstrap(many)) == []  # six of each method
    third = many[(many["method"] == "vae") | (many["run"].isin(["deft00", "deft11", "deft12"]))]
    assert "75 % (3 runs)." in next(notes.of_bootstrap(third))


@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_the_interval_of_the_median_of_few_runs_is_all_of_them(count):
    values = np.random.RandomState(count).rand(count)
    state = np.random.RandomState(0)
    found = statistics.bootstrap_interval(values, np.median, state)
    is_all = found == pytest.approx((values.min(), values.max()))
    assert is_all == (count < notes.ENOUGH_RUNS)


def test_mixed_budgets(frame):
    frame.loc[frame["run"] == "deft0", "budget"] = "smoke"
    told = notes.of(frame)
    assert told[0] == (
        "Budgets are mixed: cpu (3 runs), smoke (1 run). Each has rows of its own; compare only "
        "rows of one budget."
    )
    assert any(
        note == "One seed only, so no spread and no interval: DEFT on dSprites (smoke), DEFT on "
        "dSprites (cpu)."
        for note in told
    )


def test_mixed_budgets_without_names_tell_their_updates_once(frame):
    frame["budget"] = "not named, 20 updates"
    frame.loc[frame["run"] == "deft0", "budget"] = "not named, 80 640 updates"
    told = [note for note in notes.of(frame) if "updates" in note and "seed" not in note]
    assert told == [
        "Budgets are mixed: not named, 20 updates (3 runs), not named, 80 640 updates (1 run). "
        "Each has rows of its own; compare only rows of one budget."
    ]


def test_unnamed_budgets_tell_how_long_they_were(frame):
    frame["budget"] = "not named"
    assert notes.of(frame) == ["4 runs name no budget; they were trained for 2 000 updates."]
    frame["updates"] = [20, 20, 300, 300, 4000, 4000, 50000, 50000]
    assert notes.of(frame)[0].endswith("for 20 to 50 000 updates.")
    frame["updates"] = pd.NA
    assert notes.of(frame)[0].endswith("for an unknown number of updates.")


def test_mixed_protocols(frame):
    frame.loc[(frame["run"] == "vae1") & (frame["metric"] == "mig"), "protocol"] = ""
    assert notes.of(frame)[1] == "Protocols of MIG are mixed: not told (1 run); n=1 (3 runs)."


def test_single_seeds(frame):
    told = notes.of(frame[frame["run"] != "vae1"])
    assert told[1:] == [
        "One seed only, so no spread and no interval: β-VAE (vae) on dSprites (cpu)."
    ]


def test_several_settings(frame):
    frame.loc[frame["run"] == "deft0", ["setting", "stands"]] = ["y", False]
    told = "DEFT on dSprites (cpu) has 2 settings; x stands for it, with the highest median MIG."
    assert told in notes.of(frame)
    without = frame[frame["metric"] != "mig"]
    assert any("with the most runs (no MIG is known)" in note for note in notes.of(without))


def test_scores_that_are_not_numbers(frame):
    frame.loc[(frame["run"] == "vae1") & (frame["metric"] == "mig"), "value"] = float("nan")
    assert notes.of(frame)[1:] == [
        "MIG is not a number in 1 run, left out of what is computed from it: vae1 (β-VAE (vae) on "
        "dSprites (cpu))."
    ]


def test_absent_metrics(frame):
    part = frame[(frame["metric"] == "mig") | (frame["method"] == "vae")]
    assert notes.of(part)[1:] == ["SAP is missing from 2 of 4 runs: DEFT on dSprites (cpu)."]
