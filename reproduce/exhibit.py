"""What the scripts share: flags, trainings, and the report of what was claimed and what came out.

A script says what the paper claims, has the library train what is missing and draw, and hands over
numbers. Trainings lie below ``--runs`` and are gone on with or reused by the next call; what comes
out goes to ``--output``: pictures, tables, ``obtained.csv`` and ``report.json``.
"""

import csv
import functools
import io
import os
import platform
import time
from pathlib import Path

import numpy as np
import trainings

from dlib.config.budget import check_name
from dlib.utils import command_line, environment, files
from dlib.utils.errors import DlibError
from dlib.utils.gin_errors import message_of

RESULTS = Path(__file__).resolve().parent / "results"
COLUMNS = ("quantity", "paper", "obtained", "ci_low", "ci_high", "runs", "note")
# Sets that scripts take besides the paper's own: small, drawn, and quick to try a script on.
MORE_DATASETS = ("triangle_correlated",)


def run(name, description, claim, action, argv=None, **defaults):
    """Runs a script; returns its exit status.

    Args:
      name: of the exhibit and of its folder, such as "figure13".
      description: for ``--help``.
      claim: what the paper says, with its section.
      action: called with a ``Report``.
      argv: arguments; by default the process's.
      defaults: of the flags ``datasets``, ``methods`` (tuples of names) and ``seeds``; a flag
        without a default is not offered. ``chosen``: only the first so many of ``datasets`` are
        the flag's default. ``add_flags``: a function that adds flags to the parser.
    """

    def main(arguments):
        flags = _parsed(name, description, arguments, defaults)
        report = Report(name, claim, flags)
        action(report)
        report.write()

    return command_line.run(name, main, argv)


def _parsed(name, description, arguments, defaults):
    flags = command_line.Flags(name, description)
    flags.add_argument(
        "--budget", default="cpu", help="smoke, cpu, paper, or a number of updates (cpu)"
    )
    for flag in ("datasets", "methods"):
        if flag in defaults:
            chosen = defaults.get("chosen") if flag == "datasets" else None
            text = ",".join(defaults[flag][:chosen])
            flags.add_argument(f"--{flag}", default=text, help=f"names with commas ({text})")
    if "seeds" in defaults:
        flags.add_argument(
            "--seeds", type=int, default=defaults["seeds"],
            help=f"how many, from 0 ({defaults['seeds']})",
        )  # fmt: skip
    flags.add_argument("--output", help=f"where to write (reproduce/results/{name})")
    flags.add_argument("--runs", help="where trainings lie (output/reproduce/<budget>)")
    flags.add_argument("--workers", type=int, help="trainings side by side (as many as cores)")
    flags.add_argument("--threads", type=int, default=1, help="threads of each training (1)")
    flags.add_argument(
        "--gin_bindings", action="append", default=[], metavar="'NAME = VALUE'",
        help="a line of configuration for every training; may be repeated",
    )  # fmt: skip
    if "add_flags" in defaults:
        defaults["add_flags"](flags)
    parsed = flags.parse_args(arguments)
    parsed.budget = check_name(parsed.budget)
    for flag in ("datasets", "methods"):
        if flag in defaults:
            setattr(parsed, flag, _names(flag, getattr(parsed, flag), defaults[flag]))
    if "seeds" in defaults and parsed.seeds < 1:
        raise DlibError(f"--seeds = {parsed.seeds}: give 1 or more.")
    parsed.output = Path(parsed.output or RESULTS / name)
    parsed.runs = Path(parsed.runs or Path("output") / "reproduce" / parsed.budget)
    return parsed


def _names(flag, text, known):
    names = [name.strip() for name in text.split(",") if name.strip()]
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        given = ", ".join(wrong) or "none"
        raise DlibError(f"--{flag}: {given} is not among {', '.join(known)}.")
    return names


def budgeted(budget, smoke, cpu, paper, number=None):
    """What a quantity is at a budget.

    Args:
      budget: its name, or a number of updates as text.
      smoke, cpu, paper: the quantity at these.
      number: function of a number of updates; by default the ``cpu`` value.
    """
    named = {"smoke": smoke, "cpu": cpu, "paper": paper}
    if budget in named:
        return named[budget]
    return cpu if number is None else number(int(budget))


class Report:
    """What is to be told at the end.

    Attributes:
      flags: the parsed flags.
      output: folder of the results.
    """

    def __init__(self, name, claim, flags):
        self.name, self.claim, self.flags = name, claim, flags
        self.output = flags.output
        self.rows, self.notes = [], []
        self.training_seconds = 0.0
        self._start = time.perf_counter()

    def add(self, quantity, obtained, paper="", low=None, high=None, runs=None, note=""):
        """Takes a number that came out.

        Args:
          quantity: what it is.
          obtained: the number, or text.
          paper: the paper's value, text where it is not a number; "" where it has none.
          low, high: its 95 % interval, None where there is none (one run).
          runs: how many runs it is from.
          note: what must be said beside it.
        """
        values = (quantity, paper, obtained, low, high, runs, note)
        self.rows.append(dict(zip(COLUMNS, values, strict=True)))

    def add_scores(self, quantity, scores, paper="", note=""):
        """The median of several runs' scores with its bootstrap interval."""
        self._add_statistic(f"{quantity}, median", scores, np.median, paper, note)

    def add_deviation(self, quantity, scores):
        """The standard deviation of several runs' scores with its bootstrap interval."""
        deviation = functools.partial(np.std, ddof=1)
        self._add_statistic(f"{quantity}, standard deviation", scores, deviation)

    def _add_statistic(self, quantity, scores, statistic, paper="", note=""):
        from dlib.report import statistics

        scores = np.asarray(scores, np.float64)
        low, high = statistics.bootstrap_interval(scores, statistic, np.random.RandomState(0))
        known = np.isfinite([low, high]).all()
        bounds = (low, high) if known else (None, None)
        self.add(quantity, float(statistic(scores)), paper, *bounds, len(scores), note)

    def save(self, picture, name):
        """Writes a picture, uint8 ``[H, W, 3]``, into the results."""
        from dlib.visualize.visualize_util import save_image

        save_image(picture, self.output / name)

    def available(self, datasets):
        """Those of some data sets whose files are there; the others are reported as not run."""
        from dlib.data.ground_truth.named_data import get_named_ground_truth_data

        for dataset in datasets:
            try:
                get_named_ground_truth_data(dataset)
            except DlibError as error:
                # The results are kept: without the folder of whoever ran the script.
                note = message_of(error).replace(str(Path.cwd()), "the working directory")
                self.add(dataset, "not run", note=note)
            else:
                yield dataset

    def train(self, jobs):
        """Trains what is missing of some jobs; returns the folders of all."""
        folders = trainings.train(jobs, self.flags)
        self.training_seconds += sum(map(trainings.seconds_of, folders))
        return folders

    def train_methods(self, jobs):
        """``train`` for ``{method: jobs}``, all in one queue: ``{method: folders}``."""
        folders = iter(self.train([job for of_one in jobs.values() for job in of_one]))
        return {method: [next(folders) for _ in of_one] for method, of_one in jobs.items()}

    def write(self):
        """Writes ``obtained.csv`` and ``report.json``, and prints both."""
        seconds = time.perf_counter() - self._start
        flags = {k: str(v) for k, v in vars(self.flags).items() if k in ("budget", "seeds")}
        told = {
            "exhibit": self.name,
            "claim": self.claim,
            **flags,
            "gin_bindings": self.flags.gin_bindings,
            "machine": machine(),
            "seconds_of_trainings": self.training_seconds,
            "seconds_of_this_call": seconds,
            "notes": self.notes,
            "environment": environment.describe_environment(),
        }
        files.write_text(self.output / "obtained.csv", _csv(self.rows))
        files.write_json(self.output / "report.json", told)
        self._print(told)

    def _print(self, told):
        print(f"\n{self.name}\nclaim:    {self.claim}")
        for row in self.rows:
            print(f"  {row['quantity']}: {_told(row)}")
        for note in self.notes:
            print(f"note:     {note}")
        print(f"budget:   {told['budget']}")
        print(f"machine:  {told['machine']}")
        spent = told["seconds_of_trainings"]
        print(f"time:     {told['seconds_of_this_call']:.0f} s now, trainings {spent:.0f} s in all")
        print(f"written:  {self.output}")


def _told(row):
    text = _number(row["obtained"])
    if row["ci_low"] is not None:
        text += f" [{_number(row['ci_low'])}, {_number(row['ci_high'])}]"
    if row["runs"] is not None:
        text += f", {row['runs']} run{'s' if row['runs'] != 1 else ''}"
    text += f"; paper {_number(row['paper'])}" if row["paper"] != "" else ""
    return f"{text}; {row['note']}" if row["note"] else text


def _number(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def machine():
    """The processor, its cores, and what PyTorch computes with."""
    import torch

    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        name = lines[0].split(":", 1)[1].strip() if lines else name
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{name}, {os.cpu_count()} cores{gpu}"
