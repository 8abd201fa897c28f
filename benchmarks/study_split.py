"""How to split a machine among the trainings of a study: images a second of all of them together.

The same trainings are run by the local executor in several splits, written THREADSxWORKERS: 1x2 is
two processes of one thread, 2x1 one process of two. Each training is one of ``deft_study_v1``
without the steps that follow it.

    python benchmarks/study_split.py --jobs=4 --updates=40 --splits=1x2,2x1
"""

import argparse
import tempfile
import time
from pathlib import Path

from dlib.config.budget import bindings_for_budget
from dlib.execution.jobs import DONE, Resources
from dlib.execution.local import LocalExecutor
from dlib.execution.study_jobs import study_job
from dlib.utils import files, gin_utils

NOTHING_MORE = (
    "pipeline.postprocess = []",
    "pipeline.evaluation = []",
    "pipeline.visualize = False",
    "train.callbacks = []",
)


def main():
    """Prints one line for each split."""
    flags = _flags()
    print(f"{flags.jobs} trainings of {flags.updates} updates, model {flags.model_num} and on")
    print(f"{'split':>8} {'seconds':>9} {'images/s':>9} {'images/s of each while it trains':>34}")
    for split in flags.splits.split(","):
        threads, workers = (int(part) for part in split.split("x"))
        seconds, images, rates = measure(flags, threads, workers)
        each = sum(rates) / len(rates)
        print(f"{split:>8} {seconds:9.1f} {images / seconds:9.0f} {each:34.0f}", flush=True)


def measure(flags, threads, workers):
    """Runs all trainings once.

    Returns:
      wall-clock seconds of all, start-up included; images trained on; images a second of each
      training by its own clock.
    """
    jobs = [_job(flags, number) for number in range(flags.jobs)]
    images = sum(_images(job) for job in jobs)
    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        results = LocalExecutor(workers).run(jobs, place, Resources(threads, 1.0), 0)
        seconds = time.perf_counter() - start
        failed = [result.error for result in results if result.status != DONE]
        if failed:
            raise SystemExit(failed[0])
        rates = [_images(job) / _training_seconds(job.path(place)) for job in jobs]
    return seconds, images, rates


def _job(flags, number):
    number += flags.model_num
    return study_job("deft_study_v1", number, str(flags.updates), gin_bindings=NOTHING_MORE)


def _images(job):
    lines = [
        *job.gin_bindings,
        *bindings_for_budget(job.gin_config_files, job.gin_bindings, job.budget),
    ]
    with gin_utils.configured(job.gin_config_files, lines):
        return gin_utils.query("budget.updates") * gin_utils.query("model.batch_size")


def _training_seconds(folder):
    aggregate = files.read_json(Path(folder) / "model/results/aggregate/train.json")
    return aggregate["train_results.elapsed_time"]


def _flags():
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--jobs", type=int, default=4)
    flags.add_argument("--updates", type=int, default=40)
    flags.add_argument("--model_num", type=int, default=0, help="first model of deft_study_v1")
    flags.add_argument("--splits", default="1x2,2x1")
    return flags.parse_args()


if __name__ == "__main__":
    main()
