"""From several trained models of one data set to their unsupervised ranking."""

import time
from pathlib import Path

import gin
import numpy as np
from gin import config as gin_config

from dlib.data.ground_truth import named_data
from dlib.methods.unsupervised import device as devices
from dlib.methods.unsupervised import gaussian_encoder_model
from dlib.postprocessing import inherited_data
from dlib.utils import gin_utils, results, steps
from dlib.utils.errors import DlibError


def evaluate_with_gin(
    model_dirs, output_dir, overwrite=False, gin_config_files=None, gin_bindings=None
):
    """Ranks models as configuration files and bindings say; see `evaluate`.

    The settings are those of ``evaluation``: ``evaluation_fn``, ``random_seed``, ``name`` and
    ``device``.

    Raises:
      DlibError: for a wrong configuration, a missing training, or a folder that is not ours.
    """
    with gin_utils.configured(gin_config_files, gin_bindings or ()):
        settings = _evaluation_settings()
        return evaluate(model_dirs, output_dir, overwrite, **settings)


def evaluate(
    model_dirs, output_dir, overwrite=False, *, evaluation_fn, random_seed, name="", device="auto"
):
    """Ranks trained models, unless it is done already.

    Args:
      model_dirs: folders of trainings on one data set, two or more. Results of the first one's
        training are copied to tell where the ranking comes from.
      output_dir: the ranking's folder.
      overwrite: whether to compute it anew if it is there.
      evaluation_fn: ``(ground_truth_data, representation_functions, random_state)`` -> dict.
      random_seed: seed of its ``random_state``.
      name: recorded with the results.
      device: where the encoders compute: "auto", "cpu", "cuda", "mps".

    Returns:
      the scores by name, with ``model_dirs``, ``elapsed_time`` and ``uuid``.

    Raises:
      DlibError: for a missing training, models of different data sets, or a folder that is not
        ours or holds other scores.
    """
    model_dirs = [str(directory) for directory in model_dirs]
    if len(model_dirs) < 2:
        raise DlibError(f"UDR has {len(model_dirs)} model_dirs, expected two or more to compare.")
    trained = [steps.find_results(directory, "train") for directory in model_dirs]
    check_same_data(model_dirs, trained)
    step = steps.Step("evaluation", output_dir, trained[0])
    settings = {
        "evaluation.random_seed": repr(random_seed),
        "evaluation.name": repr(name),
        "udr.models": repr([_identity(folder) for folder in trained]),
    }
    with step.claimed(overwrite, settings) as is_done:
        if is_done:
            return step.results()
        start = time.perf_counter()
        inherited_data.resolve_auto(trained[0] / "gin" / "train.gin")
        data = named_data.get_named_ground_truth_data()
        device = devices.resolve_device(device)
        functions = [representation_function(directory, device) for directory in model_dirs]
        scores = evaluation_fn(data, functions, random_state=np.random.RandomState(random_seed))
        elapsed = {"model_dirs": model_dirs, "elapsed_time": time.perf_counter() - start}
        results.update_result_directory(
            step.folder / "results",
            "evaluation",
            scores | elapsed,
            step.previous_results,
            {"device": str(device), "dataset_source": data.source},
        )
        return step.results()


def representation_function(model_dir, device="cpu"):
    """A model as UDR wants it: observations -> means ``[n, D]`` and mean KL divergences ``[D]``."""
    model = gaussian_encoder_model.load(model_dir, device=device)

    def means_and_divergence(observations):
        mean, logvar = model.encode(observations)
        return mean, gaussian_kl(mean, logvar)

    return means_and_divergence


def gaussian_kl(mean, logvar):
    """Mean over points of KL(N(mean, exp logvar) || N(0, 1)): ``[n, D]`` -> ``[D]`` nats."""
    mean, logvar = np.asarray(mean, np.float64), np.asarray(logvar, np.float64)
    return np.mean(0.5 * (mean**2 + np.exp(logvar) - logvar - 1.0), axis=0)


def check_same_data(model_dirs, trained):
    """Raises DlibError if the models in ``trained`` (results folders) saw different data sets."""
    names = [
        results.gin_dict(Path(folder) / "gin" / "train.gin").get("dataset.name")
        for folder in trained
    ]
    for directory, name in zip(model_dirs, names, strict=True):
        if name != names[0]:
            raise DlibError(
                f"UDR compares models of one data set, but {model_dirs[0]} was trained on "
                f"{names[0]} and {directory} on {name}: leave out one of them."
            )


def _identity(trained):
    return results.read_step(trained, "train").get("train_results.uuid")


def _evaluation_settings():
    """What the configuration says about ``evaluation``, recorded as used.

    The name belongs to the evaluation of one representation, and gin knows one function a name.
    """
    bound = gin.get_bindings("evaluation")
    missing = [name for name in ("evaluation_fn", "random_seed") if name not in bound]
    if missing:
        names = " and ".join(f"evaluation.{name}" for name in missing)
        raise DlibError(f"{names} not set: set it in the configuration file or by --gin_bindings.")
    defaults = {"name": "", "device": "auto"}
    used = ("evaluation_fn", "random_seed", *defaults)
    as_written = defaults | gin.get_bindings("evaluation", resolve_references=False)
    selector = gin_config._REGISTRY.get_match("evaluation").selector
    recorded = gin_config._OPERATIVE_CONFIG.setdefault(("", selector), {})
    recorded.update({key: as_written[key] for key in used})
    return {key: (defaults | bound)[key] for key in used}
