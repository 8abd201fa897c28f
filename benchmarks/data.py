"""How fast and how large the data side is: opening, memory, batches, beside the reference's way.

    python benchmarks/data.py                      all sets below, one after the other
    python benchmarks/data.py dsprites_full shapes3d --folder /somewhere/large

Files of the official size and format are made in the folder first (dSprites npz 3.0 GB unpacked,
Shapes3D h5 and MPI3D npz 5.9 and 5.7 GB unpacked, both as caches too); their content is smooth and
meaningless, and a set that does not fit on the disk is left out. Every measure is a process of its
own. ``dsprites_drawn`` is ``dsprites_full`` without a file.

The reference's way (disentanglement_lib): the whole array in memory, in its dtype, and one
observation after the other, drawn from factors.
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
        make, disk_bytes, _ = SETS[name]
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
        first, later, reference = (
            _child(measure, name, environment) for measure in ("open", "batches", "reference")
        )
        print(_row(name, first, later, reference), flush=True)
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


def _row(name, first, later, reference):
    told = (
        f"{reference['seconds']:9.1f} {reference['memory']:10.0f} {reference['rate']:9.0f}"
        if "seconds" in reference
        else f" {reference['left_out']}"
    )
    return (
        f"{name:<16} | {first['seconds']:7.2f} {first['peak']:8.0f} {later['seconds']:7.3f}"
        f"| {later['private']:7.0f} {later['shared']:6.0f} "
        f"| {later['ms']:6.2f} {later['rate']:10.0f} |{told}"
    )


# --- measures, each in a process of its own ---------------------------------------------------


def measure_open(name):
    """First opening: seconds, and how far it raises the process's peak memory."""
    from dlib.data.ground_truth.named_data import get_named_ground_truth_data

    before, start = _memory("VmHWM"), time.perf_counter()
    get_named_ground_truth_data(_set_name(name))
    return {"seconds": time.perf_counter() - start, "peak": _memory("VmHWM") - before}


def measure_batches(name):
    """Later opening, shuffled batches, and the memory they have added."""
    import torch

    from dlib.data.ground_truth.loader import Loader
    from dlib.data.ground_truth.named_data import get_named_ground_truth_data

    torch.set_num_threads(1)
    get_named_ground_truth_data("identity")  # what any process imports
    private, shared, start = _memory("RssAnon"), _memory("RssFile"), time.perf_counter()
    data = get_named_ground_truth_data(_set_name(name))
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
    load = SETS[name][2]
    if load is None:
        return {"left_out": "not measured"}
    root = Path(os.environ["DISENTANGLEMENT_LIB_DATA"])
    needed = REFERENCE_BYTES[load.__name__]
    if needed > 0.9 * _available_bytes():
        return {"left_out": f"needs {needed / GB:.0f} GB of memory"}
    before, start = _memory("RssAnon"), time.perf_counter()
    images, sizes, observe = load(root)
    seconds = time.perf_counter() - start
    random_state = np.random.RandomState(0)
    bases = np.prod(sizes) / np.cumprod(sizes)

    def batch():
        observations = []
        for _ in range(BATCH):
            factors = np.array([[random_state.randint(size, size=1)[0] for size in sizes]])
            index = np.array(np.dot(factors, bases), dtype=np.int64)
            observations.append(observe(images[index])[0])
        return np.stack(observations)

    rate = BATCH / _repeat(batch)
    return {"seconds": seconds, "memory": _memory("RssAnon") - before, "rate": rate}


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


def _set_name(name):
    return "dsprites_full" if name == "dsprites_drawn" else name


# --- files of the official size and format ------------------------------------------------------


def dsprites_npz(root):
    """imgs uint8 [737280, 64, 64], latents_classes int64 [737280, 6], compressed."""
    from dlib.data.ground_truth.dsprites_render import FACTOR_SIZES, draw_sprite

    folder = root / "dsprites"
    folder.mkdir()
    path = folder / "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"
    sprites = (
        np.unpackbits(draw_sprite(*sprite).reshape(1024, 64).view(np.uint8), axis=1)
        for sprite in np.indices(FACTOR_SIZES[1:4]).reshape(3, -1).T
    )
    classes = np.indices(FACTOR_SIZES).reshape(6, -1).T
    _write_npz(path, "w", "imgs", (737280, 64, 64), sprites)
    _write_npz(path, "a", "latents_classes", classes.shape, [classes])


def shapes3d_h5(root):
    """images uint8 [480000, 64, 64, 3], labels float64 [480000, 6], gzip."""
    import h5py

    (root / "3dshapes").mkdir()
    sizes = (10, 10, 10, 8, 4, 15)
    with h5py.File(root / "3dshapes" / "3dshapes.h5", "w") as file:
        file["labels"] = np.indices(sizes).reshape(6, -1).T / np.array(sizes)
        images = file.create_dataset(
            "images", (480000, 64, 64, 3), np.uint8, chunks=(64, 64, 64, 3), compression=1
        )
        for start, block in _smooth_blocks(480000):
            images[start : start + len(block)] = block


def mpi3d_npz(root):
    """images uint8 [460800, 64, 64, 3], compressed."""
    (root / "mpi3d_toy").mkdir()
    blocks = (block for _, block in _smooth_blocks(460800))
    _write_npz(root / "mpi3d_toy" / "mpi3d_toy.npz", "w", "images", (460800, 64, 64, 3), blocks)


def norb_mat(root):
    """Both chunks: dat uint8 [24300, 2, 96, 96], cat int32 [24300], info int32 [24300, 4]."""
    (root / "small_norb").mkdir()
    rows = np.indices((5, 5, 9, 18, 6)).reshape(5, -1).T.astype(np.int32)
    for chunk, first in (
        ("5x46789x9x18x6x2x96x96-training", 0),
        ("5x01235x9x18x6x2x96x96-testing", 5),
    ):
        info = rows[:, 1:] * np.array([1, 1, 2, 1], np.int32) + np.array([first, 0, 0, 0], np.int32)
        images = np.random.RandomState(first).randint(256, size=(300, 2, 96, 96)).astype(np.uint8)
        for part, values, repeats in (
            ("cat", rows[:, 0], 1),
            ("info", info, 1),
            ("dat", images, 81),
        ):
            with open(root / "small_norb" / f"smallnorb-{chunk}-{part}.mat", "wb") as file:
                shape = (len(values) * repeats, *values.shape[1:])
                magic = 0x1E3D4C55 if values.dtype == np.uint8 else 0x1E3D4C54
                sizes = (*shape, *(1,) * (3 - len(shape)))
                np.array([magic, len(shape), *sizes], "<i4").tofile(file)
                for _ in range(repeats):
                    file.write(np.ascontiguousarray(values).tobytes())


def cars_mat(root):
    """183 files with im uint8 [128, 128, 3, 24, 4]."""
    from scipy.io import savemat

    (root / "cars").mkdir()
    views = np.random.RandomState(0).randint(256, size=(128, 128, 3, 24, 4)).astype(np.uint8)
    for number in range(183):
        savemat(root / "cars" / f"car_{number:03d}_mesh.mat", {"im": views})


def _smooth_blocks(num_images):
    """Colour gradients with a little grain, so that they pack about as well as renderings."""
    rows, columns = np.mgrid[:64, :64].astype(np.float32) / 64
    random_state = np.random.RandomState(0)
    grain = random_state.randint(2, size=(64, 64, 3)).astype(np.uint8)
    for start in range(0, num_images, 1024):
        slopes = random_state.uniform(0, 80, size=(3, min(1024, num_images - start), 1, 1, 3))
        block = slopes[0] + slopes[1] * rows[..., None] + slopes[2] * columns[..., None]
        yield start, block.astype(np.uint8) + grain


def _write_npz(path, mode, key, shape, blocks):
    """One array of an npz, compressed, written block by block."""
    import zipfile

    with (
        zipfile.ZipFile(path, mode, zipfile.ZIP_DEFLATED, compresslevel=4) as archive,
        archive.open(f"{key}.npy", "w", force_zip64=True) as member,
    ):
        for number, block in enumerate(blocks):
            if number == 0:
                header = {"descr": block.dtype.str, "fortran_order": False, "shape": tuple(shape)}
                np.lib.format.write_array_header_1_0(member, header)
            member.write(np.ascontiguousarray(block).data)


# --- the reference's way ------------------------------------------------------------------------


def whole_dsprites(root):
    """The bytes, twice while loading; float32 one by one."""
    path = next((root / "dsprites").glob("*.npz"))
    with np.load(path) as file:
        images = np.array(file["imgs"])
    return images, (3, 6, 40, 32, 32), lambda image: image.astype(np.float32)[..., None]


def whole_shapes3d(root):
    """float32 in [0, 1] throughout."""
    import h5py

    with h5py.File(root / "3dshapes" / "3dshapes.h5") as file:
        images = file["images"][:].astype(np.float32) / 255.0
    return images, (10, 10, 10, 8, 4, 15), lambda image: image


def whole_mpi3d(root):
    """The bytes; float64 one by one."""
    with np.load(root / "mpi3d_toy" / "mpi3d_toy.npz") as file:
        images = file["images"]
    return images, (4, 4, 2, 3, 3, 40, 40), lambda image: image / 255.0


REFERENCE_BYTES = {
    "whole_dsprites": 2 * 737280 * 64 * 64,
    "whole_shapes3d": 480000 * 64 * 64 * 3 * (1 + 4 + 4),
    "whole_mpi3d": 460800 * 64 * 64 * 3,
}

# name -> what makes its file, bytes on disk for file and cache, the reference's way
SETS = {
    "dsprites_drawn": (None, 0.4e9, None),
    "dsprites_full": (dsprites_npz, 0.5e9, whole_dsprites),
    "dsprites_noshape": (dsprites_npz, 0.5e9, None),
    "color_dsprites": (dsprites_npz, 0.5e9, None),
    "noisy_dsprites": (dsprites_npz, 0.5e9, None),
    "scream_dsprites": (dsprites_npz, 0.5e9, None),
    "abstract_dsprites": (dsprites_npz, 0.5e9, None),
    "smallnorb": (norb_mat, 1.2e9, None),
    "cars3d": (cars_mat, 1.1e9, None),
    "shapes3d": (shapes3d_h5, 8e9, whole_shapes3d),
    "mpi3d_toy": (mpi3d_npz, 8e9, whole_mpi3d),
    "triangle_correlated": (None, 0.0, None),
    "translation": (None, 0.1e9, None),
}

if __name__ == "__main__":
    main()
