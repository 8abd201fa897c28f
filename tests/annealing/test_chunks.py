import dataclasses

import numpy as np

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
    whole = Curve(rng.rand(5), rng.rand(5), rng.rand(5, 2).astype(np.float32), rng.rand(5), 9, True)
    empty = Curve(*(np.zeros(0),) * 2, np.zeros((0, 2)), np.zeros(0), 100, False)
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


def test_subjects_whose_names_look_alike_on_disk_have_files_of_their_own(tmp_path):
    assert Chunk(0, "a b", 0, 1).path(tmp_path) != Chunk(1, "a/b", 0, 1).path(tmp_path)
