"""A study of tiny trainings: its jobs, a driver as a process, and the comparison of two results.

``python tiny_study.py EXECUTOR OPTIONS PLACE COUNT`` runs it and prints the results as JSON.
"""

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

from dlib.execution.executors import make_executor
from dlib.execution.jobs import Job, Resources
from dlib.execution.place import Place

HERE = Path(__file__).resolve().parent
CONFIG = HERE / "tiny.gin"
PACED = HERE / "paced.gin"
STEPS = range(10, 101, 10)  # rows of the log
MIDDLE_STEPS = range(250, 2501, 250)
LONG_STEPS = range(900, 9001, 900)
MEMORY_GB = 0.5
# What differs between two computations of the same.
_OWN = {"uuid", "elapsed_time", "images_per_second", "seconds"}


def _lines(steps):
    return (
        f"model.training_steps = {steps[-1]}",
        f"train.log_every = {steps.step}",
        "train.checkpoint_every = 50",
    )


# Long enough to be at work still when a node has been taken away, which takes Slurm five seconds.
MIDDLE = _lines(MIDDLE_STEPS)
# Long enough to be told of a time limit of two minutes, with ``PACED`` on any machine.
LONG = _lines(LONG_STEPS)
# Further lines of the first jobs, by executor.
FIRST = {"slurm": (LONG, MIDDLE), "ray": (MIDDLE, MIDDLE, MIDDLE)}


def jobs(count, first=()):
    """Jobs that differ in their seed; the first ones have further lines of their own."""
    further = [*first, *[()] * count][:count]
    return [
        Job(f"tiny/{i}", _configs(lines), (f"model.random_seed = {i}", *lines), f"tiny/{i}")
        for i, lines in enumerate(further)
    ]


def _configs(lines):
    return (str(CONFIG), str(PACED)) if lines == LONG else (str(CONFIG),)


@contextlib.contextmanager
def driver(executor, options, place, count, log):
    """The driver as a process of its own, which a test may kill; it does not outlive the block."""
    command = [sys.executable, str(HERE / "tiny_study.py"), executor, json.dumps(options)]
    with (
        open(log, "ab") as errors,
        subprocess.Popen(
            [*command, str(place), str(count)],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": str(HERE)},  # of ``PACED``; tasks inherit it
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def outcome(process, seconds):
    """Statuses and errors of a driver that comes to its end."""
    out, _ = process.communicate(timeout=seconds)
    return [(r["status"], r["error"]) for r in json.loads(out.decode().splitlines()[-1])]


def whole_result(place, name, folder):
    """A run's numbers and weights by file, from a place (or the local executor's folder)."""
    folder = Path(folder)
    if isinstance(place, Place):
        place.fetch(name, folder)
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if path.suffix == ".safetensors":
            found[relative] = path.read_bytes()
        elif path.name.endswith("_results.json"):
            found[relative] = _without_own(json.loads(path.read_text()))
        elif path.name == "train_log.jsonl":
            rows = [json.loads(line) for line in path.read_text().splitlines()]
            found[relative] = [_without_own(row) for row in rows]
    return found


def check_whole(result, steps=STEPS):
    """Whether a run was trained once to its end, and scored."""
    rows = [row["step"] for row in result["model/train_log.jsonl"]]
    assert rows == list(steps)
    assert any(key.startswith("model/module/") and key.endswith("safetensors") for key in result)
    scores = [key for key in result if key.startswith("metrics/mean/mig/")]
    assert any("discrete_mig" in str(result[key]) for key in scores)


def _without_own(row):
    return {key: value for key, value in row.items() if key.split(".")[-1] not in _OWN}


def main(name, options, place, count):
    executor = make_executor(name)
    for key, value in json.loads(options).items():
        setattr(executor, key, value)
    resources = Resources(cpu_threads=1, memory_gb=MEMORY_GB)
    results = executor.run(jobs(int(count), FIRST[name]), place, resources, retries=3)
    print(json.dumps([{**dataclasses.asdict(r), "job": r.job.name} for r in results]))


if __name__ == "__main__":
    main(*sys.argv[1:])
