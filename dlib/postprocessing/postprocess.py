"""From a trained model to a representation."""

import functools
import time

import gin
import numpy as np

from dlib.data.ground_truth import named_data
from dlib.methods.unsupervised import gaussian_encoder_model
from dlib.postprocessing import inherited_data
from dlib.utils import files, gin_utils, results, steps
from dlib.utils.errors import DlibError


def postprocess_with_gin(
    model_dir,
    output_dir,
    overwrite=False,
    gin_config_files=None,
    gin_bindings=None,
    replace=False,
):
    """Postprocesses a trained model as configuration files and bindings say.

    Args:
      model_dir: folder of the training.
      output_dir: the representation's folder.
      overwrite: whether to do it anew if it is done.
      gin_config_files: names of configuration files.
      gin_bindings: lines of gin.
      replace: see ``postprocess``.

    Raises:
      DlibError: for a wrong configuration, a missing training, or a folder that is not ours.
    """
    with gin_utils.configured(gin_config_files, gin_bindings or ()):
        postprocess(model_dir, output_dir, overwrite, replace=replace)


@gin.configurable("postprocess", denylist=["model_dir", "output_dir", "overwrite", "replace"])
def postprocess(
    model_dir,
    output_dir,
    overwrite=False,
    postprocess_fn=gin.REQUIRED,
    random_seed=gin.REQUIRED,
    name="",
    replace=False,
):
    """Makes a representation of a trained model, unless it is there already.

    Args:
      model_dir: folder of the training; its ``results/`` and ``module/`` are copied.
      output_dir: the representation's folder.
      overwrite: whether to do it anew if it is done.
      postprocess_fn: ``(ground_truth_data, gaussian_encoder, random_state, save_path)``, which
        records in ``save_path`` how codes are made.
      random_seed: seed of its ``random_state``.
      name: recorded with the results.
      replace: whether a representation of other settings is replaced instead of refused.

    Raises:
      DlibError: for a missing training or a folder that is not ours or holds another result.
    """
    step = steps.Step("postprocess", output_dir, steps.find_results(model_dir, "train"))
    source = step.previous_results.parent / "module"
    load = functools.cache(lambda: _loaded(source))
    if overwrite or step.results() is None:
        load()  # first, so that a damaged model is named and leaves nothing behind
    settings = {"postprocess.random_seed": repr(random_seed), "postprocess.name": repr(name)}
    with step.claimed(overwrite, settings, replace) as is_done:
        if is_done:
            return
        start = time.perf_counter()
        inherited_data.resolve_auto(step.previous_results / "gin" / "train.gin")
        encoder, module = load().encode, step.folder / "module"
        files.copy_folder(source, module)
        postprocess_fn(
            named_data.get_named_ground_truth_data(),
            encoder,
            np.random.RandomState(random_seed),
            save_path=module,
        )
        results.update_result_directory(
            step.folder / "results",
            "postprocess",
            {"elapsed_time": time.perf_counter() - start},
            step.previous_results,
        )


def _loaded(module):
    if not module.is_dir():
        raise DlibError(f"{module} is missing: train again with --overwrite.")
    return gaussian_encoder_model.load(module)
