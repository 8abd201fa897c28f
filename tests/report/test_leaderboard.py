"""A method against others: medians, intervals, and how often it wins."""

import pandas as pd
import pytest

from dlib.report import leaderboard

SCORES = {
    "mig": {"mine": [0.3, 0.5, 0.4], "theirs": [0.1, 0.35, 0.45], "alone": [0.9]},
    "nmi2": {"mine": [0.1, 0.1, 0.1], "theirs": [0.2, 0.2, 0.2], "alone": [0.1]},
}


@pytest.fixture
def frame():
    lines = [
        {"metric": metric, "run": f"{name}/{seed}", "value": value, "stage": pd.NA, "stands": True}
        for metric in ("nmi2", "mig")
        for name, values in SCORES[metric].items()
        for seed, value in enumerate(values)
    ]
    # The score of a stage, and a run that is nobody's, must not count.
    lines.append({"metric": "mig", "run": "mine/0", "value": 1.0, "stage": 1, "stands": True})
    lines.append({"metric": "mig", "run": "other/0", "value": 1.0, "stage": pd.NA, "stands": True})
    return pd.DataFrame(lines).astype({"stage": "Int64"})


@pytest.fixture
def rows(frame):
    contestants = {
        "mine": ["mine/0", "mine/1", "mine/2"],
        "theirs": ["theirs/0", "theirs/1", "theirs/2"],
        "alone": ["alone/0"],
        "nothing": ["nothing/0"],
    }
    made = leaderboard.leaderboard(frame, contestants, "mine")
    return {(row["metric"], row["method"]): row for row in made}


def test_mig_comes_first_and_the_highest_median_leads(rows):
    order = [method for metric, method in rows if metric == "mig"]
    assert order == ["alone", "mine", "theirs", "nothing"]
    assert next(iter(rows))[0] == "mig"
    assert [rows["mig", name]["rank"] for name in order] == [1, 2, 3, None]
    assert rows["mig", "mine"]["median"] == 0.4
    assert rows["mig", "theirs"]["median"] == 0.35


def test_probability_to_beat_counts_pairs(rows):
    # 0.3 beats 0.1; 0.5 beats all three; 0.4 beats 0.1 and 0.35: 6 of 9 pairs.
    row = rows["mig", "theirs"]
    assert row["probability_to_beat"] == pytest.approx(6 / 9)
    assert 0 <= row["probability_ci_low"] < 6 / 9 < row["probability_ci_high"] <= 1
    assert rows["mig", "alone"]["probability_to_beat"] == 0
    assert rows["mig", "mine"]["probability_to_beat"] is None


def test_of_errors_the_lower_is_the_better_and_ties_count_half(rows):
    assert rows["nmi2", "theirs"]["rank"] == 3
    assert rows["nmi2", "theirs"]["probability_to_beat"] == 1
    assert rows["nmi2", "alone"]["probability_to_beat"] == 0.5


@pytest.mark.parametrize(
    ("metric", "rank", "probability"),
    [
        ("mig", 1, 1.0),
        ("mine:score", 1, 1.0),
        ("nmi2", 2, 0.0),
        ("unsupervised:mutual_info_score", 2, 0.0),
        ("unfairness", 2, 0.0),
        ("reduced_downstream_task:1000:mean_test_accuracy_reduced_factor", 2, 0.0),
    ],
)
def test_every_metric_has_its_direction(metric, rank, probability):
    values = {"mine/0": 0.5, "mine/1": 0.6, "theirs/0": 0.2, "theirs/1": 0.3}
    lines = [{"run": run, "value": value, "metric": metric} for run, value in values.items()]
    frame = pd.DataFrame(lines).assign(stage=pd.NA, stands=True)
    contestants = {"mine": ["mine/0", "mine/1"], "theirs": ["theirs/0", "theirs/1"]}
    made = {r["method"]: r for r in leaderboard.leaderboard(frame, contestants, "mine")}
    assert made["mine"]["rank"] == rank
    assert made["theirs"]["probability_to_beat"] == probability


def test_intervals_hold_the_bootstrap_of_medians(rows):
    # Of three scores, the lowest is the median of a resample in 7 of 27 cases, so are the highest.
    assert (rows["mig", "mine"]["ci_low"], rows["mig", "mine"]["ci_high"]) == (0.3, 0.5)
    assert rows["mig", "alone"]["ci_low"] is None  # one run has no spread
    assert rows["mig", "nothing"]["runs"] == 0
    assert rows["mig", "nothing"]["median"] is None


def test_the_table_as_people_read_it(rows):
    text = leaderboard.as_markdown(list(rows.values()), "mine", "Mine", ["One note."])
    lines = text.splitlines()
    assert lines[0] == "# Mine"
    assert lines[2] == "## MIG"
    assert lines[6] == "| 1 | alone | 1 | 0.900 |  | 0 % (0 % to 0 %) |"
    assert lines[7] == "| 2 | mine | 3 | 0.400 | 0.300 to 0.500 |  |"
    assert lines[9] == "|  | nothing | 0 | none |  |  |"
    assert lines[-1] == "* One note."
