import numpy as np
import pytest

from dlib.evaluation.metrics import recovery

# codes in rows, factors in columns
CHAIN = np.array([[0.9, 0.0], [0.4, 0.8], [0.0, 0.1]])


@pytest.mark.parametrize(
    ("matrix", "groups", "discovered"),
    [
        (np.zeros((5, 5)), 0, 0),
        (np.eye(5), 5, 5),
        (np.triu(np.ones((5, 5))), 1, 5),
        (np.ones((5, 5)), 1, 5),
        (np.ones((1, 3)), 1, 3),
        (np.ones((3, 1)), 1, 1),
    ],
)
def test_groups_and_factors_at_a_threshold(matrix, groups, discovered):
    assert recovery.num_groups(matrix, 1) == groups
    assert recovery.num_discovered(matrix, 1) == discovered


def test_zeros_are_no_edges_at_any_threshold():
    assert recovery.num_groups(np.eye(2), 0.0) == 2
    assert recovery.num_discovered(np.zeros((2, 2)), 0.0) == 0


def test_curve_of_a_chain_by_hand():
    """0.9 finds factor 0, 0.8 factor 1, 0.4 joins them through code 1."""
    curve = recovery.recovery_curve(CHAIN)
    assert curve.thresholds.tolist() == [0.9, 0.8, 0.4, 0.1, 0.0, 0.0]
    assert curve.groups.tolist() == [1, 2, 1, 1, 1, 1]
    assert curve.discovered.tolist() == [1, 2, 2, 2, 2, 2]
    assert curve.area == pytest.approx(0.1 * 1.5 + 0.4 * 1.5 + 0.3 * 1 + 0.1 * 1)


def test_area_of_a_perfect_matrix_is_the_number_of_factors():
    """Every threshold between 1 and 0 finds all K; the step to 0 has K at both ends."""
    assert recovery.recovery_curve(np.eye(4)).area == 4.0


def test_merges_of_a_chain():
    assert recovery.merges(CHAIN) == [recovery.Merge(2, 0.4, (0,), (1,))]
    assert recovery.first_edges(CHAIN).tolist() == [0, 1]
    assert recovery.merge_positions(recovery.merges(CHAIN)) == {"merge_0_1": 2.0}


def test_merges_of_sets_name_every_pair():
    # 0.9, 0.8, 0.7 find the factors; 0.6 joins 0 and 1, then 0.5 joins 2 to both
    matrix = np.array([[0.9, 0.6, 0.0], [0.0, 0.8, 0.0], [0.5, 0.0, 0.7]])
    found = recovery.merges(matrix)
    assert [merge.position for merge in found] == [3, 4]
    assert recovery.merge_positions(found) == {
        "merge_1_0": 3.0, "merge_0_2": 4.0, "merge_1_2": 4.0,
    }  # fmt: skip


def test_all_factors_merge_in_the_end():
    assert len(recovery.merges(np.eye(4))) == 3
    assert len(recovery.merges(np.zeros((2, 5)))) == 4
    assert recovery.merges(np.ones((3, 1))) == []


def test_equal_entries_come_in_the_order_of_codes_then_factors():
    codes, factors = recovery.falling_edges(np.array([[0.5, 1.0], [0.5, 1.0]]))
    pairs = list(zip(codes.tolist(), factors.tolist(), strict=True))
    assert pairs == [(0, 1), (1, 1), (0, 0), (1, 0)]
