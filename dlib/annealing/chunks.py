"""Tests of one subject that are run together and kept in one file until the whole run is done.

A chunk is the unit of resuming: it is saved whole or not at all, and one that is saved is not run
again. Its numbers depend on the settings and on the repeats' numbers only, not on what ran before.

Axes: T updates of the fall, D latents.
"""

import dataclasses
import re
import shutil
from pathlib import Path

import numpy as np

from dlib.annealing.batched_test import Curve
from dlib.utils import files

FOLDER = "chunks"


@dataclasses.dataclass(frozen=True)
class Chunk:
    """Consecutive repeats of one subject.

    Attributes:
      position: of the subject among the factors; 0 for a whole data set.
      subject: its name.
      first, count: the repeats ``first .. first + count - 1``.
    """

    position: int
    subject: str
    first: int
    count: int

    def path(self, folder):
        """Where its tests are kept."""
        name = re.sub(r"\W", "_", self.subject)
        return Path(folder) / FOLDER / f"{self.position}-{name}-{self.first}.npz"

    def is_saved(self, folder):
        """Whether its tests are done."""
        return self.path(folder).exists()


@dataclasses.dataclass(frozen=True)
class Test:
    """One repeat of one subject and what was seen of it.

    Attributes:
      subject: the factor's name, or that of the whole data set.
      repeat: its number.
      base: factors of the base sample; empty where none was drawn.
      curve: a ``Curve``.
    """

    __test__ = False  # not one of pytest's

    subject: str
    repeat: int
    base: tuple
    curve: Curve


def plan(subjects, repeats, at_once):
    """All chunks of a run: ``[(position, name)]`` times the repeats, ``at_once`` in a chunk."""
    return [
        Chunk(position, name, first, min(at_once, repeats - first))
        for position, name in subjects
        for first in range(0, repeats, at_once)
    ]


def save(tests, chunk, folder):
    """Keeps the tests of a chunk, to the bit."""
    arrays = {}
    for test in tests:
        curve = dataclasses.asdict(test.curve) | {"base": test.base}
        arrays |= {f"{test.repeat}/{name}": np.asarray(value) for name, value in curve.items()}
    with files.replacing(chunk.path(folder)) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def load(chunk, folder):
    """The tests of a chunk that is saved."""
    tests = []
    with np.load(chunk.path(folder)) as arrays:
        for repeat in range(chunk.first, chunk.first + chunk.count):
            values = {f.name: arrays[f"{repeat}/{f.name}"] for f in dataclasses.fields(Curve)}
            values |= {"held": int(values["held"]), "settled": bool(values["settled"])}
            base = tuple(int(value) for value in arrays[f"{repeat}/base"])
            tests.append(Test(chunk.subject, repeat, base, Curve(**values)))
    return tests


def any_saved(folder):
    """Whether a folder holds a chunk of an earlier sitting."""
    return any((Path(folder) / FOLDER).glob("*.npz"))


def remove(folder):
    """Removes the chunks of a run that is done."""
    shutil.rmtree(Path(folder) / FOLDER, ignore_errors=True)
