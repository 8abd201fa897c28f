"""dlib_benchmark: a method of one's own against others, from nothing to a leaderboard."""

import argparse
import csv
import io
from pathlib import Path

from dlib.commands import benchmark_methods, tables
from dlib.config.budget import check_name
from dlib.execution.jobs import DONE, Resources
from dlib.report import leaderboard, names
from dlib.utils import aggregate_results, command_line, files
from dlib.utils.errors import DlibError

NAME = "dlib_benchmark"
DESCRIPTION = (
    "Trains a method and those it is compared with on one data set, as often as there are seeds, "
    "and ends with a leaderboard. What is trained already is not trained again."
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    command_line.required(flags, "gin_config", "against")
    budget = check_name(flags.budget)
    ours, others, dataset = _contestants(flags, budget)
    everyone = [ours, *others]
    jobs = {one.name: [one.job(seed, budget) for seed in range(flags.seeds)] for one in everyone}
    for one in everyone:
        print(f"{one.name + ':':<16} {one.source}, seeds 0 to {flags.seeds - 1}, {budget}")
    failed = _run(flags, [job for members in jobs.values() for job in members])
    left_out = {result.job for result in failed}  # their folders may hold older results
    folders = {name: [str(job.path(flags.output_directory)) for job in members
                      if job not in left_out] for name, members in jobs.items()}  # fmt: skip
    heading = f"{ours.name} on {names.dataset_label(dataset)}, budget {budget}"
    where = Path(flags.output_directory) / "benchmark" / f"{ours.folder}_{dataset}_{budget}"
    _report(folders, ours.name, heading, where, failed)
    if failed:
        first = f"{failed[0].job.name}: {failed[0].error}"
        raise DlibError(f"{len(failed)} of {sum(map(len, jobs.values()))} runs failed; {first}")


def _contestants(flags, budget):
    """The user's method, the others, the data set's name; all of them checked before any work."""
    ours, setup = benchmark_methods.of_user(flags.gin_config, flags.gin_bindings)
    wanted = [name.strip() for text in flags.against for name in text.split(",") if name.strip()]
    others = [benchmark_methods.opponent(name, setup) for name in dict.fromkeys(wanted)]
    seen = set()
    for one in (ours, *others):
        if one.name in seen or one.folder in {o.folder for o in (ours, *others) if o is not one}:
            raise DlibError(
                f"--against: '{one.name}' takes part twice: give model.name and the configuration "
                f"other names."
            )
        seen.add(one.name)
        one.check(budget)
    return ours, others, setup.dataset


def _run(flags, jobs):
    """Runs what is missing; returns the results that are not "done"."""
    from dlib.execution.local import LocalExecutor
    from dlib.execution.progress import make_view

    executor = LocalExecutor(flags.workers, flags.overwrite)
    resources = Resources(flags.threads, flags.memory_gb)
    with make_view(jobs) as view:
        results = executor.run(jobs, flags.output_directory, resources, 1, view.update)
    return [result for result in results if result.status != DONE]


def _report(folders, ours, heading, where, failed):
    """Prints and writes the leaderboard of all runs that have results."""
    from dlib.report import cells, notes

    every = [folder for members in folders.values() for folder in members]
    patterns = [f"{folder}/metrics/*/*/results/aggregate/evaluation.json" for folder in every]
    paths = aggregate_results.find_result_files(patterns)
    rows, left_out = aggregate_results.read_results(paths)
    frame = cells.tidy(rows)
    if frame.empty:
        raise DlibError(f"no run has a score; {failed[0].error if failed else 'see its folder'}")
    table = leaderboard.leaderboard(frame, folders, ours)
    told = [*_unequal(rows, folders), *notes.of_bootstrap(frame), *notes.of(frame)]
    told += [f"Left out: {text}." for text in left_out]
    told += [f"Failed and left out: {result.job.name} ({result.error})" for result in failed]
    _print(table, ours, heading, told)
    _write_csv(where / "leaderboard.csv", table)
    files.write_text(where / "leaderboard.md", leaderboard.as_markdown(table, ours, heading, told))
    _write_page(where, heading, frame, rows, told)
    print(f"leaderboard: {where}/leaderboard.md, leaderboard.csv, report.html")


def _unequal(rows, folders):
    """The note that not all methods saw as many images, if so."""
    amounts = {}
    for row in rows:
        run = row["path"].rpartition("/metrics/")[0]
        name = next(name for name, members in folders.items() if run in members)
        updates = row.get("train_results.global_step")
        batch_size = row.get("train_config.model.batch_size")
        amounts.setdefault(name, f"{updates} updates of {batch_size} images")
    if len(set(amounts.values())) > 1:
        told = "; ".join(f"{name} {amount}" for name, amount in amounts.items())
        return [f"The trainings are not equally long: {told}."]
    return []


def _print(table, ours, heading, told):
    """MIG, or else the first metric, in the terminal; the files hold all of them."""
    from rich.table import Table

    metrics = list(dict.fromkeys(row["metric"] for row in table))
    shown = Table(title=f"{heading}: {names.metric_label(metrics[0])}", title_justify="left")
    for number, title in enumerate(leaderboard.titles(ours)):
        shown.add_column(title, justify="left" if number == 1 else "right")
    for row in table:
        if row["metric"] == metrics[0]:
            shown.add_row(*leaderboard.texts(row), style="bold" if row["method"] == ours else None)
    tables.console().print(shown)
    for note in told:
        print(f"* {note}")


def _write_csv(path, table):
    text = io.StringIO()
    writer = csv.DictWriter(text, leaderboard.COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    files.write_text(path, text.getvalue())


def _write_page(where, heading, frame, rows, told):
    from dlib.report.exhibits import Exhibit
    from dlib.report.html import page

    written = [where / "leaderboard.csv", where / "leaderboard.md"]
    page.write(where, frame, [Exhibit("leaderboard", heading, written, told)], rows)


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_gin()
    flags.add_argument(
        "--against", action="append", default=[], metavar="NAMES",
        help="methods to compare with, as in deft,beta_tc_vae: each with its experiment on the "
        "data set of --gin_config; or experiments or files, whose data is replaced by it",
    )  # fmt: skip
    flags.add_argument("--seeds", type=_count, default=5, help="runs of each method (5)")
    flags.add_argument(
        "--budget", default="cpu",
        help="smoke, cpu, paper, or a number of updates for each training (cpu)",
    )  # fmt: skip
    flags.add_argument("--output_directory", default="output", help="where to write (output)")
    flags.add_argument("--threads", type=_count, default=1, help="CPU threads of each run (1)")
    flags.add_argument(
        "--workers", type=_count,
        help="runs side by side; by default as many as cores and memory allow",
    )  # fmt: skip
    flags.add_argument(
        "--memory_gb", type=float, default=2.0, help="memory that each run needs, GiB (2)"
    )
    flags.add_overwrite()
    return flags


def _count(text):
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"expected a number, 1 or more, got '{text}'")
    return int(text)
