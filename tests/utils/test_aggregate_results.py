import json
import math

import pandas as pd
import pytest

from dlib.utils import aggregate_results
from dlib.utils.errors import DlibError


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two runs, of dlib_train and of --model_dir, and files that cannot be read."""
    monkeypatch.chdir(tmp_path)
    tail = "metrics/mean/{}/results/aggregate/evaluation.json"
    row = {"train_config.model.model_num": "7", "evaluation_results.discrete_mig": 1 / 3}
    write(tmp_path / "output/deft/0" / tail.format("mig"), row)
    row = {"evaluation_results.IRS": 1, "evaluation_results.nmi_matrix": [[0.5, 1.0]], "x": "é"}
    write(tmp_path / "output/mine" / tail.format("irs"), row)
    write(tmp_path / "output/deft/1" / tail.format("mig"), '{"a": 1')
    write(tmp_path / "output/deft/2" / tail.format("mig"), "[1]")
    write(tmp_path / "output/deft/3" / tail.format("mig"), '{"evaluation_results.x": NaN}')
    write(tmp_path / "output/deft/0/model/results/aggregate/train.json", {"not": "one"})
    return tmp_path


def test_default_patterns_find_every_layout_and_name_what_is_unreadable(runs):
    rows, left_out = aggregate_results.aggregate_results_to_json(
        aggregate_results.DEFAULT_PATTERNS, runs / "results.json"
    )
    assert [row["path"].split("/metrics")[0] for row in rows] == [
        "output/deft/0",
        "output/deft/3",
        "output/mine",
    ]
    tail = "metrics/mean/mig/results/aggregate/evaluation.json"
    assert left_out == [
        f"output/deft/1/{tail}: not readable: empty or cut off",
        f"output/deft/2/{tail}: not a result: no JSON object",
    ]
    assert rows[1]["evaluation_results.x"] is None


def test_unfinished_evaluations_are_left_out_by_name(runs):
    (runs / "output/deft/4/metrics/mean/dci").mkdir(parents=True)
    _, left_out = aggregate_results.collect()
    assert left_out[-1] == "output/deft/4/metrics/mean/dci: incomplete, it has no result yet"


def test_the_ending_decides_the_format(runs):
    aggregate_results.aggregate_results_to_json(aggregate_results.DEFAULT_PATTERNS, runs / "r.csv")
    frame = aggregate_results.load_aggregated_json_results(runs / "r.csv")
    assert frame["evaluation_results.discrete_mig"][0] == 1 / 3
    assert len(frame) == 3


def test_the_file_is_pandas_own_and_exact(runs):
    aggregate_results.aggregate_results_to_json(aggregate_results.DEFAULT_PATTERNS, runs / "r.json")
    content = json.loads((runs / "r.json").read_text())
    assert content["evaluation_results.discrete_mig"] == {"0": 1 / 3, "1": None, "2": None}
    assert content["evaluation_results.nmi_matrix"]["2"] == [[0.5, 1.0]]
    assert content["x"]["2"] == "é"
    frame = pd.read_json(runs / "r.json", orient="columns")
    assert frame["evaluation_results.discrete_mig"][0] == pytest.approx(1 / 3)
    assert math.isnan(frame["evaluation_results.discrete_mig"][1])
    loaded = aggregate_results.load_aggregated_json_results(runs / "r.json")
    assert loaded.equals(frame)
    assert loaded["train_config.model.model_num"][0] == 7


def test_no_result_is_one_line(tmp_path):
    with pytest.raises(DlibError, match=r"nothing/\*\.json match no file: give"):
        aggregate_results.aggregate_results_to_json("nothing/*.json", tmp_path / "r.json")
    write(tmp_path / "bad.json", "{")
    with pytest.raises(DlibError, match="match 1 files, none usable"):
        aggregate_results.aggregate_results_to_json(str(tmp_path / "*.json"), tmp_path / "r.json")
    assert not (tmp_path / "r.json").exists()
