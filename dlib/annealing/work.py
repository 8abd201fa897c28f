"""Running the chunks of an annealing test: here, or in processes of one thread each.

A small network's update is too little work for several threads, and batched convolutions are slow
on CPUs; several processes with a thread each are the way to use all cores. A process gets the
configuration's text and then one chunk after another, by its standard input; when that closes, for
whatever reason, it ends. So nothing goes on working for a run that was killed.
"""

import collections
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import re
import subprocess
import sys
import threading
import time

from gin import config as gin_config

from dlib.annealing import chunks
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

_SECONDS_BETWEEN_LINES = 15.0


class Progress:
    """A line now and then about how far a chunk is."""

    def __init__(self, chunk, steps):
        last = chunk.first + chunk.count - 1
        self._name = f"{chunk.subject} {chunk.first}" + (f"-{last}" if last > chunk.first else "")
        self._steps, self._last = steps, time.monotonic()

    def __call__(self, networks, running, done):
        """Looks at the clock; arguments as ``run_tests`` has them."""
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            text = f"  {self._name}: {len(running)} running, update {max(done)} of {self._steps}"
            print(text, file=sys.stderr, flush=True)


def run_chunk(test, chunk, folder):
    """Runs the tests of a chunk and saves them."""
    chunks.save(test.run(chunk, Progress(chunk, test.schedule.steps)), chunk, folder)


def run_here(test, jobs, folder, say):
    """Runs chunks one after another in this process.

    Args:
      test: the variant, such as ``FactorTests``.
      jobs: chunks.
      folder: where they are saved.
      say: called with each chunk that is done.
    """
    for chunk in jobs:
        run_chunk(test, chunk, folder)
        say(chunk)


def is_known_elsewhere(config, data):
    """Whether another process finds all that a configuration names, by its text alone.

    What a script or a test registers by itself is known to this process only.

    Args:
      config: the text of the configuration in place.
      data: the data set that it names.
    """
    names = []
    for key, value in gin_utils.as_dict(config).items():
        names += [key.rsplit(".", 1)[0], *re.findall(r"@([\w./]+)", value)]
    found = [gin_config._REGISTRY.get_match(name.split("/")[-1]) for name in names]
    modules = {configurable.wrapped.__module__ for configurable in found if configurable}
    imported = set(re.findall(r"^import (\S+)", config, re.MULTILINE))
    return all(
        module.split(".")[0] in ("dlib", "gin", "torch") or module in imported
        for module in modules | {type(data).__module__}
    )


def run_in_processes(count, setup, jobs, say):
    """Runs chunks in ``count`` processes.

    Args:
      count: processes.
      setup: ``{"config": text, "variant", "random_seed", "factors", "folder"}``.
      jobs, say: as in ``run_here``; ``say`` is called by one thread at a time.

    Raises:
      DlibError: what a process says, or that it ended without a word.
    """
    waiting, lock = collections.deque(jobs), threading.Lock()
    workers = []

    def serve(worker):
        while True:
            try:
                chunk = waiting.popleft()
            except IndexError:
                return
            worker.run(chunk)
            with lock:
                say(chunk)

    try:
        workers += [_Worker(setup) for _ in range(min(count, len(jobs)))]
        with concurrent.futures.ThreadPoolExecutor(len(workers)) as pool:
            try:
                for served in concurrent.futures.as_completed(
                    [pool.submit(serve, worker) for worker in workers]
                ):
                    served.result()
            except BaseException:
                waiting.clear()
                for worker in workers:
                    worker.kill()  # what its thread waits for ends
                raise
    finally:
        for worker in workers:
            worker.kill()


class _Worker:
    """A process that runs chunks."""

    def __init__(self, setup):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dlib.annealing.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        )  # fmt: skip
        self._send(setup)

    def run(self, chunk):
        """Has a chunk run; returns when it is saved."""
        self._send(dataclasses.asdict(chunk))
        line = self._process.stdout.readline()
        if not line:
            raise self._ended()
        answer = json.loads(line)
        if "error" in answer:
            raise DlibError(answer["error"])

    def _send(self, value):
        try:
            self._process.stdin.write(json.dumps(value) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def _ended(self):
        status = self._process.wait()
        return DlibError(
            f"a process of the annealing test ended with status {status} (-9 is the system's, for "
            f"want of memory): what is done is kept; try a smaller annealing.processes."
        )

    def kill(self):
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            # Something for the dead process may still be in it.
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
