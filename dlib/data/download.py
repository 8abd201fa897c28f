"""Public data sets from their servers to the data directory: checked, resumable, locked."""

import difflib
import re
from pathlib import Path

from dlib.data import unpack
from dlib.data.catalog import ALIASES, CATALOG
from dlib.data.transfer import Broken, Resuming, megabytes
from dlib.utils.errors import DlibError


def sets_of(names, catalog=CATALOG):
    """The sets of files that data sets need, each once, in order.

    Raises:
      DlibError: a name that is neither a set nor a data set served from one.
    """
    chosen = []
    for name in names:
        if name not in catalog and name not in ALIASES:
            close = difflib.get_close_matches(name, [*catalog, *ALIASES], n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise DlibError(
                f"there is nothing to download for {name!r}; {hint}there are {', '.join(catalog)}"
            )
        chosen += [each for each in ALIASES.get(name, (name,)) if each not in chosen]
    return chosen


def state(name, root, catalog=CATALOG):
    """``(bytes to fetch or None if unknown, "ready", "begun: 12 MB" or "missing")`` of a set."""
    files = catalog[name]
    sizes = [file.size for file in files]
    size = None if None in sizes else sum(sizes)
    if all(_is_there(file, root) for file in files):
        return size, "ready"
    begun = sum(_bytes_here(file, root) for file in files)
    return size, f"begun: {megabytes(begun)}" if begun else "missing"


def download(name, root, catalog=CATALOG, report=print):
    """Fetches what a set still lacks.

    One process at a time works on a set; another waits, and then finds it done. A cut download
    goes on where it was cut, in this run or in a later one.

    Args:
      name: a set of ``catalog``.
      root: the data directory.
      report: called with lines of progress.

    Raises:
      DlibError: one line with each address that was tried and what was wrong, and where to put
        the file by hand.
    """
    import filelock

    root = Path(root)
    root.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(root / f".dlib_download_{name}.lock")
    try:
        lock.acquire(timeout=0.1)
    except filelock.Timeout:
        report(f"{name}: another process is fetching it; waiting.")
        lock.acquire()
    try:
        for file in catalog[name]:
            if not _is_there(file, root):
                _fetch(name, file, root, report)
                if file.unpack:
                    prefix, folder = file.unpack
                    unpack.unpack(root / file.path, prefix, root / folder)
        report(f"{name}: ready in {root.resolve()}")
    finally:
        lock.release()


def _is_there(file, root):
    path = file.unpack[1] if file.unpack else file.path
    return any((Path(root) / candidate).exists() for candidate in (path, *file.instead))


def _part(path):
    return path.with_name(f"{path.name}.part")


def _bytes_here(file, root):
    """Of a file that is there, or of its beginning."""
    if _is_there(file, root):
        return file.size or 0
    part = _part(Path(root) / file.path)
    return part.stat().st_size if part.exists() else 0


def _fetch(name, file, root, report):
    """Tries all addresses of a file."""
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    target = root / file.path
    failures = []
    for url in file.urls:
        report(f"{name}: {url}" + (f" ({megabytes(file.size)})" if file.size else ""))
        try:
            pooch.retrieve(
                url,
                known_hash=f"md5:{file.md5}" if file.md5 else None,
                fname=target.name,
                path=target.parent,
                downloader=Resuming(_part(target), bool(file.unpack)),
            )
        except ValueError as error:  # pooch's word for a wrong sum
            found = re.search(r"but got (\w+)", str(error))
            failures.append(f"{url}: md5 expected {file.md5}, found {found[1] if found else error}")
        except (requests.RequestException, Broken) as error:
            failures.append(f"{url}: {_reason(error)}")
        else:
            if not file.md5:
                found = pooch.file_hash(str(target), alg="md5")
                report(f"{name}: no sum is published for {file.path}; md5 found {found}")
            return
    by_hand = f"put the file at {target.resolve()}"
    if file.unpack:
        by_hand += f", or its members {file.unpack[0]}* into {(root / file.unpack[1]).resolve()}"
    raise DlibError(f"{name}: {'; '.join(failures)}. To do it by hand, {by_hand}")


def _reason(error):
    """One short line for what requests raises, whose text is long."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server answers {response.status_code} {response.reason}"
    if isinstance(error, Broken):
        return f"the connection broke ({error}); what came is kept, run again to go on"
    return f"no connection ({type(error).__name__})"
