"""Jobs on a Ray cluster; extra ``dlib[ray]``.

Ray chooses the node: each job is a task that asks for CPUs, memory and a fraction of a GPU, so that
several small models share one. A job that is lost with its process or its node is handed to Ray
again, which finds another node, where it goes on from its last checkpoint in the place.
"""

import dataclasses
import socket
import sys
import time

import gin

from dlib.execution.jobs import DONE, FAILED, STOPPED
from dlib.execution.ledger import Ledger
from dlib.execution.place import Place
from dlib.execution.remote_job import REFUSED, Outcome, run_task
from dlib.utils.errors import DlibError

try:
    import ray
except ImportError:
    raise DlibError("--executor=ray needs the extra: pip install 'deft-dlib[ray]'.") from None


@gin.configurable("ray_executor")
@dataclasses.dataclass
class RayExecutor:
    """Runs jobs as tasks of a Ray cluster; see ``jobs.Executor``.

    Attributes:
      address: of the cluster: "auto" for the one that this machine belongs to, "host:port", or
        "local" for one that is started for this study alone.
      storage_options: of the place's file system.
      seconds: between heartbeats of a job, and between looks for a new checkpoint to bring.
      scratch: folder for work on the nodes; None for their temporary folders.
      custom_resources: further resources of the cluster's own that each job takes.
      in_flight: tasks handed to Ray at once.
      patience: seconds to wait for a node that has what a job asks for.
      overwrite: whether to start all jobs anew.
    """

    address: str = "auto"
    storage_options: dict | None = None
    seconds: float = 10.0
    scratch: str | None = None
    custom_resources: dict | None = None
    in_flight: int = 1000
    patience: float = 60.0
    overwrite: bool = False

    def run(self, jobs, place, resources, retries=3, on_progress=None):
        """Runs jobs; see ``jobs.Executor``."""
        place = Place(place, self.storage_options)
        place.check_writable()
        ledger = Ledger(jobs, place, resources, retries, on_progress, self.seconds, self.overwrite)
        if ledger.open_jobs():
            is_ours = self._connect()
            try:
                _Study(self, ledger, resources).run()
            finally:
                if is_ours:
                    ray.shutdown()
        return ledger.results()

    def _connect(self):
        """Whether this call made the connection."""
        if ray.is_initialized():
            return False
        _check_answers(self.address)
        try:
            ray.init(address=self.address, log_to_driver=False, include_dashboard=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise _no_cluster(self.address, error) from None
        return True


class _Study:
    """Hands the open jobs of a ledger to Ray until each has an end."""

    def __init__(self, executor, ledger, resources):
        self.executor, self.ledger = executor, ledger
        self.asked = _asked(resources, executor.custom_resources)
        self.waiting = ledger.open_jobs()[::-1]
        self.at_work = {}  # task -> job
        self.refusals = {}  # folder of a job -> {node's id: why}
        self.told = set()
        self.without_node_since = None

    def run(self):
        try:
            while self.waiting or self.at_work:
                self._submit()
                self._collect()
                self.ledger.look()
        except KeyboardInterrupt:
            self._stop()
            raise

    def _submit(self):
        if not self.waiting or len(self.at_work) >= self.executor.in_flight:
            return
        nodes = self._nodes()
        if not nodes:
            return
        while self.waiting and len(self.at_work) < self.executor.in_flight:
            job = self.waiting.pop()
            refusals = self.refusals.get(job.folder, {})
            if nodes <= refusals.keys():
                why = "; ".join(sorted(set(refusals.values())))
                self.ledger.finish(job, FAILED, f"no node may run {job.name}: {why}")
                continue
            task = self.ledger.task(job, self.executor.storage_options, self.executor.scratch)
            if task is not None:
                remote = ray.remote(_on_node).options(**self.asked, **_not_on(refusals))
                self.at_work[remote.remote(task)] = job

    def _nodes(self):
        """Ids of the nodes that have what a job asks for; waits for one, then gives up."""
        alive = [node for node in ray.nodes() if node["Alive"]]
        wanted = _wanted(self.asked)
        nodes = {n["NodeID"] for n in alive if _has(n["Resources"], wanted)}
        if nodes or self.at_work:
            self.without_node_since = None
            return nodes
        now = time.monotonic()
        self.without_node_since = self.without_node_since or now
        if now - self.without_node_since >= self.executor.patience:
            best = {n: max((a["Resources"].get(n, 0) for a in alive), default=0) for n in wanted}
            lacking = ", ".join(f"{_amount(n, wanted[n])} (the most that one has is "
                                f"{_amount(n, best[n])})" for n in wanted
                                if best[n] < wanted[n]) or "all of it at once"  # fmt: skip
            while self.waiting:
                job = self.waiting.pop()
                line = f"{job.name}: none of {len(alive)} nodes has {lacking}: ask for less, or add"
                self.ledger.finish(job, FAILED, f"{line} a node.")
        time.sleep(min(1.0, self.executor.patience))
        return set()

    def _collect(self):
        if not self.at_work:
            return
        tasks = list(self.at_work)
        ready, _ = ray.wait(tasks, num_returns=1, timeout=1.0)
        if ready:
            ready, _ = ray.wait(tasks, num_returns=len(tasks), timeout=0)
        for task in ready:
            self._end(self.at_work.pop(task), task)

    def _end(self, job, task):
        try:
            outcome = ray.get(task)
        except ray.exceptions.OutOfMemoryError:
            if self.ledger.killed_for_memory(job):
                self.waiting.append(job)
        except ray.exceptions.RayError as error:  # the process or the node is gone
            if self.ledger.lost(job, _why(error)):
                self.waiting.append(job)
        else:
            if outcome.status in (DONE, FAILED):
                self.ledger.finish(job, outcome.status, outcome.error, outcome.seconds)
            elif outcome.status == REFUSED:
                self.refusals.setdefault(job.folder, {})[outcome.node_id] = outcome.error
                self._tell(outcome.error)
                self.waiting.append(job)
            elif self.ledger.lost(job, outcome.error):  # stopped, but not by this driver
                self.waiting.append(job)

    def _tell(self, line):
        if line not in self.told:
            self.told.add(line)
            print(f"ray: {line}", file=sys.stderr, flush=True)

    def _stop(self):
        """Has all tasks save what they have, for a minute at most."""
        for task in self.at_work:
            ray.cancel(task, force=False)
        ray.wait(list(self.at_work), num_returns=len(self.at_work), timeout=60)


def _on_node(task):
    """What Ray runs on a node."""
    try:
        outcome = run_task(task)
    except KeyboardInterrupt as error:  # the driver cancelled it, or the node is being drained
        return Outcome(STOPPED, str(error))
    return dataclasses.replace(outcome, node_id=ray.get_runtime_context().get_node_id())


def _asked(resources, custom):
    asked = {
        "num_cpus": resources.cpu_threads,
        "memory": int(resources.memory_gb * 2**30),
        "scheduling_strategy": "SPREAD",
        "max_retries": 0,  # the ledger counts, so that each job ends with its reason
    }
    if resources.gpu_fraction:
        asked["num_gpus"] = resources.gpu_fraction
    if custom:
        asked["resources"] = dict(custom)
    return asked


def _wanted(asked):
    wanted = {"CPU": asked["num_cpus"], "memory": asked["memory"], **asked.get("resources", {})}
    return wanted | ({"GPU": asked["num_gpus"]} if "num_gpus" in asked else {})


def _has(resources, wanted):
    return all(resources.get(name, 0) >= amount for name, amount in wanted.items())


def _amount(name, amount):
    return f"{amount / 2**30:.3g} GiB of memory" if name == "memory" else f"{amount:g} {name}"


def _not_on(refusals):
    if not refusals:
        return {}
    return {"label_selector": {"ray.io/node-id": f"!in({','.join(sorted(refusals))})"}}


def _why(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _check_answers(address):
    """Asks the address itself first: Ray would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except OSError as error:
        raise _no_cluster(address, error) from None


def _no_cluster(address, error):
    reason = " ".join(str(error).split())[:200]
    return DlibError(
        f"no Ray cluster answers at {address!r} ({reason}): start one with 'ray start --head', or "
        f"set ray_executor.address."
    )
