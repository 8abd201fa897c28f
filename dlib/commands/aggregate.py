"""dlib_aggregate: the results of many runs in one file, and the paper's tables and figures."""

import argparse
import contextlib
import sys
from pathlib import Path

from dlib.commands import report_tables, tables
from dlib.utils import aggregate_results, command_line, files
from dlib.utils.errors import DlibError

NAME = "dlib_aggregate"
DESCRIPTION = (
    "Collects the results of all runs into one file, prints them and the failure rates (Table 4 of "
    "the paper), and makes a report of tables and figures."
)
_NAMED = 10


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    patterns = flags.result_file_pattern or aggregate_results.DEFAULT_PATTERNS
    if flags.report and Path(flags.report).exists() and not Path(flags.report).is_dir():
        raise DlibError(f"{flags.report} is a file: give --report a folder.")
    rows, left_out = aggregate_results.aggregate_results_to_json(patterns, flags.output_path)
    from dlib.report import cells  # pandas is slow to load

    frame = cells.tidy(rows, flags.representation)
    left_out += cells.left_out(rows, flags.representation)
    _name_left_out(left_out, flags)
    tables.print_runs(rows)
    report_tables.print_failure_rate(frame, flags.threshold)
    if frame.empty:
        found = sorted({cells.representation_of(row) for row in rows} - {""})
        _tell_nothing_to_report(flags, found)
    elif flags.report:
        _write_report(frame, rows, left_out, flags)
    print(f"{len(rows)} results: {flags.output_path}")


def _name_left_out(left_out, flags):
    """Names the first on the terminal, and all of them in a file where that is not enough."""
    output = Path(flags.output_path)
    beside = output.with_name(f"{output.stem}.left_out.txt")
    path = Path(flags.report) / "left_out.txt" if flags.report else beside
    for earlier in {path, beside}:
        earlier.unlink(missing_ok=True)
    if len(left_out) > (0 if flags.report else _NAMED):
        files.write_text(path, "".join(f"{text}\n" for text in left_out))
    for text in left_out[:_NAMED]:
        print(f"{NAME}: left out: {text}", file=sys.stderr)
    if len(left_out) > _NAMED:
        more = len(left_out) - _NAMED
        print(f"{NAME}: and {more} more; all of them: {path}.", file=sys.stderr)


def _tell_nothing_to_report(flags, found):
    others = f" (there are: {', '.join(found)})" if found else ""
    message = (
        f"no result of the representation '{flags.representation}' tells its data set and "
        f"method{others}, so there is no table or figure"
    )
    if flags.report:
        raise DlibError(f"{message}: give --representation or other files.")
    print(f"{NAME}: {message}.", file=sys.stderr)


def _write_report(frame, rows, left_out, flags):
    from dlib.report import exhibits
    from dlib.report.html import page

    written = exhibits.write(frame, flags.report, flags.threshold)
    notices = [f"No {title}: {why}." for title, why in exhibits.missing(frame)]
    if left_out:
        notices.append(f"{len(left_out)} results are left out; left_out.txt names them.")
    path = page.write(flags.report, frame, written, rows, notices)
    report_tables.print_exhibits(written, notices, path)


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument(
        "--result_file_pattern", action="append", metavar="PATTERN",
        help="pattern of the result files; may be repeated; by default "
        + " and ".join(aggregate_results.DEFAULT_PATTERNS),
    )  # fmt: skip
    flags.add_argument(
        "--output_path", default="results.json", metavar="PATH",
        help="where to write (results.json): JSON as the reference's, or CSV or Parquet by its "
        "ending, .csv or .parquet",
    )  # fmt: skip
    flags.add_argument(
        "--report", metavar="DIR", help="write all tables and figures into this folder"
    )
    flags.add_argument(
        "--representation", default="mean", metavar="NAME",
        help="which representation tables and figures are about (mean)",
    )  # fmt: skip
    flags.add_argument(
        "--threshold", type=_share, default=0.1, metavar="MIG",
        help="a run with a MIG below this has failed (0.1)",
    )  # fmt: skip
    return flags


def _share(text):
    with contextlib.suppress(ValueError):
        if 0 < float(text) <= 1:
            return float(text)
    raise argparse.ArgumentTypeError(f"expected a number above 0 and at most 1, got {text}")
