"""The progress of a training in the terminal: a live bar, or a line now and then in a log file."""

import datetime
import math
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

_SECONDS_BETWEEN_LINES = 15.0


def make_progress(model, enabled):
    """A progress display for a bound method; silent if not ``enabled``."""
    if not enabled:
        return SilentProgress()
    return LiveProgress(model) if sys.stderr.isatty() else LineProgress(model)


def describe(model, row):
    """One line: stage, pressure, reconstruction, KL, speed."""
    parts = (
        [stage.label] if (stage := model.stages()[model.stage_index(row["step"] - 1)]).label else []
    )
    if row.get("beta") is not None:
        parts.append(f"beta {row['beta']:g}")
    parts += [
        f"recon. {row['reconstruction_loss']:7.1f}",
        f"KL {row['kl_loss']:5.2f}",
        f"{row['images_per_second']:5.0f} images/s",
    ]
    return "  ".join(parts)


class SilentProgress:
    """Shows nothing."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, row):
        """Takes a row of the log."""


class LineProgress(SilentProgress):
    """One line every fifteen seconds, for output that is not a terminal.

    The time that is left is at the pace of this sitting so far, callbacks included.
    """

    def __init__(self, model):
        self.model = model
        self.start, self.first_step = time.monotonic(), model.global_step
        self.last = -math.inf

    def update(self, row):
        """Prints the row, if it is time."""
        now = time.monotonic()
        total = self.model.training_steps
        if now - self.last >= _SECONDS_BETWEEN_LINES or row["step"] == total:
            self.last = now
            pace = (now - self.start) / (row["step"] - self.first_step)  # seconds an update
            left = datetime.timedelta(seconds=round(pace * (total - row["step"])))
            print(
                f"{row['step']:>7}/{total}  {describe(self.model, row)}  {left} left",
                file=sys.stderr,
                flush=True,
            )


class LiveProgress(SilentProgress):
    """A bar with the time that is left."""

    def __init__(self, model):
        self.model = model
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self.task = self.bar.add_task(
            "training", total=model.training_steps, completed=model.global_step
        )

    def __enter__(self):
        self.bar.start()
        return self

    def __exit__(self, *_):
        self.bar.stop()

    def update(self, row):
        """Moves the bar."""
        self.bar.update(
            self.task,
            completed=row["step"],
            total=self.model.training_steps,  # stages may have ended early
            description=describe(self.model, row),
        )
