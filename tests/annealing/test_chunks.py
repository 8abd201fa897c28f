import dataclasses

import numpy as np
import pytest

from dlib.annealing import chunks
from dlib.annealing.batched_test import Curve
from dlib.annealing.chunks import Chunk, Test


def test_every_repeat_of_every_subject_is_in_one_chunk():
    plan = chunks.plan([(2, "scale"), (0, "shape")], 7, 3)
    assert [(c.position, c.subject, c.first, c.count) for c in plan] == [
        (2, "scale", 0, 3), (2, "scale", 3, 3), (2, "scale", 6, 1),
        (0, "shape", 0, 3), (0, "shape", 3, 3), (0, "shape", 6, 1),
    ]  # fmt: skip


def test_tests_are_kept_to_the_bit(tmp_path):
    rng = np.random.RandomState(0)
    chunk = Chunk(1, "left/right", 4, 2)
    per_latent = rng.rand(5, 2).astype(np.float32)
    held = rng.rand(4), rng.rand(4, 2).astype(np.float32)
    whole = Curve(rng.rand(5), rng.rand(5), per_latent, rng.rand(5), 9, True, *held)
    none = np.zeros(0)
    empty = Curve(none, none, np.zeros((0, 2)), none, 100, False, none, np.zeros((0, 2)))
    tests = [Test("left/right", 4, (1, 0), whole), Test("left/right", 5, (), empty)]
    assert not chunks.any_saved(tmp_path)
    assert not chunk.is_saved(tmp_path)
    chunks.save(tests, chunk, tmp_path)
    assert chunk.is_saved(tmp_path)
    assert chunks.any_saved(tmp_path)
    for kept, test in zip(chunks.load(chunk, tmp_path), tests, strict=True):
        assert (kept.subject, kept.repeat, kept.base) == (test.subject, test.repeat, test.base)
        for field in dataclasses.fields(Curve):
            a, b = (getattr(t.curve, field.name) for t in (kept, test))
            np.testing.assert_array_equal(a, b)
            assert np.asarray(a).dtype == np.asarray(b).dtype
    chunks.remove(tmp_path)
    assert not chunks.any_saved(tmp_path)


@pytest.mark.parametrize(
    ("saved", "planned"),
    [
        # Three chunks of a CPU, then a GPU that takes 25 at once.
        ([(0, 2), (2, 2), (6, 2)], [(0, 2), (2, 2), (4, 2), (6, 2), (8, 25), (33, 17)]),
        ([(25, 25)], [(0, 25), (25, 25)]),
        ([(0, 25)], [(0, 25), (25, 25)]),
    ],
)
def test_a_run_that_goes_on_with_other_chunks_plans_around_what_is_there(tmp_path, saved, planned):
    for first, count in saved:
        path = Chunk(3, "left/right", first, count).path(tmp_path)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    Chunk(3, "left", 10, 2).path(tmp_path).touch()  # another subject
    plan = chunks.plan([(3, "left/right")], 50, 25, tmp_path)
    assert [(c.first, c.count) for c in plan] == planned
    assert sum(c.is_saved(tmp_path) for c in plan) == len(saved)


def test_subjects_whose_names_look_alike_on_disk_have_files_of_their_own(tmp_path):
    assert Chunk(0, "a b", 0, 1).path(tmp_path) != Chunk(1, "a/b", 0, 1).path(tmp_path)
