"""Training a model: from a configuration to a folder with its module and its results."""

import inspect
import shutil

import gin
import numpy as np
import torch

from dlib.data.ground_truth import named_data
from dlib.methods.semi_supervised.labelled_subset import LabelledSubset
from dlib.methods.shared.settings import seed as checked_seed
from dlib.methods.shared.settings import whole
from dlib.methods.unsupervised import checkpoint
from dlib.methods.unsupervised.base_vae import TrainingSetup, built
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.device import RunSettings, resolve_device
from dlib.methods.unsupervised.gaussian_encoder_model import save_module
from dlib.methods.unsupervised.training_loop import TrainingLoop
from dlib.utils import gin_utils, memory, results, run_folder
from dlib.utils.errors import DlibError

# How a training runs and what follows it may change between two sittings; the rest may not.
_NOT_SCIENCE = ("train.", "pipeline.", "traversal.")
_SCIENCE_ALL_THE_SAME = ("train.order", "train.precision")

# What a training and its callbacks write into its folder, what says that it has begun or ended
# first.
WRITES = (
    "results",
    "checkpoint",
    "branch.json",
    "module",
    "stages",
    "stage_checkpoints",
    "tensorboard",
    "train_log.jsonl",
)

# Stands for what gin did not bind; since it is no literal, configurations that do not bind it keep
# the reference's keys.
_NOT_GIVEN = object()


def train_with_gin(model_dir, overwrite=False, gin_config_files=None, gin_bindings=None):
    """Trains the model of gin configuration files; see ``train``.

    Args:
      model_dir: folder of the training.
      overwrite: whether to start anew where there is a training already.
      gin_config_files: paths or names of configuration files.
      gin_bindings: further lines of gin, which win over the files.
    """
    with gin_utils.configured(gin_config_files, gin_bindings or ()):
        train(model_dir, overwrite)


@gin.configurable("model", denylist=["model_dir", "overwrite"])
def train(
    model_dir,
    overwrite=False,
    model=gin.REQUIRED,
    training_steps=gin.REQUIRED,
    random_seed=_NOT_GIVEN,
    batch_size=gin.REQUIRED,
    eval_steps=1000,
    name="",
    model_num=None,
    num_labelled_samples=_NOT_GIVEN,
    train_percentage=_NOT_GIVEN,
    supervised_data_seed=_NOT_GIVEN,
    unsupervised_data_seed=_NOT_GIVEN,
    model_seed=_NOT_GIVEN,
):
    """Trains a model, or goes on with a training that was interrupted.

    Writes ``module/`` (the trained model), ``results/``, ``train_log.jsonl`` and, for methods with
    stages, ``stages/<j>/`` (a module at each stage's end). A finished training is left alone.

    Args:
      model_dir: folder of the training.
      overwrite: start anew. Only what a training wrote is deleted: not a user's files beside it,
        and not runs in folders inside.
      model: a method, such as ``@vae()``, or its class, such as ``@s2_vae``.
      training_steps: updates, or None where the method's stages tell.
      random_seed: decides the order of the data, the initial weights and the noise.
      batch_size: examples of an update.
      eval_steps: batches of freshly sampled data behind the losses in ``results``.
      name, model_num: recorded with the results.
      num_labelled_samples: labelled examples, for methods that take them; with it come
      train_percentage: the part of them that is trained on, in (0, 1]; the rest is held out;
      supervised_data_seed: decides the labelled examples;
      unsupervised_data_seed, model_seed: where ``random_seed`` is not given, the seeds of the data
        and of the initial weights and the noise.

    Raises:
      DlibError: for contradicting settings, before any work; for a folder that another process
        is training in, that holds a training of another configuration, or that is not ours.
    """
    del name, model_num  # the saved configuration holds them
    if training_steps is not None:
        whole("model.training_steps", training_steps)
    whole("model.batch_size", batch_size)
    whole("model.eval_steps", eval_steps)
    settings = RunSettings()
    device = resolve_device(settings.device)
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    memory.keep_pages()
    data_seed, eval_seed, model_seed = _seeds(random_seed, unsupervised_data_seed, model_seed)
    data = named_data.get_named_ground_truth_data()
    labelled = _labelled(data, supervised_data_seed, num_labelled_samples, train_percentage)
    setup = TrainingSetup(
        tuple(data.observation_shape),
        batch_size,
        training_steps,
        getattr(data, "num_images", None),
        labelled.factor_sizes if labelled else None,
    )
    model = built(model).bind(setup, model_seed, device)
    model.labelled = labelled
    if model.training_steps is None:
        raise DlibError(
            f"model.training_steps = None, but {type(model).__name__} has no stages that tell how "
            f"long to train: set it to a number of updates."
        )
    loader = model.make_loader(data, np.random.RandomState(data_seed), settings.order)
    config = gin_utils.config_text()
    loop = TrainingLoop(model, data, loader, settings, device, model_dir, config)
    with run_folder.locked(model_dir) as folder:
        is_done = results.read_step(folder / "results", "train") is not None
        # A folder that holds neither a result nor a checkpoint has nothing that is worth keeping.
        is_new = not is_done and checkpoint.latest(folder / "checkpoint") is None
        run_folder.prepare(folder, overwrite or is_new, science(config), writes=WRITES)
        if is_done and not overwrite:
            print(f"{folder}: trained already (--overwrite trains anew)")
            return
        loop.run()
        save_module(model, folder / "module", config)
        losses = evaluate_losses(model, data, settings.autocast(device), eval_seed, eval_steps)
        results.update_result_directory(
            folder / "results",
            "train",
            {
                **losses,
                **_stage_endings(model),
                **{k: v for callback in settings.callbacks for k, v in callback.results().items()},
                "global_step": model.global_step,
                "elapsed_time": loop.seconds,
            },
            environment={"device": str(device), "dataset_source": data.source},
        )
        if not settings.keep_checkpoint:
            shutil.rmtree(folder / "checkpoint", ignore_errors=True)


def _stage_endings(model):
    """What a method says of its stages, one list a name; empty for stages of fixed length."""
    endings = [model.stage_ending(stage) for stage in range(len(model.stages()))]
    names = [name for name in endings[0] if name != "stage"]
    return {name: [ending[name] for ending in endings] for name in names}


def evaluate_losses(model, data, autocast, seed, num_batches):
    """Means of a model's terms over freshly sampled batches, ``{name: float}``.

    Args:
      model: a bound method; its generator is left as it was.
      data: where observations are sampled from.
      autocast: the context that losses are computed in.
      seed: decides the observations and the posterior's noise.
      num_batches: batches of the training's size.
    """
    random_state = np.random.RandomState(seed)
    trained_with, device = model.generator, next(model.parameters()).device
    model.generator = torch.Generator(device=device).manual_seed(seed)
    totals = {}
    with torch.no_grad(), autocast:
        for _ in range(num_batches):
            for name, term in model.terms(model.sample_batch(data, random_state)).items():
                totals[name] = totals.get(name, 0.0) + term.item()
    model.generator = trained_with
    return {name: total / num_batches for name, total in totals.items()}


def _seeds(random_seed, unsupervised_data_seed, model_seed):
    """Seeds of the training data, the evaluation data (the reference's draws) and the model."""
    if random_seed is not _NOT_GIVEN:
        random_state = _random_state(random_seed=random_seed)
        return [int(random_state.randint(2**32, dtype=np.int64)) for _ in range(3)]
    if unsupervised_data_seed is _NOT_GIVEN or model_seed is _NOT_GIVEN:
        raise DlibError(
            "model.random_seed is not set: set it in the configuration or by --gin_bindings="
            "'model.random_seed = ...' (or model.unsupervised_data_seed and model.model_seed)."
        )
    checked_seed("model.model_seed", model_seed)
    random_state = _random_state(unsupervised_data_seed=unsupervised_data_seed)
    eval_seed = int(random_state.randint(2**32, dtype=np.int64))
    return [unsupervised_data_seed, eval_seed, model_seed]


def _random_state(**seed):
    """A random state of the one seed, which is named so that a wrong one can be told."""
    ((name, value),) = seed.items()
    return np.random.RandomState(checked_seed(f"model.{name}", value))


def _labelled(data, seed, num_labelled_samples, train_percentage):
    """The labelled examples, or None if none are asked for."""
    given = {
        "num_labelled_samples": num_labelled_samples,
        "train_percentage": train_percentage,
        "supervised_data_seed": seed,
    }
    missing = [f"model.{name}" for name, value in given.items() if value is _NOT_GIVEN]
    if len(missing) == len(given):
        return None
    if missing:
        raise DlibError(f"labelled examples are asked for, but {missing[0]} is not set.")
    _random_state(supervised_data_seed=seed)
    return LabelledSubset.draw(data, seed, num_labelled_samples, train_percentage)


def science(config):
    """The parameters that decide what is computed: not how it runs, not who watches.

    Args:
      config: a configuration's text.
    """
    parameters = gin_utils.as_dict(config)
    owners = {key.rpartition(".")[0] for key in parameters}
    left_out = (*_NOT_SCIENCE, *(f"{name}." for name in owners if _watches(name)))
    return {
        key: value
        for key, value in parameters.items()
        if key in _SCIENCE_ALL_THE_SAME or not key.startswith(left_out)
    }


def _watches(name):
    """Whether a configurable is a callback, in use or not."""
    try:
        made = gin.get_configurable(name)
    except ValueError:  # a macro
        return False
    return inspect.isclass(made) and issubclass(made, Callback)
