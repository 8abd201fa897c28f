"""One file over HTTP, going on where an earlier attempt was cut."""

import contextlib
import os
import shutil
import time

from dlib.utils.errors import DlibError

ATTEMPTS = 3  # per address, each going on where the one before was cut
PAUSE = 1.0  # seconds between them
_CHUNK = 2**20
_TIMEOUT = (10, 60)  # seconds: to connect, and without a byte


class Broken(Exception):
    """A connection that ended early; what came is kept."""


def megabytes(size):
    """A number of bytes for people."""
    return "unknown" if size is None else f"{max(size / 1e6, 0.1):,.1f} MB"


class Resuming:
    """A downloader for pooch that goes on where an earlier one stopped.

    Bytes gather in ``part``, beside a file with the server's tag for this state of the file; if
    the server's file has changed since, it sends all of it and we start anew.
    """

    def __init__(self, part, is_archive):
        self._part = part
        self._tag = part.with_name(f"{part.name}.tag")
        self._is_archive = is_archive

    def __call__(self, url, output_file, _):
        """Fetches ``url`` to ``output_file``; the third argument is pooch's own, not needed."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._receive(url)
                break
            except Broken:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(PAUSE)
        os.replace(self._part, output_file)
        self._tag.unlink(missing_ok=True)

    def _receive(self, url):
        import requests
        import urllib3

        self._part.parent.mkdir(parents=True, exist_ok=True)
        have, headers = self._so_far()
        try:
            with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
                if response.status_code == 416:  # nothing is left to send, or the file has changed
                    self._part.unlink()
                    raise Broken("the server has no such rest")
                response.raise_for_status()
                resumed = response.status_code == 206
                self._append(response, have if resumed else 0)
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            if self._part.exists() and self._part.stat().st_size > have:
                raise Broken(type(error).__name__) from error
            if isinstance(error, requests.RequestException):
                raise
            raise Broken(type(error).__name__) from error

    def _so_far(self):
        """Bytes there, and the headers that ask for the rest."""
        headers = {"Accept-Encoding": "identity"}
        if not (self._part.exists() and self._tag.exists()):
            return 0, headers
        have = self._part.stat().st_size
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": self._tag.read_text()}
        return have, headers

    def _append(self, response, have):
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        self._check_space(total, have)
        tag = response.headers.get("ETag") or ""
        tag = response.headers.get("Last-Modified", "") if tag.startswith("W/") or not tag else tag
        if tag:
            self._tag.write_text(tag)
        else:
            self._tag.unlink(missing_ok=True)
        with open(self._part, "ab" if have else "wb") as out, _bar(self._part, total, have) as tell:
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                out.write(chunk)
                tell(len(chunk))
        size = self._part.stat().st_size
        if total is not None and size < total:
            raise Broken(f"{size:,} of {total:,} bytes")

    def _check_space(self, total, have):
        if total is None:
            return
        needed = total - have + (total if self._is_archive else 0)
        free = shutil.disk_usage(self._part.parent).free
        if free < needed:
            raise DlibError(
                f"{self._part.parent.resolve()}: {megabytes(needed)} are needed, "
                f"{megabytes(free)} are free"
            )


@contextlib.contextmanager
def _bar(part, total, have):
    """Progress on a terminal; gives a function that counts bytes."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    bar = progress.Progress(
        "  ",
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    task = bar.add_task(part.name, total=total, completed=have)
    with bar:
        yield lambda size: bar.advance(task, size)
