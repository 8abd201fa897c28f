import numpy as np
import pytest

from dlib.evaluation.metrics import recovery
from dlib.visualize import dendrogram, visualize_scores

TWO_BLOCKS = np.zeros((5, 5))
TWO_BLOCKS[0, :2] = TWO_BLOCKS[4, 3:] = 1
CHAINED = TWO_BLOCKS.copy()
CHAINED[3, 1] = 1


@pytest.mark.parametrize(
    ("matrix", "rows", "columns", "size"),
    [
        (np.eye(5), [1, 0, 0, 0, 0], [1, 0, 0, 0, 0], 2),
        (np.triu(np.ones((5, 5))), [1] * 5, [1] * 5, 10),
        (TWO_BLOCKS, [1, 0, 0, 0, 0], [1, 1, 0, 0, 0], 3),
        (CHAINED, [1, 0, 0, 1, 0], [1, 1, 0, 0, 0], 4),
    ],
)
def test_what_is_connected_to_the_first_row(matrix, rows, columns, size):
    found = visualize_scores.bfs(matrix, [(0, 0)], np.zeros(5), np.zeros(5), 1)
    assert found[0].tolist() == rows
    assert found[1].tolist() == columns
    assert found[2] == size


def test_counts_have_factors_in_rows():
    matrix = np.array([[1.0, 1.0, 0.0], [0.0, 0.5, 0.0]])
    assert visualize_scores.precision(matrix, 1.0) == 1
    assert visualize_scores.recall(matrix, 1.0) == 1
    assert visualize_scores.recall(matrix, 0.5) == 2


def test_pictures_are_written(tmp_path):
    matrix = np.array([[0.1, 0.9], [0.5, 0.0], [0.2, 0.3]])
    visualize_scores.heat_square(matrix, tmp_path, "squares", "codes", "factors", 1.0, ["a", "b"])
    visualize_scores.plot_recovery_vs_independent(matrix.T, tmp_path, "curve")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curve.png", "squares.png"]
    with pytest.raises(ValueError, match="above max_val"):
        visualize_scores.heat_square(matrix, tmp_path, "squares", "", "", 0.5)


def test_linkage_of_the_references_helper():
    """Edges of [[1, 2], [3, 4]] (factors in rows, nodes 2 and 3 are codes) in falling order."""
    matrix = np.array([[1, 2], [3, 4]])
    state = (np.zeros([1, 4]), {0: 0, 1: 1}, {0: 1, 1: 1}, 1, 0)
    nodes = list(range(4))
    for position, (factor, code) in enumerate([(1, 3), (1, 2), (0, 3), (0, 2)]):
        z, clusters, size, num_clusters, found = state
        state = dendrogram._union(
            nodes, factor, code, position, z, clusters, size, matrix, num_clusters, found
        )
        assert state[4] == (position >= 2)
    z, clusters, size, num_clusters, found = state
    assert z.tolist() == [[0, 1, 2, 2]]
    assert (clusters, size, num_clusters) == ({0: 2, 1: 2}, {0: 1, 1: 1, 2: 2}, 2)


@pytest.mark.parametrize("seed", range(5))
def test_both_ways_to_count_and_to_merge_agree(seed):
    matrix = np.random.RandomState(seed).permutation(35).reshape(5, 7) + 1.0  # factors in rows
    for threshold in (5, 15, 20, 30):
        kept = np.where(matrix >= threshold, matrix, 0)
        rows, columns, groups = np.zeros(5), np.zeros(7), 0
        for k in range(5):
            if not rows[k]:
                *_, size = visualize_scores.bfs(kept, [(k, 0)], rows, columns, 1)
                groups += size > 1
        assert groups == visualize_scores.precision(matrix, threshold)
    assert _linkage(matrix)[:, 2].tolist() == [m.position for m in recovery.merges(matrix.T)]


def _linkage(matrix):
    nodes = list(range(12))
    state = (np.zeros([4, 4]), {k: k for k in range(5)}, dict.fromkeys(range(5), 1), 4, 0)
    for position, edge in enumerate(np.argsort(-matrix, axis=None)):
        factor, code = divmod(int(edge), 7)
        z, clusters, size, num_clusters, found = state
        state = dendrogram._union(
            nodes, factor, 5 + code, position, z, clusters, size, matrix, num_clusters, found
        )
    return state[0]
