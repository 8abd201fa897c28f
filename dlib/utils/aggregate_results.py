"""Results of many runs in one file.

The file is the reference's: a JSON object ``{column: {"0": value, "1": value, ...}}`` with one row
for each result file and its ``path`` as a column, as pandas writes data frames. It is written
without pandas, in full precision.
"""

import functools
import glob
import json

from dlib.utils import files
from dlib.utils.errors import DlibError

# A run of dlib_train or of a study, and one whose folder is given by --model_dir.
DEFAULT_PATTERNS = (
    "output/*/*/metrics/*/*/results/aggregate/evaluation.json",
    "output/*/metrics/*/*/results/aggregate/evaluation.json",
)


def find_result_files(patterns=DEFAULT_PATTERNS):
    """All files that one of the patterns matches, sorted.

    Args:
      patterns: a pattern, or several; ``**`` stands for any number of folders.
    """
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return sorted({path for pattern in patterns for path in glob.glob(pattern, recursive=True)})


def read_results(paths):
    """Reads result files.

    Returns:
      rows (one dictionary for each file that could be read, with its ``path``), and the paths of
      those that could not be.
    """
    rows, unreadable = [], []
    for path in paths:
        try:
            with open(path, "rb") as file:
                row = json.loads(file.read(), parse_constant=lambda _: None)  # NaN is not JSON
            row["path"] = path
        except (OSError, ValueError, TypeError):  # not there, not JSON, or not an object
            unreadable.append(path)
        else:
            rows.append(row)
    return rows, unreadable


def aggregate_results_to_json(result_file_pattern, output_path):
    """Writes all results that a pattern (or several) matches into one JSON file.

    Returns:
      the rows, and the paths of files that could not be read and were left out.

    Raises:
      DlibError: if there is no result.
    """
    paths = find_result_files(result_file_pattern)
    rows, unreadable = read_results(paths)
    if not rows:
        patterns = (
            [result_file_pattern] if isinstance(result_file_pattern, str) else result_file_pattern
        )
        found = f"{len(paths)} files, none readable" if paths else "no file"
        raise DlibError(f"{' and '.join(patterns)} match {found}: give --result_file_pattern.")
    write_rows(rows, output_path)
    return rows, unreadable


def write_rows(rows, output_path):
    """Writes rows as JSON by columns; what a row does not have is null."""
    columns = dict.fromkeys(key for row in rows for key in row)
    # Most cells are null or the text of a setting that many runs share.
    text = functools.lru_cache(maxsize=4096)(json.dumps)
    with files.replacing(output_path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write("{")
        for number, column in enumerate(columns):
            file.write(f"{',' * (number > 0)}\n{json.dumps(column)}: {{")
            file.write(",".join(_cells(rows, column, text)))
            file.write("}")
        file.write("\n}\n")


def _cells(rows, column, text):
    for index, row in enumerate(rows):
        value = row.get(column)
        if value is None:
            yield f'"{index}":null'
        else:
            yield f'"{index}":{text(value) if isinstance(value, str) else json.dumps(value)}'


def load_aggregated_json_results(source_path):
    """Reads aggregated results as a pandas ``DataFrame``, one row for each result.

    As in the reference, numbers that were written as text (the literals of a configuration) come
    back as numbers.
    """
    import pandas as pd

    return pd.read_json(source_path, orient="columns")
