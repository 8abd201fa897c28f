"""From a representation to one metric's scores."""

import hashlib
import inspect
import time
from pathlib import Path

import gin
import numpy as np

from dlib.data.ground_truth import named_data
from dlib.evaluation import encode_once as once
from dlib.methods.unsupervised import device as devices
from dlib.postprocessing import inherited_data
from dlib.postprocessing.representation import load_representation
from dlib.utils import gin_errors, gin_utils, results, steps


def evaluate_with_gin(
    model_dir,
    output_dir,
    overwrite=False,
    gin_config_files=None,
    gin_bindings=None,
    record_errors=False,
    replace=False,
):
    """Evaluates a representation as configuration files and bindings say.

    Args:
      model_dir: the representation's folder.
      output_dir: the scores' folder.
      overwrite: whether to compute them anew if they are there.
      gin_config_files: names of configuration files.
      gin_bindings: lines of gin.
      record_errors, replace: see ``evaluate``.

    Returns:
      the scores by name, as ``evaluate``.

    Raises:
      DlibError: for a wrong configuration, a missing representation, or a folder that is not ours.
    """
    with gin_utils.configured(gin_config_files, gin_bindings or ()):
        return evaluate(
            model_dir, output_dir, overwrite, record_errors=record_errors, replace=replace
        )


@gin.configurable(
    "evaluation", denylist=["model_dir", "output_dir", "overwrite", "record_errors", "replace"]
)
def evaluate(
    model_dir,
    output_dir,
    overwrite=False,
    evaluation_fn=gin.REQUIRED,
    random_seed=gin.REQUIRED,
    name="",
    device="auto",
    encode_once=True,
    record_errors=False,
    replace=False,
):
    """Computes one metric of a representation, unless it is there already.

    Args:
      model_dir: the representation's folder; its ``results/`` are copied.
      output_dir: the scores' folder.
      overwrite: whether to compute them anew if they are there.
      evaluation_fn: ``(ground_truth_data, representation_function, random_state[, artifact_dir])
        -> {name: number}``.
      random_seed: seed of the metric's ``random_state``.
      name: recorded with the results.
      device: where the encoder computes: "auto", "cpu", "cuda", "mps".
      encode_once: encode each stored image once and hand the metric indices in place of images.
        Set to False for a metric that looks at the images themselves.
      record_errors: write an exception of the metric down as the result ``error`` instead of
        raising it, so that other metrics go on. Such a result does not count as done.
      replace: whether scores of other settings are replaced instead of refused.

    Returns:
      the scores by name, with ``elapsed_time`` and ``uuid``.

    Raises:
      DlibError: for a missing representation or a folder that is not ours or holds other scores.
    """
    step = steps.Step("evaluation", output_dir, steps.find_results(model_dir, "postprocess"))
    settings = {"evaluation.random_seed": repr(random_seed), "evaluation.name": repr(name)}
    with step.claimed(overwrite, settings, replace) as is_done:
        if is_done:
            return step.results()
        start = time.perf_counter()
        inherited_data.resolve_auto(step.previous_results / "gin" / "postprocess.gin")
        data = named_data.get_named_ground_truth_data()
        device = devices.resolve_device(device)
        representation = load_representation(model_dir, _noise_of(random_seed), device)
        source = data.source
        if encode_once:
            data = _share_codes(data, representation, model_dir)
        try:
            scores = _call(
                evaluation_fn,
                data,
                representation,
                np.random.RandomState(random_seed),
                step.folder / "artifacts",
            )
        except Exception as error:
            if not record_errors:
                raise
            scores = {"error": f"{type(error).__name__}: {gin_errors.message_of(error)}"}
        results.update_result_directory(
            step.folder / "results",
            "evaluation",
            {**scores, "elapsed_time": time.perf_counter() - start},
            step.previous_results,
            {"device": str(device), "dataset_source": source},
        )
        return step.results() or scores


def _noise_of(random_seed):
    """What a drawn representation draws from: by the evaluation's seed, apart from the metric's."""
    return np.random.RandomState([random_seed, 1])


def _share_codes(data, representation, model_dir):
    """Lets ``representation`` take indices, if it can be, and gives the data set to go with it."""
    if not once.can_encode_once(data):
        return data
    digest = hashlib.sha256()
    for path in sorted((Path(model_dir) / "module").glob("*")):
        if path.name in ("weights.safetensors", "module.json"):
            digest.update(path.read_bytes())
    key = (digest.hexdigest(), str(inherited_data.dataset_settings()))
    representation.encode = once.shared(key, data, representation.encode)
    return once.IndexObservations(data)


def _call(evaluation_fn, data, representation, random_state, artifact_dir):
    """Calls a metric; one that has no use for ``artifact_dir`` need not take it."""
    parameters = inspect.signature(inspect.unwrap(evaluation_fn)).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    kwargs = (
        {"artifact_dir": str(artifact_dir)} if takes_any or "artifact_dir" in parameters else {}
    )
    return evaluation_fn(data, representation, random_state, **kwargs)
