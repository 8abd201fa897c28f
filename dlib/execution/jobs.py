"""What executors have in common: jobs, what each may use, and what became of it.

A job is a training with all that follows it. Jobs are independent of each other, can be stopped at
any time, and go on from what lies in their folder.
"""

import dataclasses
from pathlib import Path
from typing import Protocol

WAITING, RUNNING, DONE, FAILED, STOPPED = "waiting", "running", "done", "failed", "stopped"


@dataclasses.dataclass(frozen=True)
class Job:
    """One training with its pipeline.

    Attributes:
      name: for people, such as "deft_study_v1/12".
      gin_config_files: names of configuration files, such as "deft_dsprites.gin"; names of shipped
        ones mean the same on every machine.
      gin_bindings: lines of gin.
      folder: where it writes, relative to the executor's place.
      budget: "smoke", "cpu", "paper", or a number of updates as text.
    """

    name: str
    gin_config_files: tuple[str, ...]
    gin_bindings: tuple[str, ...]
    folder: str
    budget: str = "paper"

    def __post_init__(self):
        object.__setattr__(self, "gin_config_files", tuple(self.gin_config_files))
        object.__setattr__(self, "gin_bindings", tuple(self.gin_bindings))
        object.__setattr__(self, "folder", str(self.folder))
        object.__setattr__(self, "budget", str(self.budget))

    def as_dict(self):
        """As plain values, for JSON; ``Job(**job.as_dict())`` is the job again."""
        return {**dataclasses.asdict(self), "gin_config_files": list(self.gin_config_files),
                "gin_bindings": list(self.gin_bindings)}  # fmt: skip

    def path(self, place):
        """Its folder at a place, a local one."""
        return Path(place) / self.folder


@dataclasses.dataclass(frozen=True)
class Resources:
    """What each job may use.

    Attributes:
      cpu_threads: threads of its computations.
      memory_gb: GiB of memory that it needs; limits how many jobs run side by side.
      gpu_fraction: part of a GPU, 0 for none.
    """

    cpu_threads: int = 1
    memory_gb: float = 2.0
    gpu_fraction: float = 0.0


@dataclasses.dataclass(frozen=True)
class JobResult:
    """What became of a job.

    Attributes:
      job: the job.
      status: "done", "failed", or "stopped" (it goes on when it is run again).
      error: one line if it failed, else "".
      seconds: wall clock, in this sitting.
    """

    job: Job
    status: str
    error: str = ""
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class JobProgress:
    """Where a job is.

    Attributes:
      job: the job.
      status: "waiting", "running", "done", "failed" or "stopped".
      step: updates done.
      total: updates of the training, or None if that is not known yet.
      images_per_second: of the training's last rows of log; 0 while nothing trains.
      error: one line if it failed.
    """

    job: Job
    status: str
    step: int = 0
    total: int | None = None
    images_per_second: float = 0.0
    error: str = ""


class Executor(Protocol):
    """Runs jobs somewhere."""

    def run(self, jobs, place, resources, retries, on_progress):
        """Runs jobs; those that are done already are not done again.

        Args:
          jobs: sequence of ``Job``.
          place: where folders of jobs lie: a local folder, or an address that the executor knows.
          resources: ``Resources`` of each job.
          retries: how often a job is started again whose process died; a job that ended with an
            error of its own is not.
          on_progress: called with a ``JobProgress`` whenever something changed, or None.

        Returns:
          list of ``JobResult``, in the order of ``jobs``. A job that fails stops no other.

        Raises:
          DlibError: if nothing can be run at all.
          KeyboardInterrupt: when interrupted, after all jobs were stopped so that they can go on.
        """
        ...
