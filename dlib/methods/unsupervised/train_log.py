"""The log of a training: one JSON object a line, and TensorBoard's files when wanted."""

import json
from pathlib import Path

from dlib.utils import files
from dlib.utils.errors import DlibError


class TrainLog:
    """Appends rows to ``train_log.jsonl``.

    Args:
      model_dir: folder of the training.
      step: updates done; rows of later ones (written after the checkpoint that the training goes
        on from) are dropped.
      tensorboard: also write scalars for TensorBoard below ``model_dir/tensorboard``.
      rows: how many rows there were at that checkpoint, if known: those that followed without a
        further update are dropped, too.

    Attributes:
      rows: how many rows there are.
    """

    def __init__(self, model_dir, step=0, tensorboard=False, rows=None):
        make_writer = tensorboard_writer() if tensorboard else None
        self.path = Path(model_dir) / "train_log.jsonl"
        kept = [row for row in read(model_dir) if row["step"] <= step][:rows] if step else []
        files.write_text(self.path, "".join(json.dumps(row) + "\n" for row in kept))
        self.rows = len(kept)
        self._writer = None
        if make_writer:
            folder = Path(model_dir) / "tensorboard"
            self._writer = make_writer(folder, purge_step=step + 1 if step else None)
        self._file = self.path.open("a", encoding="utf-8")

    def write(self, row):
        """Appends one row; it must hold ``step``. Numbers that are not finite become null.

        TensorBoard gets its numbers; those of a dictionary ``name`` as ``name/key``, those of a
        list as ``name/index``.
        """
        row = files.plain(row)
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()
        self.rows += 1
        if self._writer:
            for key, value in _scalars(row):
                if key != "step":
                    self._writer.add_scalar(key, value, row["step"])

    def close(self):
        """Closes the files."""
        self._file.close()
        if self._writer:
            self._writer.close()


def read(model_dir):
    """All whole rows of a training's log, as dictionaries."""
    path = Path(model_dir) / "train_log.jsonl"
    if not path.exists():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except json.JSONDecodeError:
            break  # the line that a killed process was writing
    return rows


def _scalars(row, prefix=""):
    """The numbers in a row and in its dictionaries and lists; not those of lists of lists."""
    for key, value in row.items():
        if isinstance(value, list):
            value = {i: item for i, item in enumerate(value) if not isinstance(item, list)}
        if isinstance(value, dict):
            yield from _scalars(value, f"{prefix}{key}/")
        elif isinstance(value, int | float):
            yield f"{prefix}{key}", value


def tensorboard_writer():
    """The class that writes TensorBoard's files.

    Raises:
      DlibError: if the package is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise DlibError(
            "train.tensorboard = True needs the extra: pip install 'deft-dlib[tensorboard]'."
        ) from None
    return SummaryWriter
