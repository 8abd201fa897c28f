"""How many CPU cores a process may use."""

import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cores():
    """CPU cores that this process may use: by affinity, and by the container's quota."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    quota = _QUOTA.read_text().split() if _QUOTA.is_file() else []
    if len(quota) == 2 and quota[0].isdigit():  # "200000 100000": microseconds of each 100 000
        count = min(count, max(1, round(int(quota[0]) / int(quota[1]))))
    return count


def threads():
    """Threads for a computation of ours: ``OMP_NUM_THREADS`` where it is set, else all cores.

    That is how jobs that run side by side are given their shares.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(wanted) if wanted.isascii() and wanted.isdigit() and int(wanted) else cores()
