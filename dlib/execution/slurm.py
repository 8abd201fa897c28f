"""Jobs on a Slurm cluster; extra ``dlib[slurm]``.

Jobs are tasks of job arrays, which submitit hands to Slurm. Slurm queues a job again that was
preempted or whose node failed, submitit one that comes to its time limit; both go on from the last
checkpoint in the place. The driver only watches: it may end, and be started again, while jobs wait
and run.
"""

import dataclasses
import pickle
import subprocess
import sys
import time
from pathlib import Path

import gin

from dlib.execution import slurm_commands, slurm_records
from dlib.execution.jobs import DONE, FAILED, STOPPED
from dlib.execution.ledger import Ledger
from dlib.execution.place import Place
from dlib.execution.remote_job import REFUSED
from dlib.execution.slurm_task import SlurmTask
from dlib.execution.stores import FolderStore
from dlib.utils.errors import DlibError

try:
    import submitit
except ImportError:
    raise DlibError("--executor=slurm needs the extra: pip install 'deft-dlib[slurm]'.") from None

_LOOKS = 3  # in a row that a job is over without a result before that is believed


@gin.configurable("slurm_executor")
@dataclasses.dataclass
class SlurmExecutor:
    """Runs jobs as tasks of Slurm arrays; see ``jobs.Executor``.

    Attributes:
      partition, account, qos, constraint: Slurm's own; None for the cluster's defaults.
      time_minutes: limit of a task; a job that needs longer is queued again until it is done.
      signal_seconds: before the limit that a job is told to save.
      array_parallelism: tasks of an array at work at once.
      array_size: tasks of an array (at most the cluster's MaxArraySize).
      shards_per_gpu: Slurm shards (gres/shard) of a GPU, where a job takes a fraction of one.
      setup: lines of shell before a task, such as "module load cuda".
      additional_parameters: further parameters of sbatch.
      folder: for submitit's files, on a disk that all nodes share; None for one in the place.
      storage_options: of the place's file system.
      seconds: between looks at Slurm and heartbeats of a job.
      scratch: folder for work on the nodes; None for their temporary folders.
      overwrite: whether to start all jobs anew.
    """

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    time_minutes: int = 240
    signal_seconds: int = 120
    array_parallelism: int = 256
    array_size: int = 1000
    shards_per_gpu: int | None = None
    setup: list | None = None
    additional_parameters: dict | None = None
    folder: str | None = None
    storage_options: dict | None = None
    seconds: float = 10.0
    scratch: str | None = None
    overwrite: bool = False

    def run(self, jobs, place, resources, retries=3, on_progress=None):
        """Runs jobs; see ``jobs.Executor``."""
        slurm_commands.check_cluster()
        place = Place(place, self.storage_options)
        place.check_writable()
        parameters = self._parameters(resources)
        folder = self._folder(place)
        if self.overwrite:  # before anything is removed: what is at work would write it again
            slurm_records.end_all(place, jobs)
        ledger = Ledger(jobs, place, resources, retries, on_progress, self.seconds, self.overwrite)
        try:
            _Study(self, ledger, parameters, folder).run()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "no longer watching; Slurm's jobs go on, and the same command watches them again."
            ) from None
        return ledger.results()

    def _folder(self, place):
        if self.folder is None and not isinstance(place.store, FolderStore):
            raise DlibError(
                "slurm_executor.folder is not set: for results in object storage, set it to a "
                "folder that all nodes share, for submitit's files."
            )
        return Path(self.folder or place.store.folder / ".dlib" / "submitit").absolute()

    def _parameters(self, resources):
        """Of sbatch, as submitit names them."""
        further = {"requeue": True, **(self.additional_parameters or {})}
        given = {
            "slurm_partition": self.partition,
            "slurm_account": self.account,
            "slurm_qos": self.qos,
            "slurm_constraint": self.constraint,
            "slurm_setup": self.setup,
            "slurm_gres": self._gres(resources.gpu_fraction),
        }
        return {
            "name": "dlib",
            "timeout_min": self.time_minutes,
            "cpus_per_task": resources.cpu_threads,
            "mem_gb": resources.memory_gb,
            "slurm_signal_delay_s": self.signal_seconds,
            "slurm_array_parallelism": self.array_parallelism,
            "slurm_additional_parameters": further,
            **{name: value for name, value in given.items() if value is not None},
        }

    def _gres(self, fraction):
        if not fraction:
            return None
        if fraction >= 1:
            return f"gpu:{round(fraction)}"
        if not self.shards_per_gpu:
            raise DlibError(
                f"{fraction:g} of a GPU needs Slurm's shards: set slurm_executor.shards_per_gpu as "
                f"the cluster has them (gres/shard), or ask for a whole GPU."
            )
        return f"shard:{max(1, round(fraction * self.shards_per_gpu))}"


class _Study:
    """Hands the open jobs of a ledger to Slurm and watches until each has an end."""

    def __init__(self, executor, ledger, parameters, folder):
        self.executor, self.ledger, self.place = executor, ledger, ledger.place
        self.parameters, self.folder = parameters, folder
        self.at_work = {}  # Slurm's id -> job
        self.refused = {}  # folder of a job -> {node: why}
        self.over_for = {}  # Slurm's id -> looks in a row
        self.told, self.known = set(), {}
        self._adopt()
        known = {job.folder for job in self.at_work.values()}
        self.waiting = [job for job in ledger.open_jobs() if job.folder not in known]

    def run(self):
        while self.waiting or self.at_work:
            self._submit()
            self.ledger.look()
            self._collect()
            if self.at_work:
                time.sleep(min(self.executor.seconds, 2.0))

    def _adopt(self):
        """Jobs that an earlier driver handed to Slurm and that are still there."""
        found = slurm_records.at_work(self.place, self.ledger.open_jobs())
        for slurm_id, (job, recorded) in found.items():
            if recorded == slurm_records.record(job, self.known):
                self.at_work[slurm_id] = job
            else:
                self.ledger.finish(
                    job,
                    FAILED,
                    f"{job.name}: Slurm's job {slurm_id} is at work at it with another "
                    f"configuration or budget: wait for it, scancel it, or give another place.",
                )

    def _submit(self):
        groups = {}
        for job in self.waiting:
            nodes = tuple(sorted(self.refused.get(job.folder, {})))
            groups.setdefault(nodes, []).append(job)
        self.waiting = []
        for nodes, jobs in groups.items():
            for start in range(0, len(jobs), self.executor.array_size):
                self._submit_array(jobs[start : start + self.executor.array_size], nodes)

    def _submit_array(self, jobs, without_nodes):
        options, scratch = self.executor.storage_options, self.executor.scratch
        tasks = {job: self.ledger.task(job, options, scratch) for job in jobs}
        tasks = {job: SlurmTask(task) for job, task in tasks.items() if task is not None}
        if not tasks:
            return
        slurm = submitit.AutoExecutor(self.folder, cluster="slurm", slurm_max_num_timeout=10**6)
        slurm.update_parameters(**self.parameters)
        if without_nodes:
            slurm.update_parameters(slurm_exclude=",".join(without_nodes))
        try:
            with slurm.batch():
                handles = [slurm.submit(task) for task in tasks.values()]
        except (subprocess.CalledProcessError, submitit.core.utils.FailedJobError) as error:
            for job in tasks:
                self.ledger.finish(job, FAILED, f"{job.name}: {self._refusal(job, error)}")
            return
        ids = {handle.job_id: job for handle, job in zip(handles, tasks, strict=True)}
        first = handles[0].job_id.partition("_")[0]
        records = {i: slurm_records.record(job, self.known) for i, job in ids.items()}
        slurm_records.keep(self.place, first, records)
        self.at_work |= ids

    def _refusal(self, job, error):
        said = [line for line in str(error).splitlines() if "error:" in line.lower()]
        return self._told(job, " ".join((said or str(error).splitlines()[-1:])[0].split()))

    def _told(self, job, said):
        why = "; ".join(self.refused.get(job.folder, {}).values())
        return f"no node of Slurm may run it ({why or said}): ask for less, or another partition."

    def _collect(self):
        states = slurm_commands.states(self.at_work)
        for slurm_id, job in list(self.at_work.items()):
            result = submitit.core.utils.JobPaths(self.folder, slurm_id).result_pickle
            if result.is_file() and states[slurm_id] in slurm_commands.OVER:
                self._forget(slurm_id)
                self._take(job, *pickle.loads(result.read_bytes()))
            elif states[slurm_id] in (*slurm_commands.OVER, slurm_commands.IMPOSSIBLE):
                self.over_for[slurm_id] = self.over_for.get(slurm_id, 0) + 1
                if self.over_for[slurm_id] >= _LOOKS:
                    self._forget(slurm_id)
                    if states[slurm_id] == slurm_commands.IMPOSSIBLE:
                        slurm_commands.cancel(slurm_id)
                    self._take_lost(job, states[slurm_id])
            else:
                self.over_for.pop(slurm_id, None)

    def _take(self, job, kind, value):
        if kind != "success":
            last = value.strip().splitlines()[-1]
            self._again(job, self.ledger.lost(job, last))
        elif value.status in (DONE, FAILED):
            self.ledger.finish(job, value.status, value.error, value.seconds)
        elif value.status == REFUSED:
            self.refused.setdefault(job.folder, {})[value.node_id] = value.error
            if value.error not in self.told:
                self.told.add(value.error)
                print(f"slurm: {value.error}", file=sys.stderr, flush=True)
            self._again(job, True)
        elif value.status == "killed":
            self._again(job, self.ledger.killed_for_memory(job))
        else:
            self._again(job, self.ledger.lost(job, value.error))

    def _take_lost(self, job, said):
        if self.place.manifest(job.folder) is not None:
            self.ledger.finish(job, DONE)
        elif said == "OUT_OF_MEMORY":
            self._again(job, self.ledger.killed_for_memory(job))
        elif said == slurm_commands.IMPOSSIBLE:
            why = "it asks for more threads, memory or minutes than the partition has"
            self.ledger.finish(job, FAILED, f"{job.name}: {self._told(job, why)}")
        elif said == "CANCELLED":
            self.ledger.finish(job, STOPPED, f"{job.name}: cancelled in Slurm.")
        else:
            self._again(job, self.ledger.lost(job, f"Slurm says {said}"))

    def _again(self, job, is_to_run):
        if is_to_run:
            self.waiting.append(job)

    def _forget(self, slurm_id):
        self.at_work.pop(slurm_id)
        self.over_for.pop(slurm_id, None)
