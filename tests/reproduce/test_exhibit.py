"""What the scripts share: flags and the report."""

import importlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dlib.utils import files

SCRIPTS = Path(__file__).resolve().parents[2] / "reproduce"


@pytest.fixture
def exhibit(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    return importlib.import_module("exhibit")


@pytest.fixture
def report(exhibit, tmp_path):
    flags = SimpleNamespace(output=tmp_path, budget="smoke", gin_bindings=[])
    return exhibit.Report("figure0", "all is well", flags)


def test_a_quantity_by_budget(exhibit):
    assert [exhibit.budgeted(b, 1, 2, 3) for b in ("smoke", "cpu", "paper", "700")] == [1, 2, 3, 2]
    assert exhibit.budgeted("700", 1, 2, 3, number=int) == 700


def test_scores_have_a_median_and_an_interval(report):
    report.add_scores("MIG", np.arange(11) / 10, paper=0.4)
    (row,) = report.rows
    assert (row["quantity"], row["obtained"], row["paper"], row["runs"]) == (
        "MIG, median", 0.5, 0.4, 11,
    )  # fmt: skip
    assert 0.1 < row["ci_low"] < 0.5 < row["ci_high"] < 0.9


def test_scores_have_a_deviation_and_an_interval(report):
    report.add_deviation("MIG", [1.0, 2.0, 3.0, 4.0, 5.0])
    (row,) = report.rows
    assert (row["quantity"], row["runs"]) == ("MIG, standard deviation", 5)
    assert row["obtained"] == pytest.approx(2.5**0.5)  # 10 over N - 1
    assert 0 <= row["ci_low"] < row["obtained"] < row["ci_high"] <= 2.2


def test_one_run_has_no_interval(report):
    report.add_scores("MIG", [0.25])
    assert (report.rows[0]["ci_low"], report.rows[0]["ci_high"]) == (None, None)


def test_the_report_is_written_and_printed(report, tmp_path, capsys):
    report.add("failures (%)", 25.0, 8.0, 10.0, 40.0, 50)
    report.add("chairs3d", "not run", note="no files")
    report.write()
    assert (tmp_path / "obtained.csv").read_text(encoding="utf-8") == (
        "quantity,paper,obtained,ci_low,ci_high,runs,note\n"
        "failures (%),8.0,25.0,10.0,40.0,50,\n"
        "chairs3d,,not run,,,,no files\n"
    )
    told = files.read_json(tmp_path / "report.json")
    assert (told["exhibit"], told["claim"], told["budget"]) == ("figure0", "all is well", "smoke")
    assert "cores" in told["machine"]
    printed = capsys.readouterr().out
    assert "failures (%): 25 [10, 40], 50 runs; paper 8\n" in printed
    assert "chairs3d: not run; no files\n" in printed


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--budget=small", "no budget 'small'"),
        ("--datasets=dsprite", "dsprite is not among a, b"),
        ("--seeds=0", "give 1 or more"),
        ("--seed=1", "did you mean --seeds"),
    ],
)
def test_mistakes_are_told_in_one_line(exhibit, capsys, flag, message):
    status = exhibit.run("figure0", "", "", None, [flag], datasets=("a", "b"), seeds=3)
    assert status == 2
    error = capsys.readouterr().err
    assert error.startswith("figure0: ")
    assert message in error
    assert error.count("\n") == 1


def test_results_lie_beside_the_scripts_and_runs_below_output(exhibit, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(exhibit.Report, "write", lambda self: seen.append(self.flags))
    exhibit.run("figure0", "", "", lambda report: None, ["--budget=300"], datasets=("a", "b", "c"),
                chosen=2)  # fmt: skip
    assert seen[0].output == SCRIPTS / "results" / "figure0"
    assert seen[0].runs == Path("output/reproduce/300")
    assert seen[0].datasets == ["a", "b"]
