import gzip
import struct

import numpy as np
import pytest

from dlib.data.ground_truth.norb_file import matrix_blocks, read_matrix
from dlib.utils.errors import DlibError

BYTES, INTEGERS = 0x1E3D4C55, 0x1E3D4C54


def encoded(values, magic=None, order="<"):
    """A matrix in NORB's format, written out by hand from its description."""
    magic = magic or (BYTES if values.dtype == np.uint8 else INTEGERS)
    sizes = list(values.shape) + [1] * (3 - values.ndim)
    header = struct.pack(f"{order}Ii{len(sizes)}i", magic, values.ndim, *sizes)
    return header + values.astype(values.dtype.newbyteorder(order)).tobytes()


def test_a_vector_has_three_sizes_in_its_header(tmp_path):
    values = np.array([4, 0, 2, 1], np.int32)
    path = tmp_path / "cat.mat"
    path.write_bytes(encoded(values))
    assert path.stat().st_size == 4 * (2 + 3) + 4 * 4
    np.testing.assert_array_equal(read_matrix(path, np.int32, (4,)), values)


@pytest.mark.parametrize("suffix", [".mat", ".mat.gz"])
def test_blocks_put_together_are_the_matrix(tmp_path, suffix):
    values = np.arange(7 * 2 * 3 * 5, dtype=np.uint8).reshape(7, 2, 3, 5)
    path = tmp_path / f"dat{suffix}"
    path.write_bytes(gzip.compress(encoded(values)) if suffix == ".mat.gz" else encoded(values))
    blocks = list(matrix_blocks(path, np.uint8, values.shape, block_rows=3))
    assert [len(block) for block in blocks] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate(blocks), values)


GOOD = encoded(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD[:6], r"cut short: 2 bytes are missing"),
        (GOOD[:-5], r"cut short: 5 bytes are missing"),
        (GOOD + b"x", r"longer than its header says \(\[2, 3, 4\] uint8\)"),
        (b"\x93NUMPY" + GOOD, r"not a NORB matrix \(magic 0x4d554e93, expected 0x1e3d4c55 or"),
        (
            encoded(np.arange(24, dtype=np.uint8).reshape(2, 3, 4), order=">"),
            r"a big-endian file, expected little-endian",
        ),
        (encoded(np.zeros((2, 3, 4), np.int32)), r"expected uint8 \[2, 3, 4\], found int32"),
        (encoded(np.zeros((2, 4, 3), np.uint8)), r"expected uint8 \[2, 3, 4\], found uint8 \[2, 4"),
        (struct.pack("<Ii3i", BYTES, 900, 1, 1, 1), r"expected 1 to 8 dimensions, found 900"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "dat.mat"
    path.write_bytes(content)
    with pytest.raises(DlibError, match=message) as error:
        read_matrix(path, np.uint8, (2, 3, 4))
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content",
    [gzip.compress(GOOD)[:-9], b"no gzip", gzip.compress(GOOD)[:-8] + bytes(8)],
    ids=["cut", "none", "wrong checksum"],
)
def test_damaged_gzip(tmp_path, content):
    path = tmp_path / "dat.mat.gz"
    path.write_bytes(content)
    with pytest.raises(DlibError, match=r"dat.mat.gz: (damaged or )?cut short"):
        read_matrix(path, np.uint8, (2, 3, 4))
