"""Tests of one subject that are run together and kept in one file until the whole run is done.

A chunk is the unit of resuming: it is saved whole or not at all, and one that is saved is not run
again. Its numbers depend on the settings and on the repeats' numbers only, not on what ran before.
How many tests it holds may depend on the device, so a run that goes on elsewhere plans around what
is there.

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
        name = f"{_stem(self.position, self.subject)}-{self.first}-{self.count}.npz"
        return Path(folder) / FOLDER / name

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


def plan(subjects, repeats, at_once, folder=None):
    """All chunks of a run: those that its folder holds, and new ones for all other repeats.

    Args:
      subjects: ``[(position, name)]``.
      repeats: of each subject.
      at_once: repeats of a new chunk, at most.
      folder: of the run; None for a run that has none yet.
    """
    return [
        Chunk(position, name, first, count)
        for position, name in subjects
        for first, count in _parts(_saved(position, name, folder), repeats, at_once)
    ]


def _parts(saved, repeats, at_once):
    """``(first, count)`` of chunks that hold each repeat once; ``saved`` of them are there."""
    first = 0
    while first < repeats:
        following = min((other for other in saved if other > first), default=repeats)
        count = saved.get(first, min(at_once, following - first))
        yield first, count
        first += count


def _saved(position, subject, folder):
    """``{first: count}`` of the chunks of a subject in a folder."""
    saved = {}
    if folder is None:
        return saved
    for path in (Path(folder) / FOLDER).glob("*.npz"):
        stem, *numbers = path.stem.rsplit("-", 2)
        if stem == _stem(position, subject):
            first, count = map(int, numbers)
            saved[first] = count
    return saved


def _stem(position, subject):
    name = re.sub(r"\W", "_", subject)
    return f"{position}-{name}"


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
