"""A place in a folder and in object storage (fsspec's, in memory)."""

import json
import multiprocessing
import secrets
import threading
from pathlib import Path

import pytest

from dlib.execution import publishing
from dlib.execution.place import Place, new_attempt
from dlib.execution.run_files import files_of
from dlib.execution.stores import FolderStore, ObjectStore, local_folder, open_store
from dlib.utils.errors import DlibError


@pytest.fixture(params=["folder", "objects"])
def place(request, tmp_path):
    if request.param == "folder":
        return Place(tmp_path / "study")
    return Place(f"memory://bucket/{secrets.token_hex(4)}")


def make_run(folder, **contents):
    for path, text in {"a.txt": "alpha", "deep/b.json": "[1]", **contents}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / ".dlib.lock").write_text("")
    (folder / ".c.txt.1-2.tmp").write_text("half")
    return folder


def test_a_run_comes_back_as_it_was(place, tmp_path):
    assert place.names() == set()
    assert place.manifest("3") is None
    assert place.publish("3", make_run(tmp_path / "run"), "x-1", {"node": "n"})
    place.fetch("3", tmp_path / "back")
    assert (tmp_path / "back" / "deep" / "b.json").read_text() == "[1]"
    copied = set(files_of(tmp_path / "back")) - {publishing.COMMIT}
    assert copied == {"a.txt", "deep/b.json"}
    manifest = place.manifest("3")
    assert manifest == {"attempt": "x-1", "files": {"a.txt": 5, "deep/b.json": 3}, "node": "n"}
    assert place.names() == {"3"}
    assert place.manifests() == {"3": manifest}
    assert place.read("3", "a.txt") == b"alpha"


def test_the_first_attempt_wins_and_the_other_leaves_nothing(place, tmp_path):
    assert place.publish("3", make_run(tmp_path / "run", **{"who.txt": "1"}), "x-1")
    before = set(place.store.list(""))
    assert not place.publish("3", make_run(tmp_path / "other", **{"who.txt": "2"}), "x-2")
    assert set(place.store.list("")) == before
    assert place.read("3", "who.txt") == b"1"


def test_of_many_at_once_one_whole_run_stays(place, tmp_path):
    # All have looked before any has published: the storage itself must decide.
    barrier, looked = threading.Barrier(8), place._publisher.manifest
    won = []

    def slow_manifest(name):
        found = looked(name)
        if threading.current_thread() not in seen:
            seen.add(threading.current_thread())
            barrier.wait()
        return found

    def publish(index):
        folder = make_run(tmp_path / str(index), **{f"{i}.txt": str(index) for i in range(10)})
        won.append((place.publish("3", folder, f"x-{index}"), index))

    seen = set()
    place._publisher.manifest = slow_manifest
    lock = threading.Lock()
    if isinstance(place.store, ObjectStore):  # memory has no put that is conditional by itself
        put_new = place.store.put_new

        def conditional(key, content):
            with lock:
                return put_new(key, content)

        place.store.put_new = conditional
    threads = [threading.Thread(target=publish, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [index for is_first, index in won if is_first]
    assert len(won) == 8
    place._publisher.manifest = looked
    assert place.manifest("3")["attempt"] == f"x-{winner}"
    for i in range(10):
        assert place.read("3", f"{i}.txt") == str(winner).encode()
    parts = [key for key in place.store.list("") if ".txt" in key]
    assert len(parts) == 11  # no part of a loser


def test_an_attempt_that_died_is_not_seen_and_is_swept(place, tmp_path):
    run = make_run(tmp_path / "run")
    if isinstance(place.store, ObjectStore):
        place.store.put_files({"3/dead/a.txt": run / "a.txt"})
    else:
        place.store.put_files({f"{publishing.HIDDEN}/parts/dead/a.txt": run / "a.txt"})
    assert place.names() == set()
    assert place.publish("3", run, "x-1")
    place.sweep(seconds=0)
    assert not [key for key in place.store.list("") if "dead" in key]
    assert place.read("3", "a.txt") == b"alpha"
    assert place.names() == {"3"}


def test_an_attempt_that_is_at_work_is_not_swept(tmp_path):
    place = Place(tmp_path / "study")
    part = tmp_path / "study" / publishing.HIDDEN / "parts" / "x-1" / "a.txt"
    part.parent.mkdir(parents=True)
    part.write_text("half")
    place.sweep(seconds=60)
    assert part.exists()


def test_what_this_machine_alone_began_is_gone_on_with_and_replaced(tmp_path):
    place = Place(tmp_path / "study")
    begun = tmp_path / "study" / "3" / "model" / "checkpoint"
    begun.mkdir(parents=True)
    (begun / "step_0000000010.safetensors").write_text("weights")
    assert place.restore_checkpoint("3", tmp_path / "scratch")
    restored = tmp_path / "scratch" / "model" / "checkpoint" / "step_0000000010.safetensors"
    assert restored.read_text() == "weights"
    assert place.names() == set()
    assert place.publish("3", make_run(tmp_path / "run"), "x-1")
    assert not (tmp_path / "study" / "3" / "model").exists()
    assert not list((tmp_path / "study" / publishing.HIDDEN / "parts").iterdir())


def test_checkpoints_are_replaced_by_later_ones_only(place, tmp_path):
    assert not place.restore_checkpoint("3", tmp_path / "none")
    for step, text in ((10, "ten"), (30, "thirty"), (20, "twenty")):
        folder = make_run(tmp_path / f"at {step}", **{"model/weights": text})
        place.save_checkpoint("3", folder, "x-1", (step, 0))
    keys = place.store.list(f"{publishing.HIDDEN}/checkpoints/3")
    assert len(keys) == 2  # 10 went when 30 came; 20 is of an attempt that lags behind
    assert place.restore_checkpoint("3", tmp_path / "back")
    assert (tmp_path / "back" / "model" / "weights").read_text() == "thirty"
    assert not (tmp_path / "back" / ".dlib.lock").exists()
    place.publish("3", tmp_path / "back", "x-1")
    assert not place.store.list(f"{publishing.HIDDEN}/checkpoints/3")


def test_what_dead_attempts_left_of_a_whole_run_is_swept(place, tmp_path):
    run = make_run(tmp_path / "run")
    place.publish("3", run, "x-1")
    place.note("running", "3", {"step": 1})  # of an attempt that lost, and died before it knew
    place.save_checkpoint("3", run, "x-2", (5, 0))
    place.note("running", "4", {"step": 1})
    place.save_checkpoint("4", run, "x-3", (5, 0))
    half = tmp_path / "study" / ".dlib" / "checkpoints" / ".5.tar.1-2.tmp"
    if isinstance(place.store, FolderStore):
        half.write_text("half")
        place.sweep()
        assert half.exists()  # it may be at work
    place.sweep(seconds=0)
    assert not half.exists()
    assert set(place.notes("running")) == {"4"}
    (kept,) = place.store.list(".dlib/checkpoints")
    assert kept.startswith(".dlib/checkpoints/4/")
    assert place.read("3", "a.txt") == b"alpha"


def test_notes(place):
    place.note("running", "3", {"step": 5})
    place.note("running", "4", {"step": 6})
    place.note("running", "3", {"step": 7})
    assert place.notes("running") == {"3": {"step": 7}, "4": {"step": 6}}
    assert place.read_note("running", "4") == {"step": 6}
    assert place.read_note("failed", "4") is None
    place.drop_notes("3")
    assert place.notes("running") == {"4": {"step": 6}}


def test_mirror_and_forget(place, tmp_path):
    for name in ("1", "2"):
        place.publish(name, make_run(tmp_path / f"run{name}"), new_attempt())
    assert place.mirror(tmp_path / "mirror") == {"1", "2"}
    mirrored = {p.relative_to(tmp_path / "mirror").as_posix()
                for p in (tmp_path / "mirror").rglob("*") if p.is_file()}  # fmt: skip
    assert mirrored == {"1/deep/b.json", "2/deep/b.json"}
    place.forget("1")
    assert place.names() == {"2"}
    assert not [key for key in place.store.list("") if key.startswith("1/")]


def test_what_is_not_there_is_named(place, tmp_path):
    with pytest.raises(DlibError, match=r"holds no whole run '9'"):
        place.fetch("9", tmp_path / "back")
    with pytest.raises(DlibError, match=r"holds no 9/a.txt"):
        place.read("9", "a.txt")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DlibError, match=r"file/study cannot be written .*every node"):
        Place(tmp_path / "file" / "study").check_writable()
    Place(tmp_path / "study").check_writable()
    assert not list((tmp_path / "study").rglob("*.json"))


def test_a_place_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    (tmp_path / "study" / "key").mkdir(parents=True)
    with pytest.raises(DlibError, match=r"study cannot be read \(.*directory"):
        open_store(tmp_path / "study").get("key")
    store = open_store("memory://bucket/x")

    def down(*_, **__):
        raise ConnectionResetError("no route")  # any kind of error, by storage

    for name in ("find", "cat", "cat_file", "rm_file"):
        monkeypatch.setattr(store.file_system, name, down, raising=False)
    for call in (store.list, store.get, lambda key: store.get_many([key])):
        with pytest.raises(DlibError, match=r"memory://.* cannot be read \(no route\)"):
            call("a")
    with pytest.raises(DlibError, match=r"memory://.* cannot be written \(no route\)"):
        store.delete(["a"])


def test_runs_of_this_machine_alone_need_a_folder():
    assert local_folder("file:///tmp/x") == Path("/tmp/x")
    assert local_folder("out/x") == Path("out/x")
    with pytest.raises(DlibError, match="s3://b/x is no folder: .*--executor=ray"):
        local_folder("s3://b/x")


def test_an_address_that_is_none_is_told():
    with pytest.raises(DlibError, match=r"nosuch://x is no address of a storage"):
        open_store("nosuch://x")


def test_storage_without_conditional_puts():
    store = open_store(f"memory://bucket/{secrets.token_hex(4)}")
    pipe_file = store.file_system.pipe_file

    class WithoutCreate:
        def __getattr__(self, name):
            return getattr(pipe_file.__self__, name)

        def pipe_file(self, path, content, mode="overwrite"):
            if mode == "create":
                raise OSError("NotImplemented: A header you provided is not implemented")
            pipe_file(path, content)

    store.file_system = WithoutCreate()
    assert store.put_new("k", b"first")
    assert not store.put_new("k", b"second")
    assert store.get("k") == b"first"


def _publish_and_die(address, folder):
    import os

    place = Place(address)
    place._publisher._rename = lambda *_: os._exit(9)  # killed just before it counts
    place.publish("3", folder, "x-1")


def test_a_process_killed_while_it_publishes_leaves_no_run(tmp_path):
    folder = make_run(tmp_path / "run")
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_publish_and_die, args=(str(tmp_path / "study"), str(folder)))
    process.start()
    process.join()
    assert process.exitcode == 9
    place = Place(tmp_path / "study")
    assert place.names() == set()
    assert place.publish("3", folder, "x-2")
    manifest = json.loads((tmp_path / "study" / "3" / publishing.COMMIT).read_text())
    assert manifest["attempt"] == "x-2"
