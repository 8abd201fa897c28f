import numpy as np
import pytest

from dlib.visualize import dendrogram, relation_pictures

CHAIN = np.array([[0.9, 0.0], [0.4, 0.8], [0.0, 0.1]])  # [D, K]


def test_layout_of_a_chain():
    layout = dendrogram.layout(CHAIN)
    assert layout.order == [0, 1]
    assert layout.lines == [(0, 2, 0), (1, 2, 1)]  # entries 0.9 and 0.8, until 0.4
    assert layout.joints == [(2, 0, 1)]


def test_sets_that_merge_are_neighbours():
    # 0 and 2 merge first (0.6), then 1 (0.5)
    matrix = np.array([[0.9, 0.0, 0.6], [0.0, 0.8, 0.0], [0.5, 0.4, 0.7]])
    layout = dendrogram.layout(matrix)
    assert layout.order in ([0, 2, 1], [2, 0, 1], [1, 0, 2], [1, 2, 0])
    assert [joint[0] for joint in layout.joints] == [3, 5]
    position, low, high = layout.joints[1]
    assert {low, high} == {layout.order.index(1), 0.5 if layout.order[2] == 1 else 1.5}


def test_the_references_function_writes_and_reports(tmp_path):
    merges = dendrogram.dendrogram_plot(CHAIN.T, str(tmp_path / "plot"), ["a", "b"])
    assert merges == {"merge_0_1": 2.0}
    assert [path.name for path in tmp_path.iterdir()] == ["plot.png"]


@pytest.mark.parametrize("matrix", [CHAIN, np.zeros((5, 10)), np.ones((1, 1)), np.ones((2, 12))])
def test_pictures_have_room_for_every_code_and_factor(matrix):
    num_codes, num_factors = matrix.shape
    squares = relation_pictures.relation_squares(matrix)
    assert squares.shape[0] > 50 * num_factors
    assert squares.shape[1] > 50 * num_codes
    tree = dendrogram.dendrogram(matrix, [f"name {k}" for k in range(num_factors)])
    assert tree.shape[0] > 40 * num_factors
    for picture in (squares, tree, relation_pictures.recovery_picture(matrix)):
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 3
        assert picture.min() < 100 < picture.max()


def test_the_largest_square_is_the_darkest():
    matrix = np.array([[1.0, 0.2]])
    picture = relation_pictures.relation_squares(matrix, ["a", "b"]).astype(int).sum(axis=2)
    column = picture[:, 40 + int(np.argmin(picture[30, 40:100])) :]
    assert column[30].min() < column[82].min()  # the cell of factor 0 above that of factor 1
