import h5py
import numpy as np
import pytest

from dlib.data.ground_truth.shapes3d import CANDIDATES, Shapes3D
from dlib.utils.errors import DlibError

SIZES = (2, 3, 2, 2, 1, 2)  # 48 images
H5, NPZ = CANDIDATES


class Tiny(Shapes3D):
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


def contents():
    """Images whose three channels hold their number, and labels as real numbers."""
    images = np.empty((48, 64, 64, 3), np.uint8)
    images[:] = np.arange(48, dtype=np.uint8)[:, None, None, None]
    images[..., 1] += 100
    labels = np.indices(SIZES).reshape(6, -1).T * np.array([0.1, 0.1, 0.1, 0.07, 1.0, 4.3]) - 1.0
    return images, labels


def write_h5(root, images, labels, **options):
    (root / H5).parent.mkdir(exist_ok=True)
    with h5py.File(root / H5, "w") as file:
        file.create_dataset("images", data=images, **options)
        file["labels"] = labels


def write_npz(root, save=np.savez, **arrays):
    (root / NPZ).parent.mkdir(exist_ok=True)
    save(root / NPZ, **arrays)


@pytest.mark.parametrize("kind", ["h5", "chunked h5", "npz", "npz of factor axes"])
def test_every_format_gives_the_same_images(root, kind):
    images, labels = contents()
    if kind == "h5":
        write_h5(root, images, labels)
    elif kind == "chunked h5":
        write_h5(root, images, labels, chunks=(7, 16, 16, 1), compression="gzip")
    elif kind == "npz":
        write_npz(root, images=images, labels=labels)
    else:  # as the reference reads it
        arrays = {
            "images": images.reshape(*SIZES, 64, 64, 3),
            "labels": labels.reshape(*SIZES, 6),
        }
        write_npz(root, np.savez_compressed, **arrays)
    data = Tiny()
    assert data.num_images == 48
    assert data.source == (H5 if "h5" in kind else NPZ)
    # (1, 0, 1, 1, 0, 0): 1*24 + 0*8 + 1*4 + 1*2 + 0*2 + 0 = 30
    found = data.sample_observations_from_factors([[1, 0, 1, 1, 0, 0]], np.random.RandomState(0))
    expected = (np.array([30, 130, 30]) / 255).astype(np.float32)
    np.testing.assert_array_equal(found, np.broadcast_to(expected, (1, 64, 64, 3)))
    assert found.dtype == np.float32


def test_factors_of_the_real_set():
    assert dict(zip(Shapes3D.FACTOR_NAMES, Shapes3D.FACTOR_SIZES, strict=True)) == {
        "floor color": 10,
        "wall color": 10,
        "object color": 10,
        "size": 8,
        "shape": 4,
        "azimuth": 15,
    }


def test_observations_draw_nothing(root):
    write_h5(root, *contents())
    random_state, reference = np.random.RandomState(3), np.random.RandomState(3)
    factors, _ = Tiny().sample(6, random_state)
    drawn = [reference.randint(size, size=6) for size in SIZES]
    np.testing.assert_array_equal(factors, np.column_stack(drawn))
    assert random_state.randint(2**30) == reference.randint(2**30)


def test_the_source_is_not_needed_again(root, monkeypatch):
    write_h5(root, *contents())
    Tiny()
    monkeypatch.setattr(Tiny, "_blocks", None)
    assert Tiny().observations_at(np.array([47]))[0, 0, 0, 0] == np.float32(47 / 255)


def test_missing(root):
    with pytest.raises(DlibError, match="dlib_download_data shapes3d"):
        Tiny()


def swapped(labels):
    return labels[:, [1, 0, 2, 3, 4, 5]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda images, labels: (images[:-1], labels),
            r"'images' has shape \(47, 64, 64, 3\), expected \(48, 64",
        ),
        (
            lambda images, labels: (images[:, :32], labels),
            r"'images' has shape \(48, 32, 64, 3\), expected",
        ),
        (
            lambda images, labels: (images.astype(">u2"), labels),
            r"'images' has dtype >u2 \(uint16\), expected uint8",
        ),
        (
            lambda images, labels: (images, labels[:, :5]),
            r"'labels' has shape \(48, 5\), expected \(48, 6\)",
        ),
        (
            lambda images, labels: (images, swapped(labels)),
            r"'labels' for floor color do not enumerate its 2 values",
        ),
        (
            lambda images, labels: (images, np.full((48, 6), "a").astype("S1")),
            r"'labels' has dtype",
        ),
    ],
)
def test_other_contents_leave_nothing_in_the_cache(root, change, message):
    write_h5(root, *change(*contents()))
    with pytest.raises(DlibError, match=message) as error:
        Tiny()
    assert H5 in str(error.value)
    assert cached(root) == []


@pytest.mark.parametrize("part", [0.1, 0.6, 0.99])
def test_a_file_cut_short(root, part):
    write_h5(root, *contents(), compression="gzip")
    content = (root / H5).read_bytes()
    (root / H5).write_bytes(content[: int(part * len(content))])
    with pytest.raises(DlibError, match=r"3dshapes.h5: .*cut short or damaged"):
        Tiny()
    assert cached(root) == []


def test_an_npz_that_would_need_unpickling(root):
    _, labels = contents()
    write_npz(root, images=np.array([{}] * 48, object), labels=labels)
    with pytest.raises(DlibError, match="would need unpickling"):
        Tiny()
    assert cached(root) == []


def test_factors_out_of_range(root):
    write_h5(root, *contents())
    data, random_state = Tiny(), np.random.RandomState(0)
    for factors, message in [
        ([[2, 0, 0, 0, 0, 0]], r"factor 0 is 2 in row 0, expected 0 to 1"),
        ([[0, 0, 0, 0, 0, -1]], r"factor 5 is -1 in row 0, expected 0 to 1"),
        ([[0, 0, 0, 0, 0]], r"shape \[1, 5\], expected \[N, 6\]"),
    ]:
        with pytest.raises(DlibError, match=message):
            data.sample_observations_from_factors(factors, random_state)
