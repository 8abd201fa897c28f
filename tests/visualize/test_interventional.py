import numpy as np
import pytest

from dlib.visualize import interventional


def test_means_by_two_labels():
    code = np.array([1.0, 3.0, 5.0, 7.0])
    found = interventional.conditional_means(code, np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    np.testing.assert_array_equal(found, [[2, 5], [np.nan, 7]])


def test_spread_is_of_each_value():
    code = np.concatenate([np.arange(101.0), [7.0]])
    low, high = interventional.spread(code, np.array([0] * 101 + [1]))
    np.testing.assert_allclose(low, [5, 7])
    np.testing.assert_allclose(high, [95, 7])


def test_ranks_keep_the_order_of_values():
    label, values = interventional.ranks(np.array([30, 10, 30, 20]))
    assert label.tolist() == [2, 0, 2, 1]
    assert values.tolist() == [10, 20, 30]


@pytest.mark.parametrize(("number", "groups"), [(183, 8), (9, 8), (8, 8), (3, 3)])
def test_neighbours_are_grouped(number, groups):
    label = interventional.grouped(np.arange(number), 8)
    assert sorted(set(label)) == list(range(groups))
    assert (np.diff(label) >= 0).all()
    sizes = np.bincount(label)
    assert sizes.max() - sizes.min() <= 1
