"""Downloads from a web server on this machine that can cut, refuse, resume and change its mind."""

import hashlib
import http.server
import io
import tarfile
import threading
from dataclasses import dataclass, field

import filelock
import numpy as np
import pytest

from dlib.commands import download_data
from dlib.data import catalog as catalog_module
from dlib.data import download, transfer
from dlib.data.catalog import ALIASES, CATALOG, RemoteFile
from dlib.utils.errors import DlibError

CONTENT = np.random.RandomState(0).bytes(300_000)
MD5 = hashlib.md5(CONTENT).hexdigest()


@dataclass
class Web:
    """What the server serves: path -> content; how often it cuts; what it was asked."""

    files: dict = field(default_factory=dict)
    cuts: int = 0
    tag: str = '"one"'
    ranges: bool = True
    asked: list = field(default_factory=list)
    address: str = ""

    def url(self, path):
        return f"{self.address}/{path}"


def handler_of(web):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path, wanted = self.path[1:], self.headers.get("Range")
            web.asked.append((path, wanted))
            if path not in web.files:
                return self.send_error(404)
            content, start = web.files[path], 0
            if wanted and web.ranges and self.headers.get("If-Range") == web.tag:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                return self.send_error(416)
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.send_header("ETag", web.tag)
            self.end_headers()
            rest = content[start:]
            if web.cuts:
                web.cuts -= 1
                rest = rest[: len(rest) // 2]
            self.wfile.write(rest)  # a short body: the connection closes early
            return None

        def log_message(self, *_):
            pass

    return Handler


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(transfer, "PAUSE", 0)
    web = Web()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(web))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    web.address = f"http://127.0.0.1:{server.server_port}"
    yield web
    server.shutdown()
    server.server_close()
    thread.join()


def one(web, *paths, md5=MD5, **options):
    """A catalogue with one set of one file."""
    return {"toy": (RemoteFile("toy/file.bin", tuple(map(web.url, paths)), md5, **options),)}


def names(root):
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    )


def test_a_good_file_is_fetched_once(web, tmp_path):
    web.files["a"] = CONTENT
    catalog, said = one(web, "a"), []
    assert download.state("toy", tmp_path, catalog) == (None, "missing")
    download.download("toy", tmp_path, catalog, said.append)
    assert (tmp_path / "toy" / "file.bin").read_bytes() == CONTENT
    assert names(tmp_path) == ["toy/file.bin"]
    assert said[-1] == f"toy: ready in {tmp_path}"
    assert download.state("toy", tmp_path, catalog) == (None, "ready")
    download.download("toy", tmp_path, catalog, said.append)
    assert len(web.asked) == 1


def test_a_wrong_sum_tells_both_and_leaves_nothing(web, tmp_path):
    web.files["a"] = CONTENT
    catalog = one(web, "a", md5="0" * 32)
    with pytest.raises(DlibError, match=f"md5 expected {'0' * 32}, found {MD5}") as error:
        download.download("toy", tmp_path, catalog, lambda _: None)
    assert str(tmp_path / "toy" / "file.bin") in str(error.value)
    assert names(tmp_path) == []


def test_without_a_published_sum_the_one_found_is_told(web, tmp_path):
    web.files["a"] = CONTENT
    said = []
    download.download("toy", tmp_path, one(web, "a", md5=None), said.append)
    assert f"toy: no sum is published for toy/file.bin; md5 found {MD5}" in said


def test_the_next_address_is_tried(web, tmp_path):
    web.files |= {"wrong": b"other content", "good": CONTENT}
    said = []
    download.download("toy", tmp_path, one(web, "none", "wrong", "good"), said.append)
    assert (tmp_path / "toy" / "file.bin").read_bytes() == CONTENT
    assert [path for path, _ in web.asked] == ["none", "wrong", "good"]


def test_every_address_failed(web, tmp_path):
    web.files["wrong"] = b"other content"
    with pytest.raises(DlibError, match=r"none: the server answers 404 Not Found; .*wrong: md5"):
        download.download("toy", tmp_path, one(web, "none", "wrong"), lambda _: None)


def test_a_cut_connection_is_taken_up_where_it_broke(web, tmp_path):
    web.files["a"], web.cuts = CONTENT, 2
    download.download("toy", tmp_path, one(web, "a"), lambda _: None)
    assert (tmp_path / "toy" / "file.bin").read_bytes() == CONTENT
    assert web.asked == [("a", None), ("a", "bytes=150000-"), ("a", "bytes=225000-")]


def test_a_later_run_goes_on(web, tmp_path):
    web.files["a"], web.cuts = CONTENT, transfer.ATTEMPTS
    catalog = one(web, "a", size=len(CONTENT))
    with pytest.raises(DlibError, match=r"the connection broke \(.*; what came is kept"):
        download.download("toy", tmp_path, catalog, lambda _: None)
    assert names(tmp_path) == ["toy/file.bin.part", "toy/file.bin.part.tag"]
    assert download.state("toy", tmp_path, catalog) == (300_000, "begun: 0.3 MB")
    download.download("toy", tmp_path, catalog, lambda _: None)
    assert web.asked[-1] == ("a", "bytes=262500-")
    assert (tmp_path / "toy" / "file.bin").read_bytes() == CONTENT
    assert names(tmp_path) == ["toy/file.bin"]


def test_a_file_that_changed_meanwhile_starts_anew(web, tmp_path):
    web.files["a"], web.cuts = b"old" * 10_000, transfer.ATTEMPTS
    with pytest.raises(DlibError, match="the connection broke"):
        download.download("toy", tmp_path, one(web, "a"), lambda _: None)
    web.files["a"], web.tag = CONTENT, '"two"'
    download.download("toy", tmp_path, one(web, "a"), lambda _: None)
    assert (tmp_path / "toy" / "file.bin").read_bytes() == CONTENT


def test_a_server_without_ranges_starts_anew(web, tmp_path):
    web.files["a"], web.cuts, web.ranges = CONTENT, 1, False
    download.download("toy", tmp_path, one(web, "a"), lambda _: None)
    assert (tmp_path / "toy" / "file.bin").read_bytes() == CONTENT


def test_a_complete_part_that_the_server_cannot_continue(web, tmp_path):
    web.files["a"] = CONTENT
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "file.bin.part").write_bytes(CONTENT + b"too long")
    (tmp_path / "toy" / "file.bin.part.tag").write_text('"one"')
    download.download("toy", tmp_path, one(web, "a"), lambda _: None)
    assert [wanted for _, wanted in web.asked] == ["bytes=300008-", None]
    assert (tmp_path / "toy" / "file.bin").read_bytes() == CONTENT


def test_no_network(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    catalog = {"toy": (RemoteFile("toy/file.bin", ("http://127.0.0.1:9/file",), MD5),)}
    with pytest.raises(DlibError, match=r"toy: http://127.0.0.1:9/file: no connection") as error:
        download.download("toy", tmp_path, catalog, lambda _: None)
    assert f"put the file at {tmp_path / 'toy' / 'file.bin'}" in str(error.value)
    assert "\n" not in str(error.value)
    assert names(tmp_path) == []


def test_too_little_space(web, tmp_path, monkeypatch):
    web.files["a"] = CONTENT
    usage = type("Usage", (), {"free": 200_000})
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DlibError, match=r"toy: 0.3 MB are needed, 0.2 MB are free"):
        download.download("toy", tmp_path, one(web, "a"), lambda _: None)
    assert names(tmp_path) == []


def archive(members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def test_an_archive_is_unpacked_and_removed(web, tmp_path):
    web.files["a"] = archive({"data/cars/x.mat": b"car", "data/other": b"no"})
    md5 = hashlib.md5(web.files["a"]).hexdigest()
    catalog = {
        "toy": (RemoteFile("a.tar.gz", (web.url("a"),), md5, unpack=("data/cars/", "cars")),)
    }
    download.download("toy", tmp_path, catalog, lambda _: None)
    assert names(tmp_path) == ["cars/x.mat"]
    assert download.state("toy", tmp_path, catalog)[1] == "ready"


def test_an_archive_that_leads_outside(web, tmp_path):
    web.files["a"] = archive({"data/cars/x.mat": b"car", "data/cars/../../../evil": b"no"})
    md5 = hashlib.md5(web.files["a"]).hexdigest()
    catalog = {
        "toy": (RemoteFile("a.tar.gz", (web.url("a"),), md5, unpack=("data/cars/", "cars")),)
    }
    root = tmp_path / "root"
    with pytest.raises(DlibError, match="lies outside its folder; nothing unpacked"):
        download.download("toy", root, catalog, lambda _: None)
    assert names(tmp_path) == ["root/a.tar.gz"]


def test_a_set_is_fetched_by_one_process_at_a_time(web, tmp_path):
    web.files["a"] = CONTENT
    said, waiting = [], threading.Event()

    def report(line):
        said.append(line)
        waiting.set()

    with filelock.FileLock(tmp_path / ".dlib_download_toy.lock"):
        thread = threading.Thread(
            target=download.download, args=("toy", tmp_path, one(web, "a"), report)
        )
        thread.start()
        assert waiting.wait(10)
        assert said == ["toy: another process is fetching it; waiting."]
        assert web.asked == []
    thread.join(10)
    assert (tmp_path / "toy" / "file.bin").read_bytes() == CONTENT


def test_a_file_put_there_by_hand_is_enough(web, tmp_path):
    catalog = one(web, "a", instead=("toy/file.npz",))
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "file.npz").write_bytes(b"by hand")
    assert download.state("toy", tmp_path, catalog)[1] == "ready"
    download.download("toy", tmp_path, catalog, lambda _: None)
    assert web.asked == []


def test_names():
    assert download.sets_of(["color_dsprites", "scream_dsprites", "cars3d"]) == [
        "dsprites",
        "scream",
        "cars3d",
    ]
    with pytest.raises(DlibError, match=r"'shape3d'; did you mean 'shapes3d'\? there are dspri"):
        download.sets_of(["shape3d"])


def test_the_catalogue_is_complete():
    files = [file for files in CATALOG.values() for file in files]
    assert len({file.path for file in files}) == len(files) == 14
    assert all(url.startswith(("http://", "https://")) for file in files for url in file.urls)
    assert all(len(file.md5) == 32 for file in files if file.md5)
    assert [file.path for file in files if not file.md5] == [
        "scream/scream.jpg",
        "chairs3d/rendered_chairs.tar",
    ]
    assert set(catalog_module.DEFAULT) <= set(CATALOG)
    assert {name for sets in ALIASES.values() for name in sets} <= set(CATALOG)


def test_the_command_lists_sizes_and_states(tmp_path, capsys):
    (tmp_path / "3dshapes").mkdir()
    (tmp_path / "3dshapes" / "3dshapes.h5").write_bytes(b"")
    assert download_data.main(["--list", f"--path={tmp_path}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CATALOG)
    words = {line.split()[0]: line.split()[1:] for line in lines}
    assert words["shapes3d"] == ["267.6", "MB", "ready", "3dshapes/3dshapes.h5"]
    assert words["smallnorb"] == ["262.8", "MB", "missing", "small_norb/", "(6", "files)"]
    assert words["cars3d"] == ["unknown", "missing", "cars"]


def test_the_command_fetches_each_set_and_names_what_is_missing(web, tmp_path, capsys, monkeypatch):
    web.files["a"] = CONTENT
    catalog = {
        "good": (RemoteFile("good.bin", (web.url("a"),), MD5),),
        "gone": (RemoteFile("gone.bin", (web.url("b"),), MD5),),
    }
    monkeypatch.setattr(download.sets_of, "__defaults__", (catalog,))
    monkeypatch.setattr(download.download, "__defaults__", (catalog, print))
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path))
    assert download_data.main(["gone", "good"]) == 2
    out, err = capsys.readouterr()
    assert f"good: ready in {tmp_path}" in out
    assert err.splitlines() == [
        f"dlib_download_data: gone: {web.url('b')}: the server answers 404 Not Found. To do it by "
        f"hand, put the file at {tmp_path / 'gone.bin'}",
        "dlib_download_data: 1 of 2 sets are missing: gone.",
    ]
    assert (tmp_path / "good.bin").exists()
