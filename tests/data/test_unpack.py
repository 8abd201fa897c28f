import io
import tarfile

import pytest

from dlib.data.unpack import unpack
from dlib.utils.errors import DlibError


def pack(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, tuple):
                info.type, info.linkname = content
            else:
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content if isinstance(content, bytes) else b""))
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_only_the_wanted_members(tmp_path, mode):
    members = {"data/cars/a.mat": b"A", "data/cars/deep/b.mat": b"B", "data/sprites/c": b"C"}
    archive = pack(tmp_path / "a.tar", members, mode)
    unpack(archive, "data/cars/", tmp_path / "cars")
    assert (tmp_path / "cars" / "a.mat").read_bytes() == b"A"
    assert (tmp_path / "cars" / "deep" / "b.mat").read_bytes() == b"B"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.mat", "b.mat", "cars", "deep"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("data/cars/../../evil", b"x", "'data/cars/../../evil' lies outside its folder"),
        ("../evil", b"x", "'../evil' lies outside its folder"),
        ("/evil", b"x", "'/evil' lies outside its folder"),
        ("data\\cars\\..\\evil", b"x", "lies outside its folder"),
        ("data/cars/evil", (tarfile.SYMTYPE, "/etc/passwd"), "data/cars/evil is a link"),
        ("data/cars/evil", (tarfile.LNKTYPE, "../../x"), "data/cars/evil is a link"),
    ],
)
def test_nothing_leaves_the_folder(tmp_path, name, content, message):
    inner = tmp_path / "inner"
    inner.mkdir()
    archive = pack(inner / "a.tar.gz", {"data/cars/a.mat": b"A", name: content})
    with pytest.raises(DlibError) as error:
        unpack(archive, "data/cars/", inner / "cars")
    assert message in str(error.value)
    assert [path.name for path in tmp_path.rglob("*")] == ["inner", "a.tar.gz"]


def test_damaged_and_other_archives(tmp_path):
    archive = pack(tmp_path / "a.tar.gz", {"data/cars/a.mat": bytes(range(256)) * 400})
    archive.write_bytes(archive.read_bytes()[:-300])
    with pytest.raises(DlibError, match=r"a.tar.gz: damaged or cut short"):
        unpack(archive, "data/cars/", tmp_path / "cars")
    archive.write_bytes(b"no archive")
    with pytest.raises(DlibError, match=r"a.tar.gz: damaged or cut short"):
        unpack(archive, "data/cars/", tmp_path / "cars")
    pack(archive, {"other/a.mat": b"A"})
    with pytest.raises(DlibError, match=r"no member begins with data/cars/"):
        unpack(archive, "data/cars/", tmp_path / "cars")
    assert not (tmp_path / "cars").exists()
