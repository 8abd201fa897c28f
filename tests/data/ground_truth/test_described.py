"""What is told of the data sets against the data sets themselves."""

import shutil
from importlib.resources import files

import numpy as np
import pytest

from dlib.data.ground_truth import cars3d, dsprites, mpi3d, norb, shapes3d
from dlib.data.ground_truth.described import DESCRIPTIONS, describe
from dlib.data.ground_truth.named_data import dataset_names, get_named_ground_truth_data
from dlib.utils.errors import DlibError


@pytest.fixture(scope="module", autouse=True)
def _drawn(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLIB_CACHE", str(cache))
        patch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path_factory.mktemp("data")))
        yield
    shutil.rmtree(cache)  # 377 MB that pytest would keep for three runs


DRAWN = [d.name for d in DESCRIPTIONS if "drawn" in d.files]


@pytest.mark.parametrize("name", DRAWN)
def test_a_description_is_what_the_set_says_of_itself(name):
    description, data = describe(name), get_named_ground_truth_data(name)
    assert list(description.factors) == list(data.factor_names)
    assert list(description.factors.values()) == list(data.factors_num_values)
    assert list(description.observation_shape) == list(data.observation_shape)
    if name != "abstract_dsprites":
        assert description.num_images == getattr(data, "num_images", None)


def test_abstract_counts_its_hidden_orientations():
    assert describe("abstract_dsprites").num_images == 30 * 737280
    assert describe("dsprites_noshape").num_images == 737280
    assert describe("smallnorb").num_images == 48600


def test_sets_with_files_are_told_as_their_classes_tell_them():
    for name, kind in (("cars3d", cars3d.Cars3D), ("shapes3d", shapes3d.Shapes3D)):
        assert tuple(describe(name).factors.items()) == tuple(
            zip(kind.FACTOR_NAMES, kind.FACTOR_SIZES, strict=True)
        )
    for name, sizes in mpi3d.MPI3D.FACTOR_SIZES.items():
        assert tuple(describe(name).factors.values()) == sizes
        assert tuple(describe(name).factors) == mpi3d.MPI3D.FACTOR_NAMES
    told = describe("smallnorb")
    assert tuple(told.factors) == norb.SmallNORB.FACTOR_NAMES
    sizes = np.array(norb.SmallNORB.ALL_FACTOR_SIZES)
    assert list(told.factors.values()) == sizes[list(norb.SmallNORB.LATENT)].tolist()


def test_every_described_name_exists():
    assert {d.name for d in DESCRIPTIONS} <= set(dataset_names())
    with pytest.raises(DlibError, match="there is no data set"):
        describe("nothing")


def test_a_set_that_is_not_listed_is_asked(monkeypatch):
    monkeypatch.setattr("dlib.data.ground_truth.described.DESCRIPTIONS", ())
    description = describe("dsprites_full")
    assert description.files == "rendered"
    assert description.num_images == 737280
    assert list(description.factors) == list(dsprites.FACTOR_NAMES[1:])


def test_each_shipped_block_names_an_existing_set():
    blocks = [f for f in files("gin_configs").joinpath("data").iterdir() if f.name.endswith(".gin")]
    assert blocks
    for block in blocks:
        lines = block.read_text().splitlines()
        names = [line for line in lines if line.startswith("dataset.name")]
        assert len(names) == 1, block
        assert names[0].split('"')[1] in dataset_names(), block
