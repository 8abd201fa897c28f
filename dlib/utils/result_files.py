"""Result files on the disk: found, read, and told apart from what is broken or there twice."""

import glob
import hashlib
import json
import re
from pathlib import Path

STEPS = ("evaluation", "train", "postprocess", "validation", "abstract_reasoning", "udr")
_END = re.compile(r"/results/aggregate/(?P<step>\w+)\.json$")
_SEED = ("train_config.model.random_seed", "train_config.model.model_seed")
# What may differ between two results of the same run by the same metric: the run's number in a
# study, the seeds of what follows the training, and how the machine ran it.
_NOT_IDENTITY = (
    "train_config.model.model_num",
    "train_config.model.eval_steps",
    "postprocess_config.postprocess.random_seed",
    "evaluation_config.evaluation.random_seed",
)
_NOT_IDENTITY_PREFIXES = ("train_config.train.", "train_config.pipeline.", "train_config.tracker.")
# What says how a training runs and decides what it computes all the same, with what holds for a
# configuration that does not tell.
SCIENCE_OF_RUNNING = {"train.order": "shuffled", "train.precision": "float32"}
_QUOTES = "'\""


def find(patterns):
    """All files that one of the patterns matches, sorted.

    Args:
      patterns: a pattern, or several; ``**`` stands for any number of folders.
    """
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return sorted({path for pattern in patterns for path in glob.glob(pattern, recursive=True)})


def unfinished(patterns):
    """Folders of steps that a pattern of result files looks into, but that have no result.

    Those are steps that are at work, were killed, or failed: for
    ``<run>/metrics/*/*/results/aggregate/evaluation.json``, the folders of metrics.
    """
    patterns = [patterns] if isinstance(patterns, str) else patterns
    found = set()
    for pattern in patterns:
        end = _END.search(pattern)
        if end and "/metrics/" in pattern:
            for folder in glob.glob(pattern[: end.start()] + "/", recursive=True):
                folder = folder.rstrip("/")
                if not Path(folder + pattern[end.start() :]).exists():
                    found.add(folder)
    return sorted(found)


def read(paths):
    """Reads result files.

    Returns:
      rows, one dictionary for each file that is good, with its ``path``; and ``"<path>: <why>"``
      for each that is left out: not readable, without a result, or there twice. Of several copies
      of one file, and of several runs with one configuration and seed, the first stays.
    """
    rows, left_out, known = [], [], _Known()
    for path in paths:
        content, row, why = _parse(path)
        why = why or known.repeats(path, content, row)
        if why:
            left_out.append(f"{path}: {why}")
        else:
            row["path"] = path
            rows.append(row)
    return rows, left_out


class _Known:
    """The results that were read already."""

    def __init__(self):
        self._contents, self._identities = {}, {}

    def repeats(self, path, content, row):
        """What a result repeats, or None."""
        first = self._contents.setdefault(_digest(content), path)
        if first != path:
            return f"the same content as {first}"
        key = identity(row, path)
        if key is None:
            return None
        seed = row.get("evaluation_config.evaluation.random_seed")
        seeds = self._identities.setdefault(key, {})
        same_run = [other for other in seeds.values() if _run_of(other) == _run_of(path)]
        # One run may be evaluated with several seeds.
        if seeds and (not same_run or seed in seeds):
            return f"the same run and metric as {next(iter(seeds.values()))}"
        seeds[seed] = path
        return None


def _digest(content):
    return hashlib.blake2b(content, digest_size=16).digest()


def _run_of(path):
    return path.rpartition("/metrics/")[0] or path


def _parse(path):
    """The file's bytes and dictionary, and why it cannot be used, or None."""
    try:
        with open(path, "rb") as file:
            content = file.read()
        row = json.loads(content, parse_constant=lambda _: None)  # NaN is not JSON
    except OSError as error:
        return b"", None, f"not readable: {error.strerror}"
    except (ValueError, RecursionError):
        return b"", None, "not readable: empty or cut off" if not _is_whole(path) else "not JSON"
    if not isinstance(row, dict):
        return b"", None, "not a result: no JSON object"
    return content, row, _incomplete(row, path)


def _is_whole(path):
    with open(path, "rb") as file:
        return file.read().rstrip().endswith(b"}")


def _incomplete(row, path):
    """Why a row is no result of its step, or None."""
    stem = Path(path).stem
    step = stem if stem in STEPS else ""
    prefix = f"{step}_results." if step else "_results."
    keys = [key for key in row if (key.startswith(prefix) if step else prefix in key)]
    failed = [key for key in keys if key.endswith("_results.error")]
    if failed:
        return f"failed: {row[failed[0]]}"
    if all(key.endswith(("_results.uuid", "_results.elapsed_time")) for key in keys):
        return f"incomplete: no {step or 'step'}_results in it"
    return None


def identity(row, path=""):
    """What tells a result of one run by one metric from all others, None if it is not told.

    The training's configuration with its seed, the representation, and the evaluation's
    configuration; without what ``_NOT_IDENTITY`` names.
    """
    if not any(name in row for name in _SEED):
        return None
    parts = [
        f"{key}={value}"
        for key, value in row.items()
        if "_config." in key
        and key not in _NOT_IDENTITY
        and not key.startswith(_NOT_IDENTITY_PREFIXES)
    ]
    for name, default in SCIENCE_OF_RUNNING.items():
        value = row.get(f"train_config.{name}") or default
        parts.append(f"train_config.{name}={str(value).strip(_QUOTES)}")
    representation, _, rest = path.rpartition("/metrics/")[2].partition("/")
    metric = "" if "evaluation_config.evaluation.name" in row else rest.split("/")[0]
    place = [representation, metric] if "/metrics/" in path else []
    return _digest("\n".join([*sorted(parts), *place, Path(path).stem]).encode())
