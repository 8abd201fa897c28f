"""Tracks of finished or running trainings, read from their logs.

T visits, D latents, K factors.
"""

import dataclasses
import functools
import glob
from pathlib import Path

import numpy as np

from dlib.methods.unsupervised import train_log
from dlib.utils import files, run_folder
from dlib.utils.errors import DlibError

# Runs of one method differ in these only.
_SEEDS = ("_seed", "model.model_num")


@dataclasses.dataclass(frozen=True)
class Track:
    """What a training's tracker has found.

    Attributes:
      folder: of the training.
      settings: the parameters that decided what was computed, as ``{name: literal}``.
      records: of T visits in order; ``step`` and what ``track_record`` says.
    """

    folder: Path
    settings: dict
    records: list

    @functools.cached_property
    def steps(self):
        """Updates done at each visit: int64 ``[T]``."""
        return np.array([record["step"] for record in self.records], np.int64)

    def values(self, name):
        """One number of each visit, ``[T]``, NaN where it is not known.

        Args:
          name: "mig", "nmi1", "mutual_information", ..., or of further metrics "dci.completeness".
        """
        return np.array([_number(record, name) for record in self.records])

    def nmi(self):
        """``[T, K, D]``.

        Raises:
          DlibError: if the data has no factors.
        """
        if not self.factor_names:
            raise DlibError(f"{self.folder}: the data has no factors, so there is no NMI to draw.")
        return np.array([record["nmi"] for record in self.records]).transpose(0, 2, 1)

    @property
    def factor_names(self):
        """K names."""
        return tuple(self.records[-1]["factor_names"])

    @property
    def noise(self):
        """NMI of each factor with a latent that knows nothing, ``[K]``."""
        return np.array(self.records[-1]["noise"])

    @property
    def metric_names(self):
        """Names of the further metrics' scores, as ``values`` takes them."""
        return tuple(
            name for name, value in self.records[-1].get("metrics", {}).items() if _is_number(value)
        )

    def method_settings(self):
        """The settings without the seeds."""
        return {name: v for name, v in self.settings.items() if not name.endswith(_SEEDS)}


def _number(record, name):
    value = record.get(name, record.get("metrics", {}).get(name))
    return float(value) if _is_number(value) else float("nan")


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def read(model_dir):
    """The ``Track`` of a training.

    Args:
      model_dir: folder of the training, or the run's folder around it.

    Raises:
      DlibError: if there is no log, or nothing was tracked.
    """
    folder = _training_folder(Path(model_dir))
    if folder is None:
        raise DlibError(f"{model_dir} holds no training (no train_log.jsonl).")
    records = [
        {"step": row["step"], **row["track"]} for row in train_log.read(folder) if "track" in row
    ]
    if not records:
        raise DlibError(
            f"{folder} was not tracked: train it with include 'train/tracked.gin', or with "
            f"train.callbacks = [@tracker()]; a finished training needs --overwrite or another "
            f"--model_dir for it."
        )
    marker = folder / run_folder.MARKER
    settings = files.read_json(marker)["settings"] if marker.is_file() else None
    return Track(folder, settings or {}, records)


def find(patterns):
    """The tracks of all trainings that one of the patterns matches, each once, by folder.

    Raises:
      DlibError: if a pattern matches no training, or a training was not tracked.
    """
    folders = {}
    for pattern in [patterns] if isinstance(patterns, str | Path) else patterns:
        found = [_training_folder(Path(path)) for path in sorted(glob.glob(str(pattern)))]
        found = [folder for folder in found if folder is not None]
        if not found:
            raise DlibError(f"{pattern} matches no training's folder (none has train_log.jsonl).")
        folders |= {folder.resolve(): folder for folder in found}
    return [read(folder) for folder in folders.values()]


def _training_folder(path):
    for folder in (path, path / "model"):
        if (folder / "train_log.jsonl").is_file():
            return folder
    return None
