"""Results of many runs in one file.

The file is the reference's: a JSON object ``{column: {"0": value, "1": value, ...}}`` with one row
for each result file and its ``path`` as a column, as pandas writes data frames. It is written
without pandas, in full precision. A path that ends in .csv or .parquet gets that format.
"""

from dlib.utils import result_files, result_tables
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
    return result_files.find(patterns)


def read_results(paths):
    """Reads result files.

    Returns:
      rows (one dictionary for each good file, with its ``path``), and ``"<path>: <why>"`` of those
      that are left out; see ``dlib.utils.result_files.read``.
    """
    return result_files.read(paths)


def collect(patterns=DEFAULT_PATTERNS):
    """Finds and reads the results of all runs.

    Returns:
      rows, and ``"<path>: <why>"`` of what is left out, unfinished evaluations among them.

    Raises:
      DlibError: if there is no result.
    """
    paths = find_result_files(patterns)
    rows, left_out = read_results(paths)
    left_out += [
        f"{path}: incomplete, it has no result yet" for path in result_files.unfinished(patterns)
    ]
    if not rows:
        patterns = [patterns] if isinstance(patterns, str) else patterns
        found = f"{len(paths)} files, none usable ({left_out[0]})" if paths else "no file"
        raise DlibError(f"{' and '.join(patterns)} match {found}: give --result_file_pattern.")
    return rows, left_out


def aggregate_results_to_json(result_file_pattern, output_path):
    """Writes all results that a pattern (or several) matches into one file.

    Args:
      result_file_pattern: a pattern, or several.
      output_path: JSON, or CSV or Parquet if it ends so.

    Returns:
      the rows, and ``"<path>: <why>"`` of what was left out.

    Raises:
      DlibError: if there is no result.
    """
    rows, left_out = collect(result_file_pattern)
    write_rows(rows, output_path)
    return rows, left_out


def write_rows(rows, output_path):
    """Writes rows in the format that the path's ending says; what a row does not have is null."""
    result_tables.write(rows, output_path)


def load_aggregated_json_results(source_path):
    """Reads aggregated results as a pandas ``DataFrame``, one row for each result.

    As in the reference, numbers that were written as text (the literals of a configuration) come
    back as numbers, but not from Parquet, which keeps texts.
    """
    return result_tables.load(source_path)
