"""What an executor adds to its jobs, and where a study on many GPUs would meet its first limit.

    python benchmarks/scale_out.py measure [--jobs 40] [--seconds 0.5] [--workers 1 2 4]
    python benchmarks/scale_out.py simulate [--images_per_second 3000] [--mtbf_hours 200]

``measure`` runs jobs of a known length (a training of two updates and a sleep, so that workers do
not compete for the processor) on a Ray cluster of this machine, after a first round that has the
workers' processes started, and checks the model of ``scale_out_model`` against them. Printed for
each number of workers: makespan; overhead of a job, ``(workers makespan - sum of the jobs' own
seconds) / jobs``, where the own seconds are ``run_job``'s; efficiency, ``sum / (workers
makespan)``; the driver's processor time for each job; and the model's makespan, given one worker's
overhead as its start-up.

``simulate`` runs the model for two studies on 8, 64 and 512 GPUs with failing nodes. What it is
given is printed first. Lengths are not measured but assumed: updates times batch size over
``--images_per_second``, a job's speed on its share of a GPU. Bytes and files of a run were counted
in one of deft_dsprites.gin and one of the study ``test`` (nine metrics of two representations, as
in unsupervised_study_v1); they do not depend on the budget. Bytes of a checkpoint are estimated
from the weights. ``--dispatch`` is what ``measure`` prints as the driver's part of a job.
"""

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import scale_out_model as model

from dlib.execution.jobs import DONE, Job, Resources
from dlib.execution.place import Place

HERE = Path(__file__).resolve().parent
CONFIG = """
import scale_out_sleep
dataset.name = "dummy_data"
model.model = @vae()
vae.beta = 1.0
encoder.num_latent = 2
encoder.encoder_fn = @lite_encoder
decoder.decoder_fn = @standard_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.learning_rate = 0.001
model.batch_size = 2
model.training_steps = 2
model.eval_steps = 1
train.progress = False
train.callbacks = [@sleeping()]
"""
DATA_BYTES = 0.4e9  # dSprites, packed
GPUS = (8, 64, 512)


@dataclasses.dataclass(frozen=True)
class Study:
    """What a study asks of a cluster.

    Attributes:
      updates, batch_size: of a run.
      jobs: runs.
      result_bytes, result_files: of a run that is whole.
      checkpoint_bytes: weights and Adam's two moments, with what the stages before left.
    """

    updates: int
    batch_size: int
    jobs: int
    result_bytes: float
    result_files: int
    checkpoint_bytes: float


# Updates and batch size: the reference's; deft's the paper's on dSprites, which are the most.
STUDIES = {
    "deft_study_v1": Study(80640, 256, 1000, 30.2e6, 94, 10e6),
    "unsupervised_study_v1": Study(300000, 64, 12600, 18.9e6, 467, 6e6),
}


def main():
    """Runs the part that is asked for."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("part", choices=("measure", "simulate"))
    flags.add_argument("--jobs", type=int, default=40)
    flags.add_argument("--seconds", type=float, default=0.5)
    flags.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    flags.add_argument("--images_per_second", type=float, default=3000.0)
    flags.add_argument("--jobs_per_gpu", type=int, default=4)
    flags.add_argument("--scores_minutes", type=float, default=10.0)
    flags.add_argument("--mtbf_hours", type=float, default=200.0, help="of a node of 8 GPUs")
    flags.add_argument("--checkpoint_minutes", type=float, default=5.0)
    flags.add_argument("--dispatch", type=float, default=0.01, help="seconds of the driver a job")
    flags = flags.parse_args()
    measure(flags) if flags.part == "measure" else simulate(flags)


def measure(flags):
    """Prints the table of real runs beside the model's."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["PYTHONPATH"] = f"{HERE}:{os.environ.get('PYTHONPATH', '')}"  # of the workers
    print("workers  makespan  overhead/job  efficiency  driver/job  model's makespan")
    overhead = None
    for workers in flags.workers:
        makespan, seconds, driver = ray_run(workers, flags.jobs, flags.seconds)
        added = (workers * makespan - sum(seconds)) / len(seconds)
        overhead = added if overhead is None else overhead
        cluster = model.Cluster(workers, 1, 1, dispatch=0.0, startup=overhead)
        load = model.Load(tuple(seconds), 1e9, 0, 0, 0, 0)
        expected = model.Simulation(cluster, load).run().makespan
        efficiency = sum(seconds) / (workers * makespan)
        print(f"{workers:7d}  {makespan:6.1f} s  {added:10.3f} s  {efficiency:9.1%}  "
              f"{1000 * driver / flags.jobs:7.1f} ms  "
              f"{expected:6.1f} s ({expected / makespan - 1:+.1%})", flush=True)  # fmt: skip


def ray_run(workers, count, seconds):
    """Seconds of all jobs together, of each by itself, and of the driver's processor."""
    import ray

    from dlib.execution.ray import RayExecutor

    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False,
             object_store_memory=80 * 2**20)  # fmt: skip
    try:
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "sleep.gin"
            config.write_text(CONFIG)
            executor = RayExecutor(seconds=5.0)
            run(executor, config, f"{folder}/warm", 2 * workers, 0.0)
            start, driver = time.perf_counter(), time.process_time()
            run(executor, config, f"{folder}/study", count, seconds)
            makespan = time.perf_counter() - start
            driver = time.process_time() - driver
            manifests = Place(f"{folder}/study").manifests()
    finally:
        ray.shutdown()
    return makespan, [manifest["seconds"] for manifest in manifests.values()], driver


def run(executor, config, place, count, seconds):
    """Runs jobs of a length."""
    sys.path.insert(0, str(HERE))
    jobs = [
        Job(f"{i}", (str(config),), (f"model.random_seed = {i}", f"sleeping.seconds = {seconds}"),
            f"{i}") for i in range(count)
    ]  # fmt: skip
    results = executor.run(jobs, place, Resources(1, 0.25), 0, None)
    failed = [result.error for result in results if result.status != DONE]
    assert not failed, failed[0]


def simulate(flags):
    """Prints makespan, losses, traffic and the first limit of each study and size."""
    print(", ".join(f"{name} {value}" for name, value in vars(flags).items()
                    if name not in ("part", "jobs", "seconds", "workers")))  # fmt: skip
    for name, study in STUDIES.items():
        print(f"{name}: {study}")
    for name, study in STUDIES.items():
        hours = study.updates * study.batch_size / flags.images_per_second / 3600
        seconds = 3600 * hours + 60 * flags.scores_minutes
        # Requests of a result: whether it is there, the files, the commit, the notes.
        load = model.Load((seconds,) * study.jobs, 60 * flags.checkpoint_minutes,
                          study.result_bytes, study.result_files + 5, study.checkpoint_bytes,
                          DATA_BYTES)  # fmt: skip
        length = f"{study.jobs} jobs of {seconds / 3600:.2f} h"
        print(f"\n{name}: {length}, {flags.jobs_per_gpu} share a GPU")
        print("GPUs  makespan   efficiency  failures  lost work    traffic  storage  driver")
        for gpus in GPUS:
            report(cluster_of(flags, gpus), load)
        limits = model.ceilings(cluster_of(flags, GPUS[-1]), load)
        told = ", ".join(f"{part} {limit:,.0f}" for part, limit in
                         sorted(limits.items(), key=lambda item: item[1]))  # fmt: skip
        print(f"GPUs at which each part is at its limit: {told}")


def cluster_of(flags, gpus):
    """A cluster of nodes of 8 GPUs."""
    return model.Cluster(
        gpus, jobs_per_gpu=flags.jobs_per_gpu, dispatch=flags.dispatch, mtbf=3600 * flags.mtbf_hours
    )


def report(cluster, load):
    """Prints a row."""
    found = model.Simulation(cluster, load, np.random.RandomState(0)).run()
    hours = found.makespan / 3600
    lost = found.lost / found.work
    print(f"{cluster.gpus:4d}  {hours:8.1f} h  {found.efficiency:9.1%}  {found.failures:8d}  "
          f"{lost:8.3%}  {found.bytes / 1e9:7.0f} GB  {found.storage_busy / found.makespan:6.1%}  "
          f"{found.driver_busy / found.makespan:6.2%}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
