"""Scores at the ends of stages, from the log that a training leaves beside its results."""

import json
from pathlib import Path

SCORES = ("mig", "nmi1", "nmi2")


def read(run):
    """Scores at each stage's end, ``{stage: {name: value}}`` with stages counted from 1.

    Args:
      run: folder of a run; the log is ``model/train_log.jsonl`` in it, or ``train_log.jsonl``.

    Returns:
      an empty dictionary if there is no log, or no stage in it was scored.
    """
    for path in (Path(run) / "model" / "train_log.jsonl", Path(run) / "train_log.jsonl"):
        try:
            content = path.read_bytes()
        except OSError:
            continue
        return _ends(content)
    return {}


def _ends(content):
    found = {}
    for line in content.splitlines() if b'"stage_end"' in content else ():
        if b'"stage_end"' not in line:
            continue
        try:
            row = json.loads(line)
        except ValueError:  # the line that a killed process was writing
            break
        found[int(row["stage_end"]) + 1] = {
            name: row[name] for name in SCORES if isinstance(row.get(name), int | float)
        }
    return found
