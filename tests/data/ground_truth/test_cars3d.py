import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from dlib.data.ground_truth.cars3d import Cars3D
from dlib.utils.errors import DlibError

SIZES = (2, 3, 4)  # elevation, azimuth, object


class Tiny(Cars3D):
    FACTOR_SIZES = SIZES


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def cached(root):
    cache = root.parent / "cache"
    return [path.name for path in cache.glob("*") if path.suffix != ".lock"]


def mesh(number):
    """MATLAB's axes: row, column, channel, azimuth, elevation. Brightness tells all three."""
    images = np.empty((128, 128, 3, 3, 2), np.uint8)
    images[:] = 60 * number + 10 * np.arange(3)[:, None] + np.arange(2)
    images[:, :, 1] = 7
    return images


def write(root, **changes):
    folder = root / "cars"
    folder.mkdir()
    # Written in an order that is not the alphabet's.
    for number, name in [(2, "car_030"), (0, "car_004"), (3, "car_100"), (1, "car_021")]:
        savemat(folder / f"{name}_mesh.mat", changes.get(name, {"im": mesh(number)}))
    (folder / "list.txt").write_text("car_004_mesh\n")
    return folder


def test_objects_are_numbered_by_name(root):
    write(root)
    data = Tiny()
    assert data.object_files[1] == "car_021_mesh.mat"
    assert data.num_images == 24
    factors = np.array([[1, 2, 3], [0, 1, 0], [1, 0, 1]])  # elevation, azimuth, object
    found = data.sample_observations_from_factors(factors, None)
    red = np.array([60 * 3 + 20 + 1, 10, 60 + 1])
    np.testing.assert_array_equal(found[:, 5, 5, 0], (red / 255).astype(np.float32))
    np.testing.assert_array_equal(found[:, 5, 5, 1], np.float32(7 / 255))
    assert found.shape == (3, 64, 64, 3)


def test_images_are_halved_as_the_reference_does(root):
    images = np.random.RandomState(0).randint(256, size=(128, 128, 3, 3, 2), dtype=np.uint8)
    write(root, car_004={"im": images})
    picture = Image.fromarray(np.ascontiguousarray(images[..., 1, 1]))
    picture.thumbnail((64, 64), Image.Resampling.LANCZOS)
    found = Tiny().sample_observations_from_factors([[1, 1, 0]], None)[0]
    np.testing.assert_array_equal(found, (np.asarray(picture) / 255).astype(np.float32))


def test_the_real_sizes():
    assert np.prod(Cars3D.FACTOR_SIZES) == 17_568
    assert Cars3D.FACTOR_NAMES == ("elevation", "azimuth", "object")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"mask": np.zeros(3)}, r"car_021_mesh.mat: expected a MATLAB file with 'im'"),
        (
            {"im": np.zeros((128, 128, 3, 3, 2))},
            r"to be uint8 \[128, 128, 3, 3, 2\], found float64",
        ),
        ({"im": np.zeros((8, 8, 3, 3, 2), np.uint8)}, r"found uint8 \[8, 8, 3, 3, 2\]"),
    ],
)
def test_other_contents(root, content, message):
    write(root, car_021=content)
    with pytest.raises(DlibError, match=message):
        Tiny()
    assert cached(root) == []


@pytest.mark.parametrize("content", [b"", b"MATLAB 5.0 MAT-file" + bytes(200), b"\x00" * 5000])
def test_a_damaged_file(root, content):
    (write(root) / "car_100_mesh.mat").write_bytes(content)
    with pytest.raises(DlibError, match=r"car_100_mesh.mat: .*damaged"):
        Tiny()
    assert cached(root) == []


def test_a_file_cut_short(root):
    path = write(root) / "car_030_mesh.mat"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DlibError, match=r"car_030_mesh.mat: .*cut short"):
        Tiny()


def test_missing_objects(root):
    with pytest.raises(DlibError, match="cars is not in"):
        Tiny()
    (write(root) / "car_100_mesh.mat").unlink()
    with pytest.raises(DlibError, match=r"expected 4 .mat files, found 3"):
        Tiny()
