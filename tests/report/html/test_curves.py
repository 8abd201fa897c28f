"""Curves of a training's log on the page."""

import json

from dlib.report.html import curves


def write_log(folder, rows):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train_log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_a_short_log_is_whole_and_has_four_digits(tmp_path):
    rows = [
        {"step": 10, "stage": 0, "beta": None, "kl_loss": 1.23456, "images_per_second": 9.0},
        {"step": 20, "stage": 0, "beta": None, "kl_loss": None, "images_per_second": 9.0},
    ]
    log, stages = curves.read_log(write_log(tmp_path, rows))
    assert log["steps"] == [10, 20]
    assert log["curves"] == {"KL": [1.235, None]}  # beta is never known, speed is no curve
    assert log["ends"] == []
    assert log["note"] == "Training log, 2 of 2 rows"
    assert stages is None


def test_known_terms_come_first_and_unknown_ones_keep_their_names(tmp_path):
    rows = [{"step": 1, "tc_loss": 1.0, "loss": 2.0, "reconstruction_loss": 3.0}]
    log, _ = curves.read_log(write_log(tmp_path, rows))
    assert list(log["curves"]) == ["Reconstruction loss", "Loss", "tc loss"]


def test_stage_scores_are_a_table_with_stages_from_one(tmp_path):
    rows = [
        {"step": 5, "stage": 0, "loss": 1.0},
        {"step": 5, "stage_end": 0, "mig": 0.125, "nmi1": 0.5},
        {"step": 9, "stage": 1, "loss": 1.0},
        {"step": 9, "stage_end": 1, "mig": 0.25, "nmi1": 0.75},
    ]
    log, stages = curves.read_log(write_log(tmp_path, rows))
    assert stages == {
        "columns": ["Stage", "Updates", "MIG", "NMI1"],
        "rows": [[1, 5, 0.125, 0.5], [2, 9, 0.25, 0.75]],
    }
    assert log["ends"] == [5]


def test_thinned_rows_are_real_rows_with_both_ends_and_the_ends_of_stages():
    rows = [{"step": step, "stage": int(step > 777)} for step in range(1, 2001)]
    kept = curves.thinned(rows, 100)
    steps = [row["step"] for row in kept]
    assert len(kept) <= 100
    assert all(row in rows for row in kept)
    assert {1, 777, 2000} <= set(steps)
    assert steps == sorted(steps)
    gaps = [b - a for a, b in zip(steps, steps[1:], strict=False)]
    assert max(gaps) <= 2 * 2000 / 97  # about equal distances, a stage's end apart


def test_a_run_without_a_log_has_no_curves(tmp_path):
    assert curves.read_log(tmp_path) == (None, None)


def test_numbers_that_are_not_finite_are_missing():
    assert curves.rounded(float("nan")) is None
    assert curves.rounded(float("inf")) is None
    assert curves.rounded(123456.7) == 123500.0
    assert curves.rounded(80640) == 80640
