import gzip
import struct

import numpy as np
import pytest
from PIL import Image

from dlib.data.ground_truth.norb import CHUNKS, SmallNORB
from dlib.utils.errors import DlibError

SIZES = (2, 3, 2, 3, 2)  # category, instance, elevation, azimuth, lighting: 72 images
ROWS = 36


class Tiny(SmallNORB):
    ALL_FACTOR_SIZES = SIZES


def write(path, values, magic, compress=False):
    sizes = list(values.shape) + [1] * (3 - values.ndim)
    content = struct.pack(f"<Ii{len(sizes)}i", magic, values.ndim, *sizes) + values.tobytes()
    path.write_bytes(gzip.compress(content, 1) if compress else content)


def write_set(root, compress=False, **changes):
    """Six files; image i of the shuffled files has brightness 3 * (its row in factor order)."""
    folder = root / "small_norb"
    folder.mkdir(exist_ok=True)
    factors = np.indices(SIZES).reshape(5, -1).T  # row r holds the factors of brightness 3 r
    order = np.random.RandomState(0).permutation(len(factors))
    dat = np.empty((len(factors), 2, 96, 96), np.uint8)
    dat[:, 0] = (3 * order)[:, None, None]
    dat[:, 1] = 255  # the second camera, which is not used
    info = factors[order, 1:].astype(np.int32)
    info[:, 2] *= 2  # azimuths 0, 2, 4
    arrays = {"dat": dat, "cat": factors[order, 0].astype(np.int32), "info": info} | changes
    for number, chunk in enumerate(CHUNKS):
        for part, values in arrays.items():
            name = f"smallnorb-{chunk}-{part}.mat" + (".gz" if compress else "")
            magic = 0x1E3D4C55 if values.dtype == np.uint8 else 0x1E3D4C54
            write(folder / name, values[number * ROWS :][:ROWS], magic, compress)
    return folder


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def cached(root):
    cache = root.parent / "cache"
    return [path.name for path in cache.iterdir() if path.suffix != ".lock"]


@pytest.mark.parametrize("compress", [False, True])
def test_factors_lead_to_their_image(root, compress):
    write_set(root, compress)
    data = Tiny()
    assert data.num_images == 72
    assert data.factors_num_values == [2, 2, 3, 2]
    assert data.observation_shape == [64, 64, 1]
    assert data.factor_names == ("category", "elevation", "azimuth", "lighting")
    assert data.source == "small_norb"
    images = data.observations_at(np.arange(72))
    assert images.dtype == np.float32
    assert images.shape == (72, 64, 64, 1)
    expected = (3 * np.arange(72) / 255).astype(np.float32)
    np.testing.assert_array_equal(
        images, np.broadcast_to(expected[:, None, None, None], images.shape)
    )


def test_draws_come_in_the_references_order(root):
    write_set(root)
    data = Tiny()
    factors, images = data.sample(5, np.random.RandomState(7))
    reference = np.random.RandomState(7)
    drawn = [reference.randint(size, size=5) for size in (2, 2, 3, 2)]
    instance = reference.randint(3, size=5)  # hidden, redrawn at each observation
    np.testing.assert_array_equal(factors, np.column_stack(drawn))
    category, elevation, azimuth, lighting = drawn
    row = np.ravel_multi_index((category, instance, elevation, azimuth, lighting), SIZES)
    np.testing.assert_array_equal(images[:, 0, 0, 0], (3 * row / 255).astype(np.float32))


def edge_images():
    """A bright half beside a dark one: LANCZOS overshoots at the edge."""
    dat = np.zeros((72, 2, 96, 96), np.uint8)
    dat[:, 0, :, 47:] = 255
    return dat


@pytest.mark.parametrize(("resampling", "dtype"), [("lanczos", np.uint8), ("reference", np.int32)])
def test_resampling(root, resampling, dtype):
    dat = edge_images()
    dat[:, 0, :, 47:] = 251  # so that overshoot does not meet the limit of a byte
    write_set(root, dat=dat)
    image = Image.fromarray(dat[0, 0].astype(dtype)).resize((64, 64), Image.Resampling.LANCZOS)
    expected = np.asarray(image).clip(0, 255) / np.float32(255)
    found = Tiny(resampling).observations_at(np.array([5]))[0, :, :, 0]
    np.testing.assert_array_equal(found, expected.astype(np.float32))


def test_the_references_overshoot_is_clipped(root):
    write_set(root, dat=edge_images())
    image = Tiny("reference").observations_at(np.array([0]))
    assert image.min() == 0.0
    assert image.max() == 1.0


def test_unknown_resampling(root):
    with pytest.raises(DlibError, match=r"'nearest' is unknown; there is lanczos, reference"):
        Tiny("nearest")


@pytest.mark.parametrize("missing", range(6))
def test_one_of_six_files_missing(root, missing):
    folder = write_set(root)
    path = sorted(folder.iterdir())[missing]
    path.unlink()
    with pytest.raises(DlibError, match="dlib_download_data smallnorb") as error:
        Tiny()
    assert path.name in str(error.value)


def doubled():
    """Factors in which one combination comes twice and another never."""
    info = np.indices(SIZES).reshape(5, -1).T[:, 1:].astype(np.int32)
    info[:, 2] *= 2
    info[1] = info[0]
    return info


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dat": np.zeros((72, 2, 64, 64), np.uint8)}, r"expected uint8 \[36, 2, 96, 96\], found"),
        ({"cat": np.full(72, 2, np.int32)}, r"info.mat: factor 0 is 2 in row 0, expected 0 to 1"),
        ({"info": np.full((72, 4), -2, np.int32)}, r"factor 1 is -2 in row 0"),
        ({"info": np.ones((72, 4), np.int32)}, r"azimuths must be even"),
        (
            {"cat": np.repeat([0, 1], 36).astype(np.int32), "info": doubled()},
            r"small_norb: the cat and info files together hold 72 rows with 71 distinct",
        ),
    ],
)
def test_other_contents_leave_nothing_in_the_cache(root, changes, message):
    write_set(root, **changes)
    with pytest.raises(DlibError, match=message):
        Tiny()
    assert cached(root) == []


def test_a_changed_source_is_read_again(root):
    write_set(root)
    assert Tiny().observations_at(np.array([10]))[0, 0, 0, 0] == np.float32(30 / 255)
    write_set(root, dat=np.full((72, 2, 96, 96), 51, np.uint8))
    assert Tiny().observations_at(np.array([10]))[0, 0, 0, 0] == np.float32(0.2)
