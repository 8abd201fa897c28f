"""Which run to draw where a folder or a pattern names several: the one of the highest MIG."""

import glob
import math
from pathlib import Path
from typing import NamedTuple

from dlib.utils import results
from dlib.utils.errors import DlibError

_MIG = "evaluation_results.discrete_mig"
_TRAINED = Path("results") / "aggregate" / "train.json"
_LATER = "postprocess.json"  # beside it in the folders of later steps, which copy what was before


class Choice(NamedTuple):
    """The run that was chosen."""

    model_dir: Path  # folder of its training
    mig: float | None  # None where it is not known
    num_runs: int  # finished trainings that it was chosen from
    num_unscored: int  # of these, the ones without a MIG


def choose_run(place):
    """The training that a folder or a pattern means.

    Args:
      place: folder of a training or of a run, or of any number of them at any depth (a study); or
        a pattern of such folders, in which ``**`` stands for any number of folders.

    Returns:
      a ``Choice``: of several runs the one of the highest MIG, the first by name among equals.

    Raises:
      DlibError: if there is no finished training, or several but none with a MIG.
    """
    trainings = find_trainings(place)
    if not trainings:
        raise DlibError(
            f"{place}: no finished training there (results/aggregate/train.json): run dlib_train "
            f"first, or give another folder."
        )
    scored = [(mig_of(folder), folder) for folder in trainings]
    known = [(mig, folder) for mig, folder in scored if mig is not None]
    num_unscored = len(scored) - len(known)
    if len(trainings) == 1:
        mig, folder = scored[0]
        return Choice(folder, mig, 1, num_unscored)
    if not known:
        raise DlibError(
            f"{place}: {len(trainings)} trainings, none with a MIG to choose by: name one, such as "
            f"{trainings[0]}, or evaluate them with metric/mig.gin."
        )
    mig, folder = max(known, key=lambda pair: pair[0])
    return Choice(folder, mig, len(trainings), num_unscored)


def find_trainings(place):
    """Folders of the finished trainings at a place, see ``choose_run``; sorted.

    A folder that is a training is itself meant, and what lies deeper in it is not looked at.
    """
    place = str(place)
    is_pattern = glob.has_magic(place) and not Path(place).exists()
    folders = glob.glob(place, recursive=True) if is_pattern else [place]
    found = set()
    for folder in map(Path, folders):
        paths = [folder / _TRAINED]
        if not paths[0].is_file():
            paths = folder.rglob(str(_TRAINED))
        found |= {path.parents[2] for path in paths if not path.with_name(_LATER).exists()}
    return sorted(found)


def mig_of(model_dir):
    """The MIG of a training's evaluated representation, of the mean one if there are several.

    Returns:
      a float; None if none was computed, or it is not a number.
    """
    metrics = metrics_directory(model_dir)
    paths = sorted(metrics.glob("*/*/results"), key=lambda path: (path.parts[-3] != "mean", path))
    for path in paths:
        mig = (results.read_step(path, "evaluation") or {}).get(_MIG)
        if isinstance(mig, int | float) and math.isfinite(mig):
            return float(mig)
    return None


def run_directory(model_dir):
    """Where the steps after a training write: beside a folder named ``model``, else inside it."""
    model_dir = Path(model_dir)
    return model_dir.parent if model_dir.name == "model" else model_dir


def metrics_directory(model_dir):
    """Where the metrics of a training lie."""
    return run_directory(model_dir) / "metrics"
