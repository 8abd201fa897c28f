"""Rows of results as one file: the reference's JSON, CSV or Parquet.

Columns are the keys of all rows; what a row does not have is null.
"""

import csv
import functools
import json
from pathlib import Path

from dlib.utils import files
from dlib.utils.errors import DlibError


def write(rows, path):
    """Writes rows in the format that the path's ending says; JSON for any but .csv, .parquet.

    Raises:
      DlibError: for .parquet without pyarrow.
    """
    writers = {".csv": write_csv, ".parquet": write_parquet}
    writers.get(Path(path).suffix.lower(), write_json)(rows, path)


def columns_of(rows):
    """All keys of the rows, in the order in which they come up."""
    return list(dict.fromkeys(key for row in rows for key in row))


def write_json(rows, path):
    """Writes ``{column: {"0": value, "1": value, ...}}``, as pandas writes data frames."""
    # Most cells are null or the text of a setting that many runs share.
    text = functools.lru_cache(maxsize=4096)(json.dumps)
    with files.replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write("{")
        for number, column in enumerate(columns_of(rows)):
            file.write(f"{',' * (number > 0)}\n{json.dumps(column)}: {{")
            file.write(",".join(_json_cells(rows, column, text)))
            file.write("}")
        file.write("\n}\n")


def _json_cells(rows, column, text):
    for index, row in enumerate(rows):
        value = row.get(column)
        if value is None:
            yield f'"{index}":null'
        else:
            yield f'"{index}":{text(value) if isinstance(value, str) else json.dumps(value)}'


def write_csv(rows, path):
    """Writes one line a row; null is empty, lists and dictionaries are JSON."""
    columns = columns_of(rows)
    with (
        files.replacing(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_flat(row.get(column)) for column in columns] for row in rows)


def _flat(value):
    return json.dumps(value) if isinstance(value, list | dict) else value


def write_parquet(rows, path):
    """Writes typed columns: numbers as numbers, texts once for each different one.

    A column that holds lists, dictionaries, or numbers beside texts becomes text, all but texts
    in it as JSON.

    Raises:
      DlibError: without pyarrow.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise DlibError(
            f"{path}: Parquet needs the extra: pip install 'deft-dlib[parquet]'; or write .csv or "
            f".json."
        ) from None
    arrays = {}
    for column in columns_of(rows):
        values = [row.get(column) for row in rows]
        kinds = {type(value) for value in values} - {type(None)}
        if kinds and kinds <= {int, float}:
            arrays[column] = pa.array(values, pa.int64() if kinds == {int} else pa.float64())
        elif kinds == {bool}:
            arrays[column] = pa.array(values, pa.bool_())
        else:
            texts = [v if isinstance(v, str | None) else json.dumps(v) for v in values]
            arrays[column] = pa.array(texts, pa.string()).dictionary_encode()
    with files.replacing(path) as temporary:
        parquet.write_table(pa.table(arrays), temporary)


def load(path):
    """Reads such a file as a pandas ``DataFrame``, one row for each result."""
    import pandas as pd

    suffix = Path(path).suffix.lower()
    if suffix == ".csv":
        return pd.read_csv(path, low_memory=False)
    if suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_json(path, orient="columns")
