"""dlib_aggregate: the results of many runs in one file, and a table of them."""

import sys

from dlib.commands import tables
from dlib.utils import aggregate_results, command_line

NAME = "dlib_aggregate"
DESCRIPTION = "Collects the results of all runs into one JSON file and prints them as a table."
_NAMED = 10


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    patterns = flags.result_file_pattern or aggregate_results.DEFAULT_PATTERNS
    rows, unreadable = aggregate_results.aggregate_results_to_json(patterns, flags.output_path)
    for path in unreadable[:_NAMED]:
        print(f"{NAME}: left out, not readable: {path}", file=sys.stderr)
    if len(unreadable) > _NAMED:
        print(f"{NAME}: and {len(unreadable) - _NAMED} more.", file=sys.stderr)
    tables.print_runs(rows)
    print(f"{len(rows)} results: {flags.output_path}")


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument(
        "--result_file_pattern",
        action="append",
        help="pattern of the result files; may be repeated; by default "
        + " and ".join(aggregate_results.DEFAULT_PATTERNS),
    )
    flags.add_argument(
        "--output_path", default="results.json", help="where to write (results.json)"
    )
    return flags
