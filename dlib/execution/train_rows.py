"""The last row of a training's log, without reading all of it."""

import json
import os
from pathlib import Path

_TAIL = 16384  # bytes; a row has a few hundred


def last_row(model_dir):
    """The last whole row with a speed in ``train_log.jsonl``, or {} if there is none yet."""
    path = Path(model_dir) / "train_log.jsonl"
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            lines = file.read().splitlines()
    except OSError:
        return {}
    for line in reversed(lines):
        try:
            row = json.loads(line)
        except ValueError:
            continue  # cut off at the start, or still being written
        if "images_per_second" in row:
            return row
    return {}
