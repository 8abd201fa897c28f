"""How fast and how large the data side is: opening, memory, batches, beside the reference's way.

    python benchmarks/data.py                      all sets below, one after the other
    python benchmarks/data.py dsprites_full shapes3d --folder /somewhere/large

Files of the official size and format are made in the folder first (dSprites npz 3.0 GB unpacked,
Shapes3D h5 and MPI3D npz 5.9 and 5.7 GB unpacked, both as caches too); their content is smooth and
meaningless, and a set that does not fit on the disk is left out. Every measure is a process of its
own. ``dsprites_drawn`` is ``dsprites_full`` without a file.

The reference's way (disentanglement_lib, see ``data_reference_way``): the whole array in memory, in
its dtype, and one observation after the other, drawn from factors.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import data_files
import data_reference_way as reference
import numpy as np

BATCH = 256
SECONDS = 3.0  # of reading batches
GB = 1e9


def main():
    """Parses flags; measures one thing in a child process, or everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SETS)}")
    parser.add_argument("--folder", type=Path, help="for files and caches; kept. Default: removed")
    parser.add_argument("--measure", choices=list(MEASURES), help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.measure:
        print(json.dumps(MEASURES[flags.measure](flags.names[0])))
        return
    unknown = set(flags.names) - set(SETS)
    if unknown:
        parser.error(f"unknown {sorted(unknown)}; there are {', '.join(SETS)}")
    if flags.folder:
        run(flags.names or list(SETS), flags.folder)
    else:
        with tempfile.TemporaryDirectory(prefix="dlib_benchmark_") as folder:
            run(flags.names or list(SETS), Path(folder))


def run(names, folder):
    """Measures the sets and prints one row each."""
    print(HEADER)
    for name in names:
        make, disk_bytes = SETS[name]
        data = folder / "data" / (make.__name__ if make else "none")
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < 1.1 * disk_bytes:
            print(f"{name:<16} | left out: needs {disk_bytes / GB:.1f} GB of disk")
            continue
        _make_once(make, data)
        cache = folder / "cache" / name
        shutil.rmtree(cache, ignore_errors=True)
        environment = {
            **os.environ,
            "DISENTANGLEMENT_LIB_DATA": str(data),
            "DLIB_CACHE": str(cache),
            "OMP_NUM_THREADS": "1",
        }
        first, later, theirs = (_child(measure, name, environment) for measure in MEASURES)
        print(_row(name, first, later, theirs), flush=True)
        if later.get("random_ms"):
            print(f"{'':<16} its random numbers alone: {later['random_ms']:.1f} ms a batch")
        shutil.rmtree(cache, ignore_errors=True)


def _make_once(make, data):
    """Makes a set's file; a folder has its name only when the file is whole."""
    if data.exists():
        return
    unfinished = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    if make:
        make(unfinished)
    unfinished.rename(data)


def _child(measure, name, environment):
    command = [sys.executable, __file__, name, "--measure", measure]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{measure} of {name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


HEADER = (
    "                 |        opening         |  memory, MB    |   batch of 256     |"
    " reference's way\n"
    "set              | first s  peak MB later s| private shared |     ms   images/s |"
    " opening s  memory MB  images/s"
)


def _row(name, first, later, theirs):
    told = (
        f"{theirs['seconds']:9.1f} {theirs['memory']:10.0f} {theirs['rate']:9.0f}"
        if "seconds" in theirs
        else f" {theirs['left_out']}"
    )
    return (
        f"{name:<16} | {first['seconds']:7.2f} {first['peak']:8.0f} {later['seconds']:7.3f}"
        f"| {later['private']:7.0f} {later['shared']:6.0f} "
        f"| {later['ms']:6.2f} {later['rate']:10.0f} |{told}"
    )


# --- measures, each in a process of its own ---------------------------------------------------


def measure_open(name):
    """First opening: seconds, and how far it raises the process's peak memory."""
    before, start = _memory("VmHWM"), time.perf_counter()
    _open(name)
    return {"seconds": time.perf_counter() - start, "peak": _memory("VmHWM") - before}


def measure_batches(name):
    """Later opening, shuffled batches, and the memory they have added."""
    import torch

    from dlib.data.ground_truth.loader import Loader
    from dlib.data.ground_truth.named_data import get_named_ground_truth_data

    torch.set_num_threads(1)
    get_named_ground_truth_data("identity")  # what any process imports
    private, shared, start = _memory("RssAnon"), _memory("RssFile"), time.perf_counter()
    data = _open(name)
    seconds = time.perf_counter() - start
    loader = Loader(data, BATCH, np.random.RandomState(0))
    loader.next_batch()
    per_batch = _repeat(loader.next_batch)
    result = {
        "seconds": seconds,
        "private": _memory("RssAnon") - private,
        "shared": _memory("RssFile") - shared,
        "ms": 1e3 * per_batch,
        "rate": BATCH / per_batch,
    }
    if name == "noisy_dsprites":
        random_state = np.random.RandomState(0)
        draw = _repeat(lambda: [random_state.random_sample((64, 64, 3)) for _ in range(BATCH)])
        result["random_ms"] = 1e3 * draw
    return result


def measure_reference(name):
    """The whole array in memory, one observation after the other."""
    if name not in reference.OPEN:
        return {"left_out": "none: not in the reference"}
    if reference.needed_bytes(name) > 0.9 * _available_bytes():
        return {"left_out": f"left out: needs {reference.needed_bytes(name) / GB:.0f} GB of memory"}
    before, start = _memory("RssAnon"), time.perf_counter()
    observe = reference.OPEN[name](Path(os.environ["DISENTANGLEMENT_LIB_DATA"]))
    seconds = time.perf_counter() - start
    random_state = np.random.RandomState(0)
    rate = BATCH / _repeat(lambda: np.stack([observe(random_state) for _ in range(BATCH)]))
    return {"seconds": seconds, "memory": _memory("RssAnon") - before, "rate": rate}


# In this order: the first opening fills the cache that the second measure opens.
MEASURES = {"open": measure_open, "batches": measure_batches, "reference": measure_reference}


def _repeat(function):
    """Seconds a call, over some seconds of calls."""
    start, calls = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        function()
        calls += 1
    return (time.perf_counter() - start) / calls


def _memory(field):
    """A field of this process's memory in MB (Linux); the peak elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for line in status.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _available_bytes():
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _open(name):
    if name == "image_folder":
        from dlib.data.ground_truth.image_folder import ImageFolder

        return ImageFolder("chairs3d/rendered_chairs")
    from dlib.data.ground_truth.named_data import get_named_ground_truth_data

    same = {"dsprites_drawn": "dsprites_full", "chairs3d_folder": "chairs3d"}
    return get_named_ground_truth_data(same.get(name, name))


# name -> what makes its file, bytes on disk for file and cache
SETS = {
    "dsprites_drawn": (None, 0.4e9),
    "dsprites_full": (data_files.dsprites_npz, 0.5e9),
    "dsprites_noshape": (data_files.dsprites_npz, 0.5e9),
    "color_dsprites": (data_files.dsprites_npz, 0.5e9),
    "noisy_dsprites": (data_files.dsprites_npz, 0.5e9),
    "scream_dsprites": (data_files.dsprites_npz, 0.5e9),
    "abstract_dsprites": (data_files.dsprites_npz, 0.5e9),
    "smallnorb": (data_files.norb_mat, 1.2e9),
    "cars3d": (data_files.cars_mat, 1.1e9),
    "shapes3d": (data_files.shapes3d_h5, 8e9),
    "mpi3d_toy": (data_files.mpi3d_npz, 8e9),
    "chairs3d": (data_files.chairs_tar, 3.5e9),
    "chairs3d_folder": (data_files.chairs_folder, 3.5e9),
    "image_folder": (data_files.chairs_folder, 4.0e9),
    "triangle_correlated": (None, 0.0),
    "translation": (None, 0.1e9),
}

if __name__ == "__main__":
    main()
