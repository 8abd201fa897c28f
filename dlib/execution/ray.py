"""Jobs on a Ray cluster; extra ``dlib[ray]``.

Ray chooses the node: each job is a task that asks for CPUs, memory and a fraction of a GPU, so that
several small models share one. A job that is lost with its process or its node is handed to Ray
again, which finds another node, where it goes on from its last checkpoint in the place.
"""

import contextlib
import dataclasses
import re
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

from dlib.execution import ray_cluster

_SECONDS_TO_BE_SEEN = 60.0  # a task that was begun shows by then


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
        with contextlib.ExitStack() as stack:
            if self.overwrite:  # a cluster that does not answer must not cost the results
                stack.enter_context(ray_cluster.connected(self.address))
            ledger = Ledger(
                jobs, place, resources, retries, on_progress, self.seconds, self.overwrite
            )
            if ledger.open_jobs():
                stack.enter_context(ray_cluster.connected(self.address))
                _Study(self, ledger, resources).run()
        return ledger.results()


class _Study:
    """Hands the open jobs of a ledger to Ray until each has an end."""

    def __init__(self, executor, ledger, resources):
        self.executor, self.ledger = executor, ledger
        self.asked = ray_cluster.asked(resources, executor.custom_resources)
        self.waiting = ledger.open_jobs()[::-1]
        self.at_work = {}  # task -> job
        self.refusals = {}  # folder of a job -> {node's id: why}
        self.told = set()
        self.without_node_since = None
        self.stuck_since = None

    def run(self):
        try:
            while self.waiting or self.at_work:
                self._submit()
                self._collect()
                self.ledger.look()
                self._give_up_what_is_stuck()
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
        nodes = ray_cluster.fitting(self.asked)
        if nodes or self.at_work:
            self.without_node_since = None
            return nodes
        now = time.monotonic()
        self.without_node_since = self.without_node_since or now
        if now - self.without_node_since >= self.executor.patience:
            while self.waiting:
                self._give_up(self.waiting.pop())
        time.sleep(min(1.0, self.executor.patience))
        return set()

    def _give_up_what_is_stuck(self):
        """Tasks that Ray keeps for a node that may never come: the last one that fitted is gone."""
        nodes = ray_cluster.fitting(self.asked)
        stuck = [
            task for task, job in self.at_work.items()
            if nodes <= self.refusals.get(job.folder, {}).keys() and not self.ledger.is_running(job)
        ]  # fmt: skip
        now = time.monotonic()
        self.stuck_since = (self.stuck_since or now) if stuck else None
        if stuck and now - self.stuck_since >= max(self.executor.patience, _SECONDS_TO_BE_SEEN):
            for task in stuck:
                ray.cancel(task, force=True)
                self._give_up(self.at_work.pop(task))

    def _give_up(self, job):
        refusals = sorted(set(self.refusals.get(job.folder, {}).values()))
        why = ray_cluster.lacking(self.asked, refusals)
        self.ledger.finish(job, FAILED, f"{job.name}: {why}: ask for less, or add a node.")

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
        except ray.exceptions.RayTaskError as error:  # it did not come as far as our own code
            self._refuse(job, error)
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

    def _refuse(self, job, error):
        """Takes a node out for a job that it could not begin: it may have no dlib, or another."""
        address = _address(error)
        nodes = [n["NodeID"] for n in ray_cluster.alive() if n["NodeManagerAddress"] == address]
        why = f"node {address} cannot begin it ({_cause(error)}): install what the driver has."
        if not nodes:  # it is gone by now, or not told
            if self.ledger.lost(job, why):
                self.waiting.append(job)
            return
        self.refusals.setdefault(job.folder, {}).update(dict.fromkeys(nodes, why))
        self._tell(why)
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


def _not_on(refusals):
    if not refusals:
        return {}
    return {"label_selector": {"ray.io/node-id": f"!in({','.join(sorted(refusals))})"}}


def _address(error):
    """Of the node where a task's error was; Ray tells it in the text alone for some errors."""
    told = re.search(r"\bip=([^\s,)]+)", str(error))
    return getattr(error, "ip", None) or (told[1] if told else "unknown")


def _cause(error):
    """The last line of what a task's error was."""
    lines = [line.strip() for line in str(error.cause or error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__


def _why(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
