"""The state of a job, as what lies in its folder tells it.

``<folder>/job.json``    the job, written when it starts and again when it is done
``<folder>/error.json``  why it failed, until it is started again
``<folder>/.job.lock``   held by the process that runs it
"""

import contextlib
import dataclasses
import hashlib
import traceback
from pathlib import Path

import filelock

from dlib.execution.jobs import DONE, FAILED, RUNNING, STOPPED
from dlib.utils import files, gin_utils
from dlib.utils.errors import DlibError
from dlib.utils.gin_errors import message_of

MISSING = "missing"
JOB, ERROR, LOCK = "job.json", "error.json", ".job.lock"


@contextlib.contextmanager
def claimed(folder):
    """Holds a job's folder for this process until the block ends; makes it if it is missing.

    Raises:
      DlibError: if another process holds it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # Whoever only looks (is_running) holds it for a moment, too.
        with filelock.FileLock(folder / LOCK, timeout=2):
            yield folder
    except filelock.Timeout:
        raise DlibError(f"{folder} is being run by another process: wait for it.") from None


def is_running(folder):
    """Whether a process on this machine holds the folder."""
    lock = Path(folder) / LOCK
    if not lock.exists():
        return False
    try:
        with filelock.FileLock(lock, timeout=0):
            return False
    except filelock.Timeout:
        return True


def state_of(folder):
    """ "done", "running", "failed", "stopped" (begun, and to be gone on with) or "missing"."""
    folder = Path(folder)
    if is_running(folder):
        return RUNNING
    if (folder / ERROR).is_file():
        return FAILED
    if not (folder / JOB).is_file():
        return STOPPED if (folder / "model").is_dir() else MISSING
    recorded = files.read_json(folder / JOB)
    return DONE if recorded.get("status") == DONE else STOPPED


def is_done(folder, job, known=None):
    """Whether the folder holds all results of this very job.

    Args:
      folder: the job's.
      job: a ``Job``.
      known: see ``configuration_of``.
    """
    path = Path(folder) / JOB
    if not path.is_file() or (Path(folder) / ERROR).is_file():
        return False
    recorded = files.read_json(path)
    if not _same(recorded, _record(job, DONE)):
        return False
    try:
        return recorded.get("configuration") == configuration_of(job, known)
    except DlibError:  # whoever runs it will tell what is wrong with the files
        return False


def configuration_of(job, known=None):
    """What a job's configuration files say, as a digest: a name is the same after an edit.

    Comments and order do not count. Code that a file imports is not looked into.

    Args:
      job: a ``Job``.
      known: dictionary of digests that were made a moment ago, by files; it is added to.

    Raises:
      DlibError: if there is no such file, or if it has a mistake.
    """
    known = {} if known is None else known
    if job.gin_config_files not in known:
        with gin_utils.configured(job.gin_config_files):
            text = gin_utils.config_text()
        known[job.gin_config_files] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return known[job.gin_config_files]


def check_budget(folder, job, overwrite):
    """Refuses to go on in a folder with another budget, before anything there is touched.

    Raises:
      DlibError: if it holds a job of another budget, unless that is to be overwritten.
    """
    budget = budget_of(folder)
    if not overwrite and budget not in (None, job.budget):
        raise DlibError(
            f"{folder} holds a run with budget {budget}, now it is {job.budget}: give another "
            f"folder for this budget, or --overwrite."
        )


def budget_of(folder):
    """The budget of the job that a folder is for, or None if it is for none yet."""
    path = Path(folder) / JOB
    return files.read_json(path)["budget"] if path.is_file() else None


def record_start(folder, job, updates=None):
    """Notes which job a folder is for and its number of updates; takes an earlier error away."""
    files.write_json(Path(folder) / JOB, {**_record(job, RUNNING), "updates": updates})
    (Path(folder) / ERROR).unlink(missing_ok=True)


def record_done(folder, job, configuration):
    """Notes that all results of a job are there.

    Args:
      folder: the job's.
      job: a ``Job``.
      configuration: ``configuration_of`` it when it was started.
    """
    about = {"configuration": configuration, "updates": updates_of(folder)}
    files.write_json(Path(folder) / JOB, {**_record(job, DONE), **about})


def record_error(folder, error):
    """Notes why a job failed; returns it in one line."""
    line = one_line(error)
    trace = "".join(traceback.format_exception(error))
    files.write_json(Path(folder) / ERROR, {"error": line, "traceback": trace})
    return line


def record_death(folder, line):
    """Notes that a job's process died without a word."""
    files.write_json(Path(folder) / ERROR, {"error": line, "traceback": ""})


def error_of(folder):
    """Why a job failed, in one line; "" if it did not."""
    path = Path(folder) / ERROR
    return files.read_json(path)["error"] if path.is_file() else ""


def one_line(error):
    """An exception in one line; its kind is named unless it is a mistake that was foreseen."""
    text = " ".join(message_of(error).split())
    # gin hands exceptions on as classes of its own that are called like the original.
    return text if isinstance(error, DlibError) else f"{type(error).__name__}: {text}"


def updates_of(folder):
    """Updates that the folder's job trains for, or None if that is not known."""
    path = Path(folder) / JOB
    return files.read_json(path).get("updates") if path.is_file() else None


def _same(recorded, record):
    return {name: recorded.get(name) for name in record} == record


def _record(job, status):
    fields = dataclasses.asdict(job)
    fields.pop("folder")  # a folder may be moved
    return files.plain({**fields, "status": status})
