"""dSprites' official files in miniature: 2 shapes, 2 scales, 3 orientations, 2 x 2 places."""

import zipfile

import h5py
import numpy as np
import pytest

from dlib.data.ground_truth import dsprites, dsprites_source
from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.utils.errors import DlibError

SIZES = (1, 2, 2, 3, 2, 2)
NUM = 48
STEM = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64"
CLASSES = np.ascontiguousarray(np.indices(SIZES).reshape(6, -1).T)
IMAGES = np.random.RandomState(0).randint(2, size=(NUM, 64, 64)).astype(np.uint8)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
    for module in (dsprites, dsprites_source):
        monkeypatch.setattr(module, "NUM_IMAGES", NUM)
        monkeypatch.setattr(module, "FACTOR_SIZES", SIZES)
    folder = tmp_path / "data" / "dsprites"
    folder.mkdir(parents=True)
    return folder


def _npz(folder, imgs=IMAGES, classes=CLASSES, **others):
    # As in the official file, the metadata is a pickled dictionary, which nobody may open.
    metadata = np.array({"author": "x"}, dtype=object)
    np.savez_compressed(
        folder / f"{STEM}.npz", imgs=imgs, latents_classes=classes, metadata=metadata, **others
    )
    return folder / f"{STEM}.npz"


def _hdf5(folder, imgs=IMAGES, classes=CLASSES):
    with h5py.File(folder / f"{STEM}.hdf5", "w") as file:
        file.create_dataset("imgs", data=imgs, chunks=(1, *imgs.shape[1:]), compression="gzip")
        file.create_dataset("latents/classes", data=classes)
    return folder / f"{STEM}.hdf5"


def _cached(tmp_path):
    cache = tmp_path / "cache"
    return [file.name for file in cache.iterdir()] if cache.exists() else []


@pytest.mark.parametrize("write", [_npz, _hdf5])
@pytest.mark.parametrize("dtype", [np.uint8, bool])
def test_an_official_file_is_used(folder, tmp_path, write, dtype):
    path = write(folder, imgs=IMAGES.astype(dtype))
    data = dsprites.DSprites([1, 2, 3, 4, 5])
    assert data.source == f"dsprites/{path.name}"
    np.testing.assert_array_equal(data.observations_at(np.arange(NUM))[..., 0], IMAGES)
    indices = data.sample_indices(CLASSES[[5, 40], 1:], None)
    assert indices.tolist() == [5, 40]
    assert len(_cached(tmp_path)) == 1
    path.write_bytes(path.read_bytes())  # touched: packed again, the old one is not believed
    dsprites.DSprites()
    assert len(_cached(tmp_path)) == 2


def test_npz_comes_before_hdf5_and_blocks_are_joined(folder, monkeypatch):
    _hdf5(folder)
    assert dsprites_source.official_file().suffix == ".hdf5"
    _npz(folder)
    assert dsprites_source.official_file().suffix == ".npz"
    monkeypatch.setattr("dlib.data.ground_truth.array_files.NpyStream.blocks.__defaults__", (7,))
    np.testing.assert_array_equal(dsprites.DSprites()._images[np.arange(NUM)][..., 0], IMAGES)


def test_classes_that_are_stored_by_columns(folder):
    _npz(folder, classes=np.asfortranarray(CLASSES))
    np.testing.assert_array_equal(dsprites.DSprites()._images[np.arange(NUM)][..., 0], IMAGES)


def _swapped(array):
    array = array.copy()
    array[[3, 4]] = array[[4, 3]]
    return array


WRONG = {
    "fewer images": ({"imgs": IMAGES[:-1]}, r"'imgs' has shape \(47, 64, 64\), expected \(48"),
    "another size": ({"imgs": IMAGES[:, :32]}, r"expected \(48, 64, 64\)"),
    "float images": ({"imgs": IMAGES.astype(np.float32)}, "dtype <f4 .float32., expected uint8"),
    "grey images": ({"imgs": IMAGES * 255}, "value 255, expected 0 and 1"),
    "another order": ({"classes": _swapped(CLASSES)}, "row 3 is .*not dSprites in its own order"),
    "big endian": ({"classes": CLASSES.astype(">i8")}, "native byte order"),
    "float classes": ({"classes": CLASSES.astype(float)}, "expected int64 or int32"),
    "five columns": ({"classes": CLASSES[:, 1:]}, r"expected \(48, 6\)"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("write", [_npz, _hdf5])
def test_a_file_of_something_else_is_one_line_and_leaves_nothing(folder, tmp_path, write, case):
    change, message = WRONG[case]
    path = write(folder, **change)
    with pytest.raises(DlibError, match=message) as error:
        dsprites.DSprites()
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)
    assert _cached(tmp_path) == []


@pytest.mark.parametrize("write", [_npz, _hdf5])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.97])
def test_a_truncated_file(folder, tmp_path, write, kept):
    path = write(folder)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(DlibError, match=r"cut short.*fetch it again"):
        dsprites.DSprites()
    assert _cached(tmp_path) == []


def test_damage_inside_an_npz(folder, tmp_path):
    path = _npz(folder)
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("imgs.npy").header_offset + 2000
    content = bytearray(path.read_bytes())
    content[start : start + 8] = bytes(8)
    path.write_bytes(content)
    with pytest.raises(DlibError, match="damaged or cut short"):
        dsprites.DSprites()
    assert _cached(tmp_path) == []


def test_images_that_would_need_unpickling(folder, tmp_path):
    _npz(folder, imgs=IMAGES.astype(object))
    with pytest.raises(DlibError, match="would need unpickling"):
        dsprites.DSprites()
    assert _cached(tmp_path) == []


def test_missing_arrays_are_named(folder):
    np.savez(folder / f"{STEM}.npz", images=IMAGES)
    with pytest.raises(DlibError, match=r"no array 'latents_classes', found \['images'\]"):
        dsprites.DSprites()
    (folder / f"{STEM}.npz").unlink()
    with h5py.File(folder / f"{STEM}.hdf5", "w") as file:
        file["images"] = IMAGES
    with pytest.raises(DlibError, match=r"no data set 'latents/classes', found \['images'\]"):
        get_named_ground_truth_data("dsprites_noshape")
