"""Labellers, the labelled subset, and the stream that carries it."""

import json

import numpy as np
import pytest
import torch

from dlib.data.ground_truth.dummy_data import DummyData
from dlib.data.ground_truth.loader import Loader
from dlib.methods.semi_supervised import semi_supervised_utils as utils
from dlib.methods.semi_supervised.labelled_subset import LabelledLoader, LabelledSubset
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

DATA = DummyData()
FACTORS = np.random.RandomState(0).randint(5, size=(100, 10))


def label(labeller, factors=FACTORS, seed=0, **options):
    before = factors.copy()
    labels, sizes = labeller(factors, DATA, np.random.RandomState(seed), **options)
    np.testing.assert_array_equal(factors, before)
    assert labels.dtype == np.float32
    return labels, list(sizes)


def test_perfect_labels():
    labels, sizes = label(utils.perfect_labeller)
    np.testing.assert_array_equal(labels, FACTORS)
    assert sizes == [5] * 10


@pytest.mark.parametrize(
    ("num_bins", "expected"),
    # The reference's cases.
    [(10, [0, 1, 2, 3, 4]), (5, [0, 1, 2, 3, 4]), (3, [0, 0, 1, 1, 2]), (2, [0, 0, 0, 1, 1])],
)
def test_binned_labels(num_bins, expected):
    factors = np.array([[0, 1, 2, 3, 4] * 2])
    labels, sizes = label(utils.bin_labeller, factors, num_bins=num_bins)
    assert labels[0].tolist() == expected * 2
    assert sizes == [min(5, num_bins)] * 10


def test_noisy_labels():
    factors = np.random.RandomState(1).randint(5, size=(2000, 10))
    labels, _ = label(utils.noisy_labeller, factors, prob_random=0.5)
    # Half are replaced, a fifth of those by what they were.
    assert (labels != factors).mean() == pytest.approx(0.4, abs=0.02)
    np.testing.assert_array_equal(label(utils.noisy_labeller, prob_random=0.0)[0], FACTORS)


def test_noisy_labels_draw_in_the_references_order():
    random_state = np.random.RandomState(3)
    expected = FACTORS[:2].copy()
    for row in expected:
        for column in range(10):
            if random_state.rand() < 0.1:
                row[column] = random_state.randint(5)
    labels, _ = label(utils.noisy_labeller, FACTORS[:2], seed=3)
    np.testing.assert_array_equal(labels, expected)


def test_permuted_labels_rename_values():
    labels, sizes = label(utils.permuted_labeller)
    assert sizes == [5] * 10
    assert (labels != FACTORS).any()
    for column in range(10):
        names = {(a, b) for a, b in zip(FACTORS[:, column], labels[:, column], strict=True)}
        assert len(names) == 5


def test_partial_labels_are_columns():
    labels, sizes = label(utils.partial_labeller, num_observed_factors=3)
    assert labels.shape == (100, 3)
    assert sizes == [5] * 3
    kept = np.random.RandomState(0).choice(10, size=3, replace=False)
    np.testing.assert_array_equal(labels, FACTORS[:, kept])
    with pytest.raises(DlibError, match="must be 1 to 10"):
        label(utils.partial_labeller, num_observed_factors=11)


def test_the_subset_is_drawn_in_the_references_order():
    with gin_utils.configured(bindings=["labeller.labeller_fn = @noisy_labeller"]):
        observations, labels, sizes = utils.sample_supervised_data(5, DATA, 20)
        random_state = np.random.RandomState(5)
        factors = DATA.sample_factors(20, random_state)
        expected = DATA.sample_observations_from_factors(factors, random_state)
        np.testing.assert_array_equal(observations, expected)
        noisy, _ = utils.noisy_labeller(factors, DATA, random_state)
        np.testing.assert_array_equal(labels, noisy)
        assert sizes == [5] * 10


@pytest.mark.parametrize(("share", "trained"), [(0.9, 9), (0.85, 9), (1.0, 10), (0.01, 1)])
def test_split(share, trained):
    values = np.arange(10.0)
    parts = utils.train_test_split(values, -values, 10, share)
    assert [len(part) for part in parts] == [trained, trained, 10 - trained, 10 - trained]
    np.testing.assert_array_equal(np.concatenate(parts[::2]), values)


def subset(num=5, share=0.6):
    with gin_utils.configured(bindings=["labeller.labeller_fn = @perfect_labeller"]):
        return LabelledSubset.draw(DATA, 0, num, share)


def test_labelled_examples_repeat_in_their_order_and_resume():
    labelled = subset()
    to_images = lambda x: torch.from_numpy(x).permute(0, 3, 1, 2)
    loaders = [
        LabelledLoader(Loader(DATA, 2, np.random.RandomState(seed)), labelled, to_images)
        for seed in (1, 2)
    ]
    labels = [loaders[0].next_batch()[2] for _ in range(2)]
    rows = labelled.labels[[0, 1, 2, 0]]
    np.testing.assert_array_equal(torch.cat(labels), rows)
    loaders[1].load_state_dict(json.loads(json.dumps(loaders[0].state_dict())))
    batches = [loader.next_batch() for loader in loaders]
    assert all(torch.equal(a, b) for a, b in zip(*batches, strict=True))
    np.testing.assert_array_equal(batches[0][2], labelled.labels[[1, 2]])
    np.testing.assert_array_equal(batches[0][1].permute(0, 2, 3, 1), labelled.observations[[1, 2]])


def test_held_out_examples():
    labelled = subset()
    _, labels = labelled.held_out_batch(50, np.random.RandomState(0))
    held_out = {tuple(row) for row in labelled.held_out_labels}
    assert {tuple(row) for row in labels} == held_out
    assert len(held_out) == 2
    _, labels = subset(share=1.0).held_out_batch(50, np.random.RandomState(0))
    assert len({tuple(row) for row in labels}) == 5


@pytest.mark.parametrize(("num", "share"), [(0, 0.5), (5, 0.0), (5, 1.1)])
def test_wrong_subsets(num, share):
    with pytest.raises(DlibError, match="must be at least 1 and model.train_percentage in"):
        subset(num, share)


def test_unlabelled_data():
    class Unlabelled:
        num_factors = 0

    with pytest.raises(DlibError, match="this one has none"):
        utils.sample_supervised_data(0, Unlabelled, 5)
