"""DEFT without hyperparameters: the schedule is found by an annealing test before the training.

A configuration asks for it by ``schedule.source``; whoever starts a training (``dlib_train``) calls
``find_schedule`` first and hands its lines on, so that the training's own configuration shows what
was found. Methods know nothing of it.
"""

import contextlib
from pathlib import Path

import gin

from dlib.annealing import auto_report, pictures, shared_folder
from dlib.annealing.anneal import anneal
from dlib.data.ground_truth import named_data
from dlib.methods.shared import settings
from dlib.methods.unsupervised.base_vae import TrainingSetup, built
from dlib.methods.unsupervised.deft import DEFT
from dlib.methods.unsupervised.device import RunSettings
from dlib.methods.unsupervised.train import science
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

# What is found, so that nobody may set it too.
_FOUND = ("deft.betas", "deft.group_size", "encoder.num_latent")
# Must not say how many stages there are.
_LENGTHS = ("deft.epochs_per_stage", "deft.stage_steps", "information_plateau.max_steps")
# Settings of the training that the test does not depend on.
_OF_THE_TRAINING = (
    "model.",
    "deft.",
    "information_plateau.",
    "encoder.encoder_fn",
    "schedule.",
    "budget.",
)


@gin.configurable("schedule", denylist=["default_folder", "overwrite"])
def find_schedule(default_folder, overwrite=False, source=None, folder=None):
    """Finds pressures and groups for the DEFT training that the configuration in place describes.

    Interrupted, it goes on where it stopped; what was found is not found again. Writes what
    ``source`` writes, ``schedule.json`` and ``schedule.md``, and draws the figures of an annealing
    test.

    Args:
      default_folder: where the proposal goes.
      overwrite: whether to start anew.
      source: what finds it, such as ``@auto_annealing``: called with a folder and ``overwrite``, it
        gives ``betas``, ``group_sizes`` and ``groups`` (a dictionary). None: the training's
        configuration has its schedule.
      folder: another place for the proposal. Trainings that share it (seeds, say) find it once;
        one that starts while another looks for it waits.

    Returns:
      ``(folder of the proposal, the proposal)``, or None without ``source``.

    Raises:
      DlibError: before any work, if the training could not start with what will be found.
    """
    if source is None:
        return None
    settings.function("schedule.source", source, "@auto_annealing")
    _check_nothing_is_set_twice()
    config = gin_utils.config_text()
    _check_training(config)
    held = contextlib.nullcontext() if folder is None else shared_folder.waited_for(folder)
    folder = Path(default_folder if folder is None else folder)
    with held:
        with gin_utils.configured(bindings=_settings_of_test(config)):
            found = source(folder, overwrite)
        auto_report.write(folder, found, gin_utils.query("dataset.name"))
        if pictures.is_due(folder):
            pictures.draw(folder)
    return folder, found


@gin.configurable("auto_annealing", denylist=["output_dir", "overwrite"])
def anneal_by_labels(output_dir, overwrite=False):
    """``@annealing`` of each factor, or of the whole set where the data has no labels.

    ``annealing.variant`` decides if it is bound.
    """
    if gin_utils.query("annealing.variant", None) is None:
        data = named_data.get_named_ground_truth_data()
        gin_utils.bind("annealing.variant", "factors" if data.num_factors else "whole_set")
    return anneal(output_dir, overwrite)


def lines(found):
    """A proposal as lines of gin.

    Args:
      found: with ``betas`` and ``group_sizes``.
    """
    betas = [float(f"{beta:.4g}") for beta in found["betas"]]
    sizes = list(found["group_sizes"])
    return [
        f"deft.betas = {betas}",
        f"deft.group_size = {sizes}",
        f"encoder.num_latent = {sum(sizes)}",
    ]


def _check_nothing_is_set_twice():
    for name in _FOUND:
        if gin_utils.query(name, None) is not None:
            raise DlibError(
                f"{name} is set, but schedule.source finds it: leave out the one or the other."
            )
    for name in _LENGTHS:
        if isinstance(gin_utils.query(name, None), list | tuple):
            raise DlibError(
                f"{name} has one value per stage, but how many stages there are is what "
                f"schedule.source finds: give one number for all."
            )
    if gin_utils.query("model.training_steps", None) is not None:
        raise DlibError(
            "model.training_steps must be None with schedule.source: the stages tell, and they are "
            "not found yet."
        )


def _check_training(config):
    """Builds what will be trained, with a stage that stands for those to come."""
    stand_in = lines({"betas": [1.0], "group_sizes": [1]})
    with gin_utils.configured(bindings=[config, *stand_in]):
        batch_size = settings.whole("model.batch_size", gin_utils.query("model.batch_size"))
        model = built(gin.get_bindings("model").get("model"))
        if not isinstance(model, DEFT):
            raise DlibError(
                f"schedule.source finds the stages of DEFT, but model.model is "
                f"{type(model).__name__}: use @deft(), or leave out schedule.source."
            )
        RunSettings()
        data = named_data.get_named_ground_truth_data()
        num_images = getattr(data, "num_images", None)
        shape = tuple(data.observation_shape)
        model.bind(TrainingSetup(shape, batch_size, num_images=num_images))


def _settings_of_test(config):
    """Lines of what the test depends on, so that a change of the rest does not touch it."""
    imports = [line for line in config.splitlines() if line.startswith(("import ", "from "))]
    return imports + [
        f"{name} = {value}"
        for name, value in science(config).items()
        if not name.startswith(_OF_THE_TRAINING)
    ]
