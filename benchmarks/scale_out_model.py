"""A model of a study on a cluster: discrete events, no clock but its own.

What is in it
    Jobs wait in one queue. The driver hands them out one after another, ``dispatch`` seconds each.
    A node has ``gpus_per_node`` GPUs, each with ``jobs_per_gpu`` places. A place runs one job at a
    time: start-up, then its training and scores (``seconds``), then its results go to storage, and
    only then the place is free.
    Storage serves one transfer after another, each for ``bytes / bandwidth + requests / rate``
    seconds: results at the end, a checkpoint every ``checkpoint_every`` seconds, the data set once
    a node. Checkpoints do not hold a job up; results and data sets do. Heartbeats take their share
    of the request rate throughout, which leaves less for the rest.
    Nodes fail independently after exponential times of mean ``mtbf`` and are back after ``repair``
    seconds. A job that was on one waits again and goes on from the last checkpoint that storage
    had whole when the node failed; what came after is lost work.

What is not
    No other users, no network between node and storage, no stragglers, no driver failure (its
    state is in storage; a new one costs one listing), no slow-down of jobs that share a GPU beyond
    what ``seconds`` says.
"""

import dataclasses
import heapq
import itertools
import math
from collections import deque

import numpy as np


@dataclasses.dataclass(frozen=True)
class Cluster:
    """What runs the jobs; seconds, bytes and bytes a second."""

    gpus: int
    gpus_per_node: int = 8
    jobs_per_gpu: int = 1
    dispatch: float = 0.01
    startup: float = 5.0
    mtbf: float = math.inf
    repair: float = 600.0
    bandwidth: float = 1e9
    request_rate: float = 3000.0
    heartbeat_every: float = 10.0
    requests_per_heartbeat: float = 2.0

    @property
    def places(self):
        """Jobs at work at once."""
        return self.gpus * self.jobs_per_gpu


@dataclasses.dataclass(frozen=True)
class Load:
    """What a study asks for.

    Attributes:
      seconds: of each job, without start-up.
      checkpoint_every: seconds between checkpoints.
      result_bytes, result_requests: brought at a job's end.
      checkpoint_bytes: brought at each checkpoint.
      data_bytes: read once a node.
    """

    seconds: tuple
    checkpoint_every: float
    result_bytes: float
    result_requests: float
    checkpoint_bytes: float
    data_bytes: float


@dataclasses.dataclass
class Found:
    """What the simulation found; times in seconds."""

    makespan: float = 0.0
    lost: float = 0.0
    failures: int = 0
    bytes: float = 0.0
    driver_busy: float = 0.0
    storage_busy: float = 0.0
    done: int = 0
    work: float = 0.0
    places: int = 0

    @property
    def efficiency(self):
        """Part of the places' time that went into work which counts."""
        return self.work / (self.places * self.makespan)


class _Job:
    def __init__(self, seconds):
        self.left = seconds  # of work after the last checkpoint
        self.started = 0.0
        self.saved = deque()  # (time that storage has it whole, work done since the start)


class Simulation:
    """One study on one cluster; ``run`` gives what was ``Found``."""

    def __init__(self, cluster, load, random_state=None):
        self.cluster, self.load = cluster, load
        self.random_state = random_state or np.random.RandomState(0)
        self.now, self._events, self._count = 0.0, [], itertools.count()
        self.waiting = deque(_Job(seconds) for seconds in load.seconds)
        num_nodes = math.ceil(cluster.gpus / cluster.gpus_per_node)
        self.free = deque()
        self.running = [set() for _ in range(num_nodes)]
        self.epoch = [0] * num_nodes  # of a node, so that events of its earlier life are void
        self.has_data = [0.0] * num_nodes
        self.found = Found(work=float(sum(load.seconds)), places=cluster.places)
        self._driver_free = self._storage_free = 0.0
        beats = cluster.places * cluster.requests_per_heartbeat / cluster.heartbeat_every
        self.rate_left = max(cluster.request_rate - beats, 1e-9)
        for place in range(cluster.places):
            self.free.append(place // (cluster.gpus_per_node * cluster.jobs_per_gpu))
        for node in range(num_nodes):
            self._plan_failure(node)

    def run(self):
        """Runs until the last job is done."""
        while self.found.done < len(self.load.seconds):
            self._hand_out()
            self.now, _, action, arguments = heapq.heappop(self._events)
            action(*arguments)
        self.found.makespan = self.now
        return self.found

    def _at(self, time, action, *arguments):
        heapq.heappush(self._events, (time, next(self._count), action, arguments))

    def _hand_out(self):
        while self.waiting and self.free:
            node, job = self.free.popleft(), self.waiting.popleft()
            start = max(self.now, self._driver_free)
            self._driver_free = start + self.cluster.dispatch
            self.found.driver_busy += self.cluster.dispatch
            self.running[node].add(job)
            job.started, job.saved = math.inf, deque()
            self._at(self._driver_free, self._load_data, node, job, self.epoch[node])

    def _load_data(self, node, job, epoch):
        if epoch != self.epoch[node]:
            return
        if not self.has_data[node]:
            self.has_data[node] = self._transfer(self.load.data_bytes, 1)
        start = max(self.now, self.has_data[node]) + self.cluster.startup
        self._at(start, self._begin, node, job, epoch)

    def _begin(self, node, job, epoch):
        if epoch != self.epoch[node]:
            return
        job.started = self.now
        self._at(self.now + job.left, self._end, node, job, epoch)
        if job.left > self.load.checkpoint_every:
            self._at(self.now + self.load.checkpoint_every, self._save, node, job, epoch)

    def _save(self, node, job, epoch):
        if epoch != self.epoch[node] or job not in self.running[node]:
            return
        work = self.now - job.started
        job.saved.append((self._transfer(self.load.checkpoint_bytes, 3), work))
        if work + self.load.checkpoint_every < job.left:
            self._at(self.now + self.load.checkpoint_every, self._save, node, job, epoch)

    def _end(self, node, job, epoch):
        if epoch != self.epoch[node]:
            return
        end = self._transfer(self.load.result_bytes, self.load.result_requests)
        self._at(end, self._publish, node, job, epoch)

    def _publish(self, node, job, epoch):
        if epoch != self.epoch[node]:
            return
        self.running[node].discard(job)
        self.free.append(node)
        self.found.done += 1

    def _transfer(self, size, requests):
        seconds = size / self.cluster.bandwidth + requests / self.rate_left
        self._storage_free = max(self.now, self._storage_free) + seconds
        self.found.storage_busy += seconds
        self.found.bytes += size
        return self._storage_free

    def _plan_failure(self, node):
        if math.isfinite(self.cluster.mtbf):
            after = self.random_state.exponential(self.cluster.mtbf)
            self._at(self.now + after, self._fail, node)

    def _fail(self, node):
        self.found.failures += 1
        self.epoch[node] += 1
        self.free = deque(other for other in self.free if other != node)
        for job in self.running[node]:
            kept = max((work for end, work in job.saved if end <= self.now), default=0.0)
            if math.isfinite(job.started):
                self.found.lost += min(self.now - job.started, job.left) - kept
            job.left -= kept
            self.waiting.appendleft(job)
        self.running[node] = set()
        self.has_data[node] = 0.0
        self._at(self.now + self.cluster.repair, self._return, node)

    def _return(self, node):
        per_node = self.cluster.gpus_per_node * self.cluster.jobs_per_gpu
        first = node * per_node
        self.free.extend([node] * (min(first + per_node, self.cluster.places) - first))
        self._plan_failure(node)


def ceilings(cluster, load):
    """GPUs at which each shared part would be busy all the time: the smallest is the bottleneck.

    Returns:
      ``{part: GPUs}``.
    """
    seconds = float(np.mean(load.seconds))
    slot = seconds + cluster.startup
    checkpoints = max(0, math.ceil(seconds / load.checkpoint_every) - 1)
    size = load.result_bytes + checkpoints * load.checkpoint_bytes
    requests = load.result_requests + 3 * checkpoints
    beats = cluster.requests_per_heartbeat / cluster.heartbeat_every
    return {
        "the driver's dispatch": slot / cluster.dispatch / cluster.jobs_per_gpu,
        "storage bandwidth": slot * cluster.bandwidth / size / cluster.jobs_per_gpu,
        "storage requests": cluster.request_rate / (requests / slot + beats) / cluster.jobs_per_gpu,
        "the number of jobs": len(load.seconds) / cluster.jobs_per_gpu,
    }
