"""From a representation to one metric's scores on fixed labelled points.

Evaluation draws as many points as it likes; validation sees only the labelled points that a
semi-supervised method was given, so that models are selected by what was known.
"""

import time

import gin
import numpy as np

from dlib.data.ground_truth import named_data
from dlib.methods.unsupervised import device as devices
from dlib.postprocessing import inherited_data
from dlib.postprocessing.representation import load_representation
from dlib.utils import gin_utils, results, steps


def validate_with_gin(
    model_dir, output_dir, overwrite=False, gin_config_files=None, gin_bindings=None
):
    """Validates a representation as configuration files and bindings say; see `validate`.

    Raises:
      DlibError: for a wrong configuration, a missing representation, or a folder that is not ours.
    """
    with gin_utils.configured(gin_config_files, gin_bindings or ()):
        return validate(model_dir, output_dir, overwrite)


@gin.configurable("validation", denylist=["model_dir", "output_dir", "overwrite"])
def validate(
    model_dir,
    output_dir,
    overwrite=False,
    validation_fn=gin.REQUIRED,
    random_seed=gin.REQUIRED,
    num_labelled_samples=gin.REQUIRED,
    name="",
    device="auto",
):
    """Computes one metric of a representation on labelled points, unless it is there already.

    Args:
      model_dir: the representation's folder; its ``results/`` are copied.
      output_dir: the scores' folder.
      overwrite: whether to compute them anew if they are there.
      validation_fn: ``(observations [N, ...], labels [K, N], representation_function)`` ->
        ``{name: number}``.
      random_seed: seed of the labelled points; a method trained with the same seed saw these.
      num_labelled_samples: N.
      name: recorded with the results.
      device: where the encoder computes: "auto", "cpu", "cuda", "mps".

    Returns:
      the scores by name, with ``elapsed_time`` and ``uuid``.

    Raises:
      DlibError: for a missing representation or a folder that is not ours or holds other scores.
    """
    # Here, so that a configuration is complete without the semi-supervised methods' data.
    from dlib.methods.semi_supervised.semi_supervised_utils import sample_supervised_data

    step = steps.Step("validation", output_dir, steps.find_results(model_dir, "postprocess"))
    settings = {
        "validation.random_seed": repr(random_seed),
        "validation.name": repr(name),
        "validation.num_labelled_samples": repr(num_labelled_samples),
    }
    with step.claimed(overwrite, settings) as is_done:
        if is_done:
            return step.results()
        start = time.perf_counter()
        inherited_data.resolve_auto(step.previous_results / "gin" / "postprocess.gin")
        data = named_data.get_named_ground_truth_data()
        device = devices.resolve_device(device)
        observations, labels, _ = sample_supervised_data(random_seed, data, num_labelled_samples)
        # Noise of a drawn representation comes from a stream of its own.
        noise = np.random.RandomState([random_seed, 1])
        representation = load_representation(model_dir, noise, device)
        scores = validation_fn(observations, np.transpose(labels), representation)
        results.update_result_directory(
            step.folder / "results",
            "validation",
            {**scores, "elapsed_time": time.perf_counter() - start},
            step.previous_results,
            {"device": str(device), "dataset_source": data.source},
        )
        return step.results()
