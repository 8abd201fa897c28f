import json
import sys

import pytest

from dlib.utils import result_tables
from dlib.utils.errors import DlibError

ROWS = [
    {"path": "a", "score": 1 / 3, "count": 1, "matrix": [[0.5]], "mixed": "x", "beta": "4.0"},
    {"path": "b", "score": None, "count": 2, "mixed": 1, "new": True},
]


def test_json_is_pandas_own(tmp_path):
    result_tables.write(ROWS, tmp_path / "r.txt")
    content = json.loads((tmp_path / "r.txt").read_text())
    assert content["score"] == {"0": 1 / 3, "1": None}
    assert content["matrix"] == {"0": [[0.5]], "1": None}
    assert result_tables.load(tmp_path / "r.txt")["beta"][0] == 4


def test_csv_has_empty_cells_for_what_is_not_there(tmp_path):
    result_tables.write(ROWS, tmp_path / "r.csv")
    assert (tmp_path / "r.csv").read_text().splitlines() == [
        "path,score,count,matrix,mixed,beta,new",
        f"a,{1 / 3!r},1,[[0.5]],x,4.0,",
        "b,,2,,1,,True",
    ]
    assert result_tables.load(tmp_path / "r.csv")["score"][0] == 1 / 3


def test_parquet_has_typed_columns(tmp_path):
    pytest.importorskip("pyarrow")
    result_tables.write(ROWS, tmp_path / "r.PARQUET")
    frame = result_tables.load(tmp_path / "r.PARQUET")
    assert frame["score"][0] == 1 / 3
    assert frame["score"].isna().tolist() == [False, True]
    assert frame["count"].tolist() == [1, 2]
    assert frame["count"].dtype == "int64"
    assert frame["matrix"][0] == "[[0.5]]"
    assert frame["mixed"].tolist() == ["x", "1"]
    assert frame["beta"][0] == "4.0"
    assert frame["new"][1]


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DlibError, match=r"pip install 'deft-dlib\[parquet\]'"):
        result_tables.write(ROWS, tmp_path / "r.parquet")
    assert list(tmp_path.iterdir()) == []
