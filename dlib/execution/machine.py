"""How much of this machine a process may use."""

import math
import os
from pathlib import Path

from dlib.utils import cores

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")


def available_memory_gb():
    """GiB that can still be had, or None where the system does not tell."""
    sizes = []
    if _MEMINFO.is_file():
        lines = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines())
        if "MemAvailable" in lines:
            sizes.append(int(lines["MemAvailable"].split()[0]) * 1024)
    limit, used = _words(_CGROUP / "memory.max"), _words(_CGROUP / "memory.current")
    if limit and used and limit[0].isdigit():
        sizes.append(max(0, int(limit[0]) - int(used[0])))
    return min(sizes) / 2**30 if sizes else None


def side_by_side(threads, memory_gb):
    """How many jobs of so many threads and so much memory run side by side; at least 1."""
    count = cores.cores() // threads
    memory = available_memory_gb()
    if memory is not None and memory_gb > 0:
        count = min(count, int(memory / memory_gb))
    return max(1, count)


def gpus():
    """Names of the GPUs that this process may use, as ``CUDA_VISIBLE_DEVICES`` names them."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip() not in ("", "-1")]
    import torch

    return [str(index) for index in range(torch.cuda.device_count())]


def gpu_seats(names, fraction):
    """``CUDA_VISIBLE_DEVICES`` of each job that may run at once when each takes a part of a GPU.

    Args:
      names: of the GPUs.
      fraction: of a GPU, > 0; more than 1 is rounded up to whole ones.

    Returns:
      a list; the first ones are on different GPUs.
    """
    if fraction <= 1:
        return list(names) * int(1 / fraction + 1e-9)
    count = math.ceil(fraction)
    starts = range(0, len(names) - count + 1, count)
    return [",".join(names[start : start + count]) for start in starts]


def _words(path):
    try:
        return path.read_text().split()
    except OSError:
        return []
