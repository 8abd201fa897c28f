"""Bad data and bad surroundings through ``dlib_train``: one line, status 2, nothing left behind."""

import errno
import os
import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from tiny_configs import UNTRAINED

from dlib.commands import train

STEM = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64"
NOTHING_FOLLOWS = ["pipeline.postprocess = []", "pipeline.evaluation = []"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory with a configuration; data sets and the cache lie in it, too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
    (tmp_path / "tiny.gin").write_text(f"{UNTRAINED}\ntrain.progress = False\n")
    (tmp_path / "data" / "dsprites").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def refused(here, capsys):
    """Runs the command, which must fail with one line; gives the line."""

    def run(*bindings):
        argv = ["--gin_config=tiny.gin", "--model_dir=run/model"]
        argv += [f"--gin_bindings={line}" for line in (*NOTHING_FOLLOWS, *bindings)]
        capsys.readouterr()
        assert train.main(argv) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("dlib_train: ")
        return line.removeprefix("dlib_train: ")

    return run


def cached():
    return os.listdir("cache") if os.path.exists("cache") else []


def trained(*bindings):
    """A training in ``run/model`` that ends well."""
    argv = ["--gin_config=tiny.gin", "--model_dir=run/model"]
    argv += [f"--gin_bindings={line}" for line in (*NOTHING_FOLLOWS, *bindings)]
    assert train.main(argv) == 0


def left():
    """What lies in the model's folder, without what says that the folder is ours."""
    names = (path.name for path in Path("run/model").glob("*"))
    return sorted(name for name in names if name not in (".dlib.json", ".dlib.lock"))


def test_a_truncated_npz(here, refused):
    path = here / "data" / "dsprites" / f"{STEM}.npz"
    np.savez_compressed(path, imgs=np.zeros((40, 64, 64), np.uint8), latents_classes=np.eye(6))
    path.write_bytes(path.read_bytes()[:200])
    line = refused("dataset.name = 'dsprites_full'")
    assert line.startswith(f"{path}: damaged or cut short")
    assert line.endswith("fetch it again.")
    assert not (here / "run").exists()
    assert cached() == []


def test_an_hdf5_of_something_else(here, refused):
    path = here / "data" / "dsprites" / f"{STEM}.hdf5"
    with h5py.File(path, "w") as file:
        file["pictures"] = np.zeros((4, 64, 64), np.uint8)
    line = refused("dataset.name = 'dsprites_full'")
    assert line == f"{path}: no data set 'latents/classes', found ['pictures']."
    assert not (here / "run").exists()
    assert cached() == []


def test_a_data_set_that_is_not_there(here, refused):
    line = refused("dataset.name = 'cars3d'")
    assert line.startswith("cars3d: ")
    assert str(here / "data") in line
    assert line.endswith("get it with: dlib_download_data cars3d")
    assert not (here / "run").exists()
    assert cached() == []


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_where_there_is_none(here, refused):
    line = refused("train.device = 'cuda'")
    assert line.startswith("train.device = 'cuda', but PyTorch sees 0 CUDA devices: use 'auto'")
    assert not (here / "run").exists()


@pytest.mark.parametrize("kept", [0, 100])
def test_a_damaged_checkpoint(here, refused, kept):
    trained("train.keep_checkpoint = True")
    shutil.rmtree("run/model/results")
    (path,) = Path("run/model/checkpoint").iterdir()
    path.write_bytes(path.read_bytes()[:kept])
    before = left()
    line = refused("train.keep_checkpoint = True")
    assert line.startswith(f"{path} is not a whole checkpoint")
    assert "--overwrite" in line
    assert left() == before
    assert path.stat().st_size == kept


def failing(monkeypatch, method, code, where):
    """Lets a method of ``Path`` fail as a disk does, below a folder."""
    original = getattr(Path, method)

    def fail(self, *args, **kwargs):
        if Path(where) in (self, *self.parents):
            raise OSError(code, os.strerror(code), str(self))
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Path, method, fail)


def test_a_full_disk(here, refused, monkeypatch):
    with monkeypatch.context() as patch:
        failing(patch, "write_bytes", errno.ENOSPC, "run/model/checkpoint")
        line = refused()
    assert os.strerror(errno.ENOSPC) in line
    assert "run/model/checkpoint" in line
    assert line.endswith("free some space; nothing half-written was left.")
    assert list(Path("run").rglob("*.tmp")) == []
    assert list(Path("run").rglob("*.safetensors")) == []
    trained()  # once there is space
    assert "module" in left()


def test_a_full_disk_when_the_model_is_written(here, refused, monkeypatch):
    with monkeypatch.context() as patch:
        original = Path.write_bytes

        def fail(self, content):
            if self.name == "weights.safetensors":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
            return original(self, content)

        patch.setattr(Path, "write_bytes", fail)
        line = refused()
    assert line.endswith("free some space; nothing half-written was left.")
    assert "module" not in left()
    assert list(Path("run").rglob("*.tmp")) == []
    trained()
    assert "module" in left()


def test_a_read_only_disk(here, refused, monkeypatch):
    failing(monkeypatch, "mkdir", errno.EROFS, "run")
    line = refused()
    assert os.strerror(errno.EROFS) in line
    assert "run/model" in line
    assert re.search("give a folder that", line)
    assert not (here / "run").exists()
