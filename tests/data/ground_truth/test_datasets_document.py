"""The table in docs/datasets.md, the descriptions and the classes say the same."""

import re
from pathlib import Path

import pytest

from dlib.data.ground_truth.cars3d import Cars3D
from dlib.data.ground_truth.described import DESCRIPTIONS, describe
from dlib.data.ground_truth.mpi3d import MPI3D
from dlib.data.ground_truth.named_data import dataset_names
from dlib.data.ground_truth.norb import SmallNORB
from dlib.data.ground_truth.shapes3d import Shapes3D

DOCUMENT = Path(__file__).parents[3] / "docs" / "datasets.md"
IMAGES = [each.name for each in DESCRIPTIONS if each.num_images is not None]


def table():
    """name -> ({factor: size}, shape and number of images as written)."""
    rows = {}
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].startswith("`") and len(cells) == 7:
            before_remarks = cells[1].split(" (")[0]
            factors = re.findall(r"([A-Za-z][A-Za-z ]*?) (\d+)(?:,|$)", before_remarks)
            sizes = {name: int(size) for name, size in factors}
            rows[cells[0].strip("`")] = sizes, cells[3], cells[4]
    return rows


@pytest.mark.parametrize("name", IMAGES)
def test_the_table(name):
    described = describe(name)
    shape = "x".join(map(str, described.observation_shape))
    assert table()[name] == (described.factors, shape, f"{described.num_images:,}")


def test_every_name_is_in_the_table():
    assert set(dataset_names()) >= set(table()) >= {each.name for each in DESCRIPTIONS}
    assert {"image_folder", "array", "correlated"} <= set(table())


@pytest.mark.parametrize(
    ("name", "names", "sizes", "shape"),
    [
        ("cars3d", Cars3D.FACTOR_NAMES, Cars3D.FACTOR_SIZES, Cars3D.IMAGE_SHAPE),
        ("shapes3d", Shapes3D.FACTOR_NAMES, Shapes3D.FACTOR_SIZES, Shapes3D.IMAGE_SHAPE),
        *(
            (mode, MPI3D.FACTOR_NAMES, MPI3D.FACTOR_SIZES[mode], (64, 64, 3))
            for mode in MPI3D.FACTOR_SIZES
        ),
    ],
)
def test_sets_that_need_files(name, names, sizes, shape):
    assert describe(name).factors == dict(zip(names, sizes, strict=True))
    assert describe(name).observation_shape == shape


def test_smallnorb():
    described = describe("smallnorb")
    sizes = [SmallNORB.ALL_FACTOR_SIZES[k] for k in SmallNORB.LATENT]
    assert described.factors == dict(zip(SmallNORB.FACTOR_NAMES, sizes, strict=True))
    assert described.hidden == {"instance": SmallNORB.ALL_FACTOR_SIZES[1]}
    assert described.observation_shape == SmallNORB.IMAGE_SHAPE
