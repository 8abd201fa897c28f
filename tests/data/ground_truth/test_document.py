"""The table of all data sets, and that the shipped one is up to date."""

import subprocess
import sys
from pathlib import Path

import pytest

from dlib.data.ground_truth.document import markdown
from dlib.data.ground_truth.named_data import dataset_names
from dlib.data.ground_truth.registry import constructors

ROOT = Path(__file__).parents[3]


def test_the_shipped_document_is_up_to_date():
    assert (ROOT / "docs" / "data.md").read_text() == markdown()


def test_the_command_it_names_makes_it():
    command = [sys.executable, "-m", "dlib.data.ground_truth.document"]
    made = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert made.stdout == markdown()
    assert " ".join(command[1:]) in made.stdout


@pytest.mark.parametrize(
    "row",
    [
        "| `smallnorb` | category 5, elevation 9, azimuth 18, lighting 6 | instance 10 | 64x64x1 "
        "| 48,600 | LeCun et al., 2004 | small_norb/smallnorb-*.mat[.gz] |",
        "| `chairs3d` | none | unlabelled | 64x64x1 | as found | Aubry et al., 2014 "
        "| chairs3d/rendered_chairs.tar, or unpacked |",
        "| `identity` | factor 0 to factor 9, 10 each | the observation is the vector of factors "
        "| 10 | none stored | for tests | drawn |",
    ],
)
def test_rows(row):
    assert row in markdown().splitlines()


def test_every_name_is_told():
    names = dataset_names()  # imports all families
    # Other tests register data sets of their own.
    made_by = {name: getattr(c, "func", c) for name, c in constructors().items()}
    ours = [name for name in names if made_by[name].__module__.startswith("dlib.")]
    assert len(ours) >= 20
    assert [name for name in ours if f"`{name}`" not in markdown()] == []
