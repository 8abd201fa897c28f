import numpy as np
import pytest

from dlib.data.ground_truth.joint_table import JointTable
from dlib.utils.errors import DlibError

NAMES, SIZES = ("a", "b"), (3, 4)
ROWS = np.array([[0, 0], [0, 3], [2, 1], [2, 3], [2, 3]])  # a = 1 and b = 2 never occur


def table(weights=None):
    return JointTable("toy", ROWS, NAMES, SIZES, weights)


def frequencies(factors):
    counts = np.zeros(SIZES)
    np.add.at(counts, tuple(factors.T), 1)
    return counts / len(factors)


def test_rows_are_drawn_equally_often():
    found = frequencies(table().sample(40_000, np.random.RandomState(0)))
    expected = np.zeros(SIZES)
    expected[[0, 0, 2, 2], [0, 3, 1, 3]] = [0.2, 0.2, 0.2, 0.4]
    np.testing.assert_allclose(found, expected, atol=0.01)  # 4 standard errors
    assert (found[expected == 0] == 0).all()


def test_weights():
    found = frequencies(table([1, 0, 2, 1, 0]).sample(40_000, np.random.RandomState(0)))
    expected = np.zeros(SIZES)
    expected[[0, 2, 2], [0, 1, 3]] = [0.25, 0.5, 0.25]
    np.testing.assert_allclose(found, expected, atol=0.011)
    assert (found[expected == 0] == 0).all()


def test_conditional_draws_keep_the_value_and_weigh_the_rows():
    values = np.tile([0, 2], 20_000)
    found = table().given(0, values, np.random.RandomState(1))
    np.testing.assert_array_equal(found[:, 0], values)
    given_2 = np.bincount(found[values == 2, 1], minlength=4) / 20_000
    np.testing.assert_allclose(given_2, [0, 1 / 3, 0, 2 / 3], atol=0.014)
    given_0 = np.bincount(found[values == 0, 1], minlength=4) / 20_000
    np.testing.assert_allclose(given_0, [0.5, 0, 0, 0.5], atol=0.015)


def test_conditional_draws_with_weights():
    found = table([1, 3, 5, 2, 2]).given(1, np.full(20_000, 3), np.random.RandomState(1))
    # b = 3 is row 1 (weight 3, a = 0) and rows 3, 4 (2 + 2, a = 2).
    given = np.bincount(found[:, 0], minlength=3) / 20_000
    np.testing.assert_allclose(given, [3 / 7, 0, 4 / 7], atol=0.014)


@pytest.mark.parametrize("weights", [None, [1, 0, 2, 1, 0]])
def test_draws_do_not_depend_on_earlier_ones(weights):
    used, random_state = table(weights), np.random.RandomState(5)
    for _ in range(3):
        fresh = np.random.RandomState()
        fresh.set_state(random_state.get_state())
        np.testing.assert_array_equal(
            used.sample(50, random_state), table(weights).sample(50, fresh)
        )
        np.testing.assert_array_equal(
            used.given(0, [0, 2] * 9, random_state), table(weights).given(0, [0, 2] * 9, fresh)
        )


def test_weighted_draws_are_inverse_distribution_functions():
    found = table([1, 0, 2, 1, 0]).sample(500, np.random.RandomState(5))
    targets = 4 * np.random.RandomState(5).random_sample(500)
    expected = ROWS[np.select([targets < 1, targets < 3], [0, 2], 3)]
    np.testing.assert_array_equal(found, expected)


def test_weights_are_told():
    np.testing.assert_array_equal(table().weights, np.ones(5))
    np.testing.assert_array_equal(table([1, 0, 2, 1, 0]).weights, [1, 0, 2, 1, 0])
    np.testing.assert_array_equal(table().rows, ROWS)


def test_a_single_row_is_certain():
    found = table().given(1, [0, 1, 0], np.random.RandomState(0))
    np.testing.assert_array_equal(found, [[0, 0], [2, 1], [0, 0]])


def test_nothing_asked_nothing_drawn():
    random_state = np.random.RandomState(0)
    for empty in (table().sample(0, random_state), table().given(0, [], random_state)):
        assert empty.shape == (0, 2)
    assert random_state.randint(1000) == np.random.RandomState(0).randint(1000)


@pytest.mark.parametrize("weights", [None, [1, 1, 1, 1, 1], [1, 0, 1, 1, 1]])
def test_a_value_that_does_not_occur(weights):
    with pytest.raises(DlibError, match=r"toy: a = 1 does not occur; it takes 0, 2"):
        table(weights).given(0, [0, 1], np.random.RandomState(0))


def test_a_row_without_weight_does_not_occur():
    with pytest.raises(DlibError, match=r"toy: b = 1 does not occur; it takes 0, 3"):
        table([1, 1, 0, 1, 1]).given(1, [1], np.random.RandomState(0))


def test_indices():
    random_state = np.random.RandomState(0)
    found = table().indices_of([[2, 1], [0, 3], [0, 0]], random_state)
    np.testing.assert_array_equal(found, [2, 1, 0])
    assert random_state.randint(1000) == np.random.RandomState(0).randint(1000)  # nothing drawn
    several = table().indices_of(np.tile([2, 3], (1000, 1)), random_state)
    assert set(several) == {3, 4}
    assert abs((several == 3).mean() - 0.5) < 0.07


def test_factors_without_an_image():
    with pytest.raises(DlibError, match=r"toy: no image has a 1, b 0; the set holds 5 of 12"):
        table().indices_of([[1, 0]], np.random.RandomState(0))
    with pytest.raises(DlibError, match=r"factor 1 is 4 in row 0, expected 0 to 3"):
        table().indices_of([[0, 4]], np.random.RandomState(0))
