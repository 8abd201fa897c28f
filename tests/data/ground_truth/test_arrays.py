import gin
import h5py
import numpy as np
import pytest

from dlib.data.ground_truth.arrays import array
from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.data.ground_truth.stored import StoredProduct, StoredTable, UnlabelledImages
from dlib.utils.errors import DlibError


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def cached(root):
    cache = root.parent / "cache"
    return [path.name for path in cache.glob("*") if path.suffix != ".lock"]


def numbered(count, *shape):
    """Images of uint8 whose value is 10 times their number."""
    return np.zeros((count, *shape), np.uint8) + (10 * np.arange(count, dtype=np.uint8)).reshape(
        -1, *[1] * len(shape)
    )


GRID = np.indices((2, 3)).reshape(2, -1).T  # 6 rows


@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_a_shuffled_full_grid_is_a_product(root, suffix):
    order = np.random.RandomState(0).permutation(6)
    arrays = {"images": numbered(6, 8, 9, 3)[order], "factors": GRID[order]}
    if suffix == "npz":
        np.savez(root / "mine.npz", **arrays)
    else:
        with h5py.File(root / "mine.h5", "w") as file:
            for key, values in arrays.items():
                file[key] = values
    data = array(f"mine.{suffix}", factor_names=("hue", "size"))
    assert isinstance(data, StoredProduct)
    assert not hasattr(data, "sample_factors_given")  # the reference's draws are right here
    assert data.factor_names == ("hue", "size")
    assert data.factors_num_values == [2, 3]
    assert data.observation_shape == [8, 9, 3]
    assert data.source.endswith(f"mine.{suffix}")
    found = data.sample_observations_from_factors(GRID, None)
    np.testing.assert_array_equal(found[:, 3, 4, 1], (10 * np.arange(6) / 255).astype(np.float32))


def test_a_partial_grid_stays_on_its_rows(root):
    factors = np.array([[0, 0], [0, 2], [1, 1], [1, 1]])
    np.savez(root / "mine.npz", images=numbered(4, 8, 8), factors=factors)
    data = array("mine.npz")
    assert isinstance(data, StoredTable)
    assert data.factor_names == ("factor 0", "factor 1")
    assert data.observation_shape == [8, 8, 1]
    drawn = data.sample_factors(300, np.random.RandomState(0))
    assert {tuple(row) for row in drawn} == {(0, 0), (0, 2), (1, 1)}
    given = data.sample_factors_given(1, np.array([2, 1, 0]), np.random.RandomState(0))
    np.testing.assert_array_equal(given, [[0, 2], [1, 1], [0, 0]])
    images = data.sample_observations_from_factors([[0, 2]] * 3, np.random.RandomState(0))
    np.testing.assert_array_equal(images, np.full((3, 8, 8, 1), np.float32(10 / 255)))
    twins = data.sample_observations_from_factors([[1, 1]] * 50, np.random.RandomState(0))
    assert set(twins[:, 0, 0, 0]) == {np.float32(20 / 255), np.float32(30 / 255)}


def test_real_numbers_are_numbered_in_order(root):
    factors = np.array([[0.5, -30.0], [0.1, 90.0], [0.5, 90.0], [0.1, -30.0]])
    np.savez(root / "mine.npz", images=numbered(4, 8, 8), factors=np.asfortranarray(factors))
    data = array("mine.npz")
    assert data.factors_num_values == [2, 2]
    found = data.sample_observations_from_factors([[0, 0], [0, 1], [1, 0], [1, 1]], None)
    expected = (np.array([30, 10, 0, 20]) / 255).astype(np.float32)
    np.testing.assert_array_equal(found[:, 0, 0, 0], expected)


def test_sizes_may_be_told(root):
    np.savez(root / "mine.npz", images=numbered(3, 8, 8), factors=np.arange(3))
    assert array("mine.npz").factors_num_values == [3]
    assert isinstance(array("mine.npz"), StoredProduct)
    wider = array("mine.npz", factor_sizes=[5])
    assert wider.factors_num_values == [5]
    assert isinstance(wider, StoredTable)
    with pytest.raises(DlibError, match=r"mine.npz: factor 0 is 2 in row 2, expected 0 to 1"):
        array("mine.npz", factor_sizes=[2])


def test_without_factors(root):
    np.savez(root / "mine.npz", pictures=numbered(5, 8, 8))
    data = array("mine.npz", images="pictures", factors=None)
    assert isinstance(data, UnlabelledImages)
    assert data.num_factors == 0
    random_state = np.random.RandomState(4)
    factors = data.sample_factors(6, random_state)
    assert factors.shape == (6, 0)
    images = data.sample_observations_from_factors(factors, random_state)
    drawn = np.random.RandomState(4).randint(5, size=6)
    np.testing.assert_array_equal(images[:, 0, 0, 0], (10 * drawn / 255).astype(np.float32))


def test_bool_images(root):
    images = np.zeros((2, 8, 8), bool)
    images[1, 2:4] = True
    np.savez_compressed(root / "mine.npz", images=images, factors=[0, 1])
    found = array("mine.npz").observations_at(np.arange(2))
    np.testing.assert_array_equal(found[..., 0], images.astype(np.float32))


def test_by_name(root):
    np.savez(root / "mine.npz", images=numbered(6, 8, 8), factors=GRID)
    gin.bind_parameter("array.path", "mine.npz")
    try:
        assert get_named_ground_truth_data("array").num_images == 6
    finally:
        gin.clear_config()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": numbered(6, 8, 8) / 255}, r"to be uint8 .* found float64 \[6, 8, 8\]"),
        ({"images": numbered(6, 8)}, r"found uint8 \[6, 8\]"),
        ({"images": numbered(6, 8, 8) // 10 % 2}, r"holds only 0 and 1, expected 0 to 255"),
        ({"images": np.array([None] * 6)}, r"unpickling"),
        ({"factors": GRID[:5]}, r"one row for each image, found \[5, 2\]"),
        ({"factors": -GRID}, r"mine.npz: factor 1 is -1 in row 1"),
        ({"factors": GRID * np.nan}, r"'factors' holds values that are not finite"),
        ({"factors": GRID.astype(str)}, r"'factors' has dtype <U21, expected numbers"),
        ({"factors": np.array([None] * 6)}, r"'factors' cannot be read without unpickling"),
    ],
)
def test_other_contents_leave_nothing_in_the_cache(root, changes, message):
    np.savez(root / "mine.npz", **{"images": numbered(6, 8, 8), "factors": GRID} | changes)
    with pytest.raises(DlibError, match=message) as error:
        array("mine.npz")
    assert "mine.npz" in str(error.value)
    assert cached(root) == []


def test_names_that_do_not_fit(root):
    np.savez(root / "mine.npz", images=numbered(6, 8, 8), labels=GRID)
    with pytest.raises(DlibError, match=r"no array 'factors', found \['images', 'labels'\]"):
        array("mine.npz")
    with pytest.raises(DlibError, match=r"expected 2 names, found 1"):
        array("mine.npz", factors="labels", factor_names=["hue"])
    with pytest.raises(DlibError, match=r"array.path: other.npz is neither in"):
        array("other.npz")
    (root / "mine.csv").write_text("1")
    with pytest.raises(DlibError, match=r"expected a file named .npz, .h5 or .hdf5"):
        array("mine.csv")
