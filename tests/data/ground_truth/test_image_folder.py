import numpy as np
import pytest
from PIL import Image

from dlib.data.ground_truth.image_folder import ImageFolder
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


def save(path, value, size=(10, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, 0, 255)).save(path)


def test_pictures_in_order_of_their_paths(root):
    for name, value in [("pets/b/1.png", 30), ("pets/a.png", 10), ("pets/b/0.PNG", 20)]:
        save(root / name, value)
    (root / "pets" / "notes.txt").write_text("no picture")
    (root / "pets" / ".hidden.png").write_text("no picture")
    data = ImageFolder("pets")
    assert data.files == ("a.png", "b/0.PNG", "b/1.png")
    assert data.num_images == 3
    assert data.num_factors == 0
    assert data.factor_names == ()
    assert data.observation_shape == [64, 64, 3]
    images = data.observations_at(np.arange(3))
    red = (np.array([10, 20, 30]) / 255).astype(np.float32)
    np.testing.assert_array_equal(images[:, 0, 0, 0], red)
    np.testing.assert_array_equal(images[..., 2], np.ones((3, 64, 64), np.float32))


def test_size_and_channels(root):
    save(root / "pets" / "a.png", 40, (30, 20))
    assert ImageFolder("pets", size=(32, 48), channels=1).observation_shape == [32, 48, 1]


def test_an_added_or_changed_picture_is_seen(root):
    save(root / "pets" / "a.png", 10)
    assert ImageFolder("pets").num_images == 1
    save(root / "pets" / "b.png", 20)
    assert ImageFolder("pets").num_images == 2
    save(root / "pets" / "b.png", 255, (20, 20))
    assert ImageFolder("pets").observations_at([1]).mean() == pytest.approx(2 / 3)


def test_a_damaged_picture_among_many(root):
    for number in range(20):
        save(root / "pets" / f"{number:02}.png", number)
    (root / "pets" / "13.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(DlibError, match=r"1 of 20 pictures cannot be used.*pets/13.png"):
        ImageFolder("pets")
    assert cached(root) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "none"}, r"image_folder.path: none is neither in"),
        ({"path": "empty"}, r"no picture in it or below"),
        ({"path": "file.png"}, r"expected a folder of pictures, found a file"),
        ({"path": "pets", "size": 0}, r"image_folder.size: expected pixels"),
        ({"path": "pets", "size": (1, 2, 3)}, r"image_folder.size: expected pixels"),
        ({"path": "pets", "channels": 4}, r"image_folder.channels: expected 1"),
        ({"path": "pets", "crop": "square"}, r"image_folder.crop: expected 'aspect'"),
    ],
)
def test_options(root, options, message):
    save(root / "pets" / "a.png", 10)
    save(root / "file.png", 10)
    (root / "empty").mkdir()
    with pytest.raises(DlibError, match=message):
        ImageFolder(**options)
