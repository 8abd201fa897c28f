import os

from dlib.data.ground_truth import file_tree


def test_sorted_folder_by_folder(tmp_path):
    for name in ("b/2.png", "b/10.PNG", "b c/1.png", "b-d/1.png", "a.png", "notes.txt", ".h.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "1.png").touch()
    found = file_tree.files_below(tmp_path, (".png",))
    # As sorted paths are: the folder's name first, and "b" before "b c".
    expected = sorted(
        (p for p in tmp_path.rglob("*") if p.suffix.lower() == ".png" and "/." not in str(p)),
    )
    assert found.paths == [p.relative_to(tmp_path).as_posix() for p in expected]
    assert len(found.paths) == 5
    assert set(found.sizes) == {5}
    assert found.times[0] == (tmp_path / "a.png").stat().st_mtime_ns
    assert file_tree.files_below(tmp_path, ".png", lambda path: "b/" in path).paths == [
        "b/10.PNG",
        "b/2.png",
    ]


def test_identity_sees_every_change(tmp_path):
    (tmp_path / "a.png").write_bytes(b"1")
    os.utime(tmp_path / "a.png", ns=(0, 10**9))

    def identity(*options, folder=tmp_path):
        return file_tree.files_below(folder, ".png").identity(*options)

    first = identity(64)
    assert identity(64) == first
    assert identity(32) != first
    os.utime(tmp_path / "a.png", ns=(0, 2 * 10**9))
    touched = identity(64)
    assert touched != first
    (tmp_path / "a.png").write_bytes(b"12")
    os.utime(tmp_path / "a.png", ns=(0, 2 * 10**9))
    assert identity(64) not in (first, touched)
    (tmp_path / "copy").mkdir()
    os.rename(tmp_path / "a.png", tmp_path / "copy" / "a.png")
    assert identity(64, folder=tmp_path / "copy") not in (first, touched)
