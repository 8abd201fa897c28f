"""Trainings that go on from the end of another one's stage, with other settings from there on.

The trunk keeps whole checkpoints of its stages' ends (``train.callbacks = [...,
@stage_checkpoints()]``). A branch starts as a copy of one, of the log up to there, and of the
stages' modules; it is then a training like any other, which stops and goes on by itself.
"""

from pathlib import Path

import gin

from dlib.methods.unsupervised import checkpoint
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.train import WRITES, science, train_with_gin
from dlib.utils import files, gin_utils, results, run_folder
from dlib.utils.errors import DlibError

FILE_NAME = "branch.json"
# What a training has been from its first update on; a branch cannot have it otherwise.
_FROM_THE_START = ("dataset.", "model.", "encoder.", "decoder.", "train.order")


@gin.configurable("stage_checkpoints")
class StageCheckpoints(Callback):
    """Keeps a whole checkpoint of each stage's end, ``stage_checkpoints/<j>/``, for branches.

    It comes last in ``train.callbacks``, so that the others' states are those after the stage.
    """

    def on_stage_end(self, loop, stage_index):
        """Writes the checkpoint."""
        loop.save_checkpoint(_checkpoint_folder(loop.model_dir, stage_index))


def train_branch(
    trunk, stage, model_dir, gin_config_files=None, gin_bindings=None, overwrite=False
):
    """Trains from the end of a stage of another training; goes on if it was interrupted.

    ``branch.json`` in the branch's folder says where it comes from and what changed there.

    Args:
      trunk: folder of the training that is branched from.
      stage: index of the stage at whose end it is.
      model_dir: folder of the branch.
      gin_config_files, gin_bindings: the branch's configuration. It may differ from the trunk's in
        what acts from now on (the objective, pressures, later stages, learning rates), not in
        data, seeds, batch size or networks.
      overwrite: whether to start anew from the trunk.

    Raises:
      DlibError: if the trunk has no checkpoint of the stage, or the configuration differs in what
        was there from the start; and as ``train`` does.
    """
    source = checkpoint.latest(_checkpoint_folder(trunk, stage))
    if source is None:
        raise DlibError(
            f"{trunk} keeps no checkpoint of stage {stage}: train it with @stage_checkpoints() at "
            f"the end of train.callbacks."
        )
    with gin_utils.configured(gin_config_files, gin_bindings or ()):
        config = gin_utils.config_text()
        settings = science(config)
    changed = _changes(Path(trunk), settings)
    with run_folder.locked(model_dir) as folder:
        is_done = results.read_step(folder / "results", "train") is not None
        if overwrite or not (is_done or checkpoint.latest(folder / "checkpoint")):
            run_folder.prepare(folder, True, settings, writes=WRITES)
            _start(folder, Path(trunk), stage, source, config, changed)
    train_with_gin(model_dir, False, gin_config_files, gin_bindings)


def _changes(trunk, settings):
    """``{name: [literal in the trunk, literal now]}`` of what differs; None where not bound."""
    before = files.read_json(trunk / run_folder.MARKER)["settings"]
    names = sorted(n for n in before.keys() | settings if before.get(n) != settings.get(n))
    for name in names:
        if name.startswith(_FROM_THE_START):
            raise DlibError(
                f"a branch of {trunk} cannot change {name} ({before.get(name, 'unset')}, now "
                f"{settings.get(name, 'unset')}): it acts from the first update on."
            )
    return {name: [before.get(name), settings.get(name)] for name in names}


def _start(folder, trunk, stage, source, config, changed):
    """Fills a branch's folder; the checkpoint comes last, since with it the branch has begun."""
    files.write_bytes(
        folder / "train_log.jsonl", (trunk / "train_log.jsonl").read_bytes()
    )  # rows that come after the checkpoint are dropped when the training goes on
    for index in range(stage + 1):
        if (trunk / "stages" / str(index)).is_dir():
            files.copy_folder(trunk / "stages" / str(index), folder / "stages" / str(index))
    header = checkpoint.read_header(source)
    files.write_json(
        folder / FILE_NAME,
        {
            "trunk": str(trunk),
            "stage": stage,
            "step": header["step"],
            "seconds": header["seconds"],  # of the trunk, contained in the branch's elapsed time
            "changed": changed,
        },
    )
    checkpoint.copy(source, folder / "checkpoint", config=config)


def _checkpoint_folder(model_dir, stage):
    return Path(model_dir) / "stage_checkpoints" / str(stage)
