"""A Ray cluster: the connection to it, and what its nodes have."""

import contextlib
import socket

import ray

from dlib.utils.errors import DlibError


@contextlib.contextmanager
def connected(address):
    """Connected to a cluster while the block runs; a connection that was there before stays.

    Raises:
      DlibError: if none answers at the address.
    """
    if ray.is_initialized():
        yield
        return
    _check_answers(address)
    try:
        ray.init(address=address, log_to_driver=False, include_dashboard=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise _no_cluster(address, error) from None
    try:
        yield
    finally:
        ray.shutdown()


def alive():
    """The nodes that are there, as Ray describes them."""
    return [node for node in ray.nodes() if node["Alive"]]


def asked(resources, custom):
    """A job's resources as options of a task of Ray."""
    options = {
        "num_cpus": resources.cpu_threads,
        "memory": int(resources.memory_gb * 2**30),
        "scheduling_strategy": "SPREAD",
        "max_retries": 0,  # the ledger counts, so that each job ends with its reason
    }
    if resources.gpu_fraction:
        options["num_gpus"] = resources.gpu_fraction
    if custom:
        options["resources"] = dict(custom)
    return options


def fitting(options):
    """Ids of the nodes that have what a task with these options asks for."""
    wanted = _wanted(options)
    return {node["NodeID"] for node in alive() if _has(node["Resources"], wanted)}


def lacking(options, refusals=()):
    """What no node has of what a task asks for, in words.

    Args:
      options: ``asked``.
      refusals: why nodes may not run it that have it.
    """
    nodes, wanted = alive(), _wanted(options)
    best = {n: max((node["Resources"].get(n, 0) for node in nodes), default=0) for n in wanted}
    told = ", ".join(
        f"{_amount(n, wanted[n])} (the most that one has is {_amount(n, best[n])})"
        for n in wanted
        if best[n] < wanted[n]
    )
    if not told and refusals:
        return f"none of {len(nodes)} nodes may run it ({'; '.join(refusals)})"
    return f"none of {len(nodes)} nodes has {told or 'all of it at once'}"


def _wanted(options):
    wanted = {
        "CPU": options["num_cpus"],
        "memory": options["memory"],
        **options.get("resources", {}),
    }
    return wanted | ({"GPU": options["num_gpus"]} if "num_gpus" in options else {})


def _has(resources, wanted):
    return all(resources.get(name, 0) >= amount for name, amount in wanted.items())


def _amount(name, amount):
    return f"{amount / 2**30:.3g} GiB of memory" if name == "memory" else f"{amount:g} {name}"


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
