import numpy as np
import pytest

from dlib.data.ground_truth.mpi3d import MPI3D
from dlib.data.ground_truth.registry import constructors
from dlib.utils.errors import DlibError

SIZES = (2, 1, 2, 2, 1, 3, 2)  # 48 images


class Tiny(MPI3D):
    FACTOR_SIZES = dict.fromkeys(MPI3D.FACTOR_SIZES, SIZES)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def cached(root):
    cache = root.parent / "cache"
    return [path.name for path in cache.glob("*") if path.suffix != ".lock"]


def write(root, images, mode="mpi3d_toy", save=np.savez):
    (root / mode).mkdir(exist_ok=True)
    save(root / mode / f"{mode}.npz", images=images)
    return root / mode / f"{mode}.npz"


def numbered():
    images = np.empty((48, 64, 64, 3), np.uint8)
    images[:] = 5 * np.arange(48, dtype=np.uint8)[:, None, None, None]
    return images


@pytest.mark.parametrize("mode", ["mpi3d_toy", "mpi3d_realistic", "mpi3d_real"])
@pytest.mark.parametrize("shape", [(48,), SIZES])
def test_row_major_order(root, mode, shape):
    write(root, numbered().reshape(*shape, 64, 64, 3), mode, np.savez_compressed)
    data = Tiny(mode)
    assert data.source == f"{mode}/{mode}.npz"
    # 1*24 + 0 + 0*12 + 1*6 + 0 + 2*2 + 1 = 35
    found = data.sample_observations_from_factors([[1, 0, 0, 1, 0, 2, 1]], None)
    np.testing.assert_array_equal(found, np.full((1, 64, 64, 3), np.float32(5 * 35 / 255)))


def test_the_real_sizes_and_names():
    assert np.prod(MPI3D.FACTOR_SIZES["mpi3d_toy"]) == 460_800
    assert np.prod(MPI3D.FACTOR_SIZES["mpi3d_realistic"]) == 460_800
    assert np.prod(MPI3D.FACTOR_SIZES["mpi3d_real"]) == 1_036_800
    assert {"mpi3d_toy", "mpi3d_realistic", "mpi3d_real"} <= set(constructors())


def test_unknown_mode_and_missing_file(root):
    with pytest.raises(DlibError, match="mode 'mpi3d' is unknown"):
        Tiny("mpi3d")
    with pytest.raises(DlibError, match=r"mpi3d_real/mpi3d_real.npz is not in .*download_data mpi"):
        Tiny("mpi3d_real")


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (numbered()[:40], r"'images' has shape \(40, 64, 64, 3\), expected \(48, 64, 64, 3\)"),
        (numbered().astype(np.float32), r"'images' has dtype <f4 \(float32\), expected uint8"),
        (np.array([None] * 48), r"unpickling"),
        (np.zeros(5, np.uint8), r"'images' has shape \(5,\)"),
        (np.asfortranarray(numbered()), r"column by column"),
    ],
)
def test_other_contents_leave_nothing_in_the_cache(root, images, message):
    write(root, images)
    with pytest.raises(DlibError, match=message):
        Tiny()
    assert cached(root) == []


@pytest.mark.parametrize("cut", [10, 5000])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_cut_short(root, save, cut):
    path = write(
        root, np.random.RandomState(0).randint(256, size=(48, 64, 64, 3), dtype=np.uint8), save=save
    )
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(DlibError, match="mpi3d_toy.npz: damaged or cut short"):
        Tiny()
    assert cached(root) == []


def test_a_flipped_bit(root):
    path = write(root, numbered())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DlibError, match="damaged"):
        Tiny()
    assert cached(root) == []
