"""State spaces: draws in the reference's order, bounds, and index arithmetic."""

import numpy as np
import pytest

from dlib.data.ground_truth.util import (
    SplitDiscreteStateSpace,
    StateSpaceAtomIndex,
    checked_factors,
    factor_bases,
)
from dlib.utils.errors import DlibError


def test_latent_factors_are_one_randint_each_in_the_declared_order():
    space = SplitDiscreteStateSpace([1, 3, 6, 40], [3, 1])
    factors = space.sample_latent_factors(7, np.random.RandomState(4))
    stream = np.random.RandomState(4)
    assert factors.dtype == np.int64
    np.testing.assert_array_equal(factors[:, 0], stream.randint(40, size=7))
    np.testing.assert_array_equal(factors[:, 1], stream.randint(3, size=7))


def test_hidden_factors_are_drawn_in_index_order():
    space = SplitDiscreteStateSpace([4, 1, 3, 5], [2])
    latent = np.array([[2], [0], [1]])
    drawn = space.sample_all_factors(latent, np.random.RandomState(0))
    stream = np.random.RandomState(0)
    np.testing.assert_array_equal(drawn[:, 0], stream.randint(4, size=3))
    np.testing.assert_array_equal(drawn[:, 1], 0)  # one value: nothing is consumed
    np.testing.assert_array_equal(drawn[:, 2], [2, 0, 1])
    np.testing.assert_array_equal(drawn[:, 3], stream.randint(5, size=3))


def test_nothing_is_consumed_where_only_a_factor_of_one_value_is_hidden():
    space, random_state = SplitDiscreteStateSpace([1, 3], [1]), np.random.RandomState(3)
    space.sample_all_factors(np.zeros((9, 1), dtype=int), random_state)
    assert random_state.randint(1000) == np.random.RandomState(3).randint(1000)


def test_states_enumerate_with_the_last_factor_fastest():
    space = SplitDiscreteStateSpace([2, 3, 4], [0, 1, 2])
    everything = np.indices((2, 3, 4)).reshape(3, -1).T
    np.testing.assert_array_equal(space.sample_states(everything, None), np.arange(24))
    assert space.num_states == 24
    assert factor_bases([2, 3, 4]).tolist() == [12, 4, 1]
    assert factor_bases([7]).tolist() == [1]
    assert factor_bases([]).tolist() == []


def test_atom_index_finds_the_stored_image_of_each_combination():
    features = np.indices((3, 2)).reshape(2, -1).T[[4, 0, 5, 2, 1, 3]]
    index = StateSpaceAtomIndex([3, 2], features)
    np.testing.assert_array_equal(index.features_to_index(features), np.arange(6))


@pytest.mark.parametrize("beyond", [[3, 0], [0, 2], [-1, 0]])
def test_a_value_that_equals_the_size_is_out_of_range(beyond):
    index = StateSpaceAtomIndex([3, 2], np.indices((3, 2)).reshape(2, -1).T)
    with pytest.raises(DlibError, match=r"expected 0 to"):
        index.features_to_index([[0, 0], beyond])


def test_atom_index_wants_each_combination_once():
    features = np.indices((3, 2)).reshape(2, -1).T
    with pytest.raises(DlibError, match=r"5 rows with 5 distinct"):
        StateSpaceAtomIndex([3, 2], features[:5])
    with pytest.raises(DlibError, match=r"6 rows with 5 distinct"):
        StateSpaceAtomIndex([3, 2], features[[0, 1, 2, 3, 4, 4]])


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ([[0, 3]], "factor 1 is 3 in row 0, expected 0 to 2"),
        ([[0, 0], [-1, 0]], "factor 0 is -1 in row 1, expected 0 to 1"),
        ([[0, 0, 0]], r"shape \[1, 3\], expected \[N, 2\]"),
        ([0, 0], r"shape \[2\], expected \[N, 2\]"),
        ([[0.5, 0]], "whole numbers"),
        ([[np.nan, 0]], "whole numbers"),
    ],
)
def test_wrong_factors_are_one_clear_error(factors, message):
    with pytest.raises(DlibError, match=message):
        checked_factors(factors, [2, 3])


def test_whole_numbers_of_any_dtype_are_factors():
    for dtype in (np.float32, np.uint8, np.int32, bool):
        checked = checked_factors(np.array([[1, 0], [0, 1]], dtype=dtype), [2, 3])
        assert checked.dtype == np.int64
        assert checked.tolist() == [[1, 0], [0, 1]]


def test_latent_indices_must_be_distinct_and_known():
    for indices in ([0, 0], [3], [-1]):
        with pytest.raises(DlibError, match="latent factor indices"):
            SplitDiscreteStateSpace([2, 2, 2], indices)
