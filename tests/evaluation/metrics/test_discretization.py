import gin
import numpy as np

from dlib.evaluation.metrics import discretization


def test_bins_have_equal_width_and_the_largest_value_is_in_the_last():
    codes = np.array([[0.0], [0.9], [1.0], [3.9], [4.0]])
    assert discretization.histogram_bins(codes, 4).ravel().tolist() == [1, 1, 2, 4, 4]


def test_each_code_has_its_own_range():
    codes = np.array([[0.0, -5.0], [1.0, 5.0]])
    assert discretization.histogram_bins(codes, 20).tolist() == [[1, 1], [20, 20]]


def test_a_constant_code_is_in_one_bin():
    assert set(discretization.histogram_bins(np.full((6, 1), 3.7), 20).ravel()) == {11}


def test_a_large_constant_is_in_one_bin():
    """1e8 + 0.5 is 1e8 in float32, so there are no 20 bins around it."""
    assert set(discretization.histogram_bins(np.full((6, 1), 1e8, np.float32), 20).ravel()) == {11}


def test_a_code_that_varies_by_its_rounding_alone():
    """numpy makes no 20 float32 edges between neighbouring float32 values."""
    low = np.float32(0.1)
    codes = np.array([[low], [np.nextafter(low, np.float32(1))]], np.float32)
    assert discretization.histogram_bins(codes, 20).ravel().tolist() == [1, 20]
    smallest = np.array([[0.0], [5e-324]])
    found = discretization.histogram_bins(smallest, 20).ravel()
    assert found[0] < found[1]


def test_edges_have_the_dtype_of_the_codes():
    codes = np.random.RandomState(0).randn(1000, 1).astype(np.float32)
    edges = np.histogram(codes[:, 0], 20)[1]
    assert edges.dtype == np.float32
    expected = np.digitize(codes[:, 0], edges[:-1])
    assert discretization.histogram_bins(codes, 20)[:, 0].tolist() == expected.tolist()


def test_reference_orientation_and_dtype():
    target = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]], np.float32)
    found = discretization.histogram_discretizer(target, 2)
    assert found.dtype == np.float32
    assert found.tolist() == [[1, 1, 2, 2], [2, 2, 1, 1]]


def test_gin_chooses_the_discretizer():
    codes = np.array([[0.4], [1.6]])
    gin.clear_config()
    gin.bind_parameter("discretizer.discretizer_fn", lambda target, num_bins: np.round(target))
    gin.bind_parameter("discretizer.num_bins", 3)
    found = discretization.discretized(codes)
    gin.clear_config()
    assert found.tolist() == [[0.0], [2.0]]
