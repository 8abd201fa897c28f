import tarfile

import numpy as np
import pytest
from PIL import Image

from dlib.data.ground_truth.chairs3d import Chairs3D
from dlib.utils.errors import DlibError

MODELS = ("b7f1", "a03c")


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def cached(root):
    cache = root.parent / "cache"
    return [path.name for path in cache.glob("*") if path.suffix != ".lock"]


def render(folder, views=62):
    """White pictures with a grey square of brightness 100 * model + view in the middle."""
    for number, model in enumerate(sorted(MODELS)):
        renders = folder / "rendered_chairs" / model / "renders"
        renders.mkdir(parents=True)
        for view in range(views):
            pixels = np.full((60, 60, 3), 255, np.uint8)
            pixels[20:40, 20:40] = 100 * number + view
            Image.fromarray(pixels).save(renders / f"image_{view:03}_p020_t000_r096.png")
    (folder / "rendered_chairs" / "all_chair_names.mat").write_bytes(b"names")


def pack(folder, target):
    with tarfile.open(target, "w") as archive:
        archive.add(folder / "rendered_chairs", "rendered_chairs")


@pytest.fixture(params=["folder", "tar"])
def chairs(request, root, tmp_path):
    (root / "chairs3d").mkdir()
    render(root / "chairs3d" if request.param == "folder" else tmp_path)
    if request.param == "tar":
        pack(tmp_path, root / "chairs3d" / "rendered_chairs.tar")
    return root


def test_models_and_views_in_order(chairs):
    data = Chairs3D()
    assert data.num_images == 2 * 62
    assert data.observation_shape == [64, 64, 1]
    assert data.num_factors == 0
    images = data.observations_at(np.arange(124))
    middle = np.concatenate([np.arange(62), 100 + np.arange(62)])
    np.testing.assert_array_equal(images[:, 32, 32, 0], (middle / 255).astype(np.float32))
    assert (images[:, 0, 0, 0] == 1).all()
    assert data.source.startswith("chairs3d/rendered_chairs")


def test_crop(chairs):
    images = Chairs3D(crop=20).observations_at(np.array([7]))
    np.testing.assert_array_equal(images, np.full((1, 64, 64, 1), np.float32(7 / 255)))
    assert Chairs3D().observations_at(np.array([7]))[0, 0, 0, 0] == 1  # its own cache file


def test_a_crop_larger_than_the_picture(chairs):
    with pytest.raises(DlibError, match=r"124 of 124 pictures .*60x60 pixels, smaller than the"):
        Chairs3D(crop=400)
    with pytest.raises(DlibError, match=r"chairs3d.crop: expected pixels or None, found 'a'"):
        Chairs3D(crop="a")


def test_missing_views(root):
    (root / "chairs3d").mkdir()
    render(root / "chairs3d", views=61)
    with pytest.raises(DlibError, match=r"model a03c has 61 views, expected 62"):
        Chairs3D()
    assert cached(root) == []


@pytest.mark.parametrize("keep", [0, 700, 100_000])
def test_a_tar_cut_short(root, tmp_path, keep):
    (root / "chairs3d").mkdir()
    render(tmp_path)
    path = root / "chairs3d" / "rendered_chairs.tar"
    pack(tmp_path, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DlibError, match=r"rendered_chairs.tar: (damaged or cut short|no|model)"):
        Chairs3D()
    assert cached(root) == []


def test_missing(root):
    with pytest.raises(DlibError, match="dlib_download_data chairs3d"):
        Chairs3D()
