import itertools

import numpy as np
import pytest

from dlib.visualize import interventional

PRODUCT = np.array(list(itertools.product([0, 1], [0, 1])))  # each pair of two factors once
SIGNS = 2.0 * PRODUCT - 1


def test_a_code_that_is_a_factor_is_robust_to_it_alone():
    found = interventional.interventional_robustness(SIGNS, PRODUCT, diff_quantile=1)
    np.testing.assert_allclose(found, np.eye(2), atol=1e-12)


def test_a_mixture_is_as_robust_as_its_shares():
    code = SIGNS[:, :1] + 2 * SIGNS[:, 1:]
    # At a value of factor 0 the code strays by 2, at one of factor 1 by 1; at most by 3 in all.
    found = interventional.interventional_robustness(code, PRODUCT, diff_quantile=1)
    np.testing.assert_allclose(found, [[1 - 2 / 3, 1 - 1 / 3]])


def test_values_count_equally_and_the_quantile_is_of_distances():
    factor = np.array([0] * 4 + [1] * 2)[:, None]
    code = np.array([-3.0, -1, 1, 3, 5, 5])[:, None]
    # Mean of all 10/6, farthest 3 + 10/6 = 14/3. Distances at 0: 3, 1, 1, 3, median 2; at 1: 0.
    found = interventional.interventional_robustness(code, factor, diff_quantile=0.5)
    np.testing.assert_allclose(found, [[1 - (2 + 0) / 2 / (14 / 3)]])


def test_a_constant_code_has_no_robustness():
    found = interventional.interventional_robustness(np.ones((4, 1)), PRODUCT)
    np.testing.assert_array_equal(found, [[0, 0]])


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
