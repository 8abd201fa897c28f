"""What follows a training: representations, scores, pictures.

``pipeline.postprocess`` and ``pipeline.evaluation`` list configurations. Each representation is
made, each metric is computed on each representation, and steps that are done are not done again.
Lists may change between two sittings: what now has other settings (seeds follow from a metric's
place in the list) is replaced.
"""

import dataclasses
import sys
from pathlib import Path

import gin
import numpy as np

from dlib.evaluation.evaluate import evaluate_with_gin
from dlib.postprocessing.postprocess import postprocess_with_gin
from dlib.utils import gin_utils
from dlib.utils.config_files import find_config
from dlib.utils.errors import DlibError


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The scores of one metric on one representation; ``scores["error"]`` if it failed."""

    representation: str
    metric: str
    folder: Path
    scores: dict


def run_directory(model_dir):
    """Where the steps after a training write: beside a folder named ``model``, else inside it."""
    model_dir = Path(model_dir)
    return model_dir.parent if model_dir.name == "model" else model_dir


@gin.configurable("pipeline", denylist=["model_dir", "overwrite", "output_dir"])
def pipeline(
    model_dir,
    overwrite=False,
    postprocess=(),
    evaluation=(),
    visualize=False,
    bindings=(),
    output_dir=None,
):
    """Postprocesses, evaluates and draws a trained model.

    Writes ``postprocessed/<representation>``, ``metrics/<representation>/<metric>`` and
    ``visualizations`` below ``run_directory(model_dir)``. Seeds are the reference's: one stream
    of ``RandomState(0)`` over the sorted representations, then over the sorted metrics of each.

    Args:
      model_dir: folder of the training.
      overwrite: whether to do all of it anew.
      postprocess: names of configurations that make representations.
      evaluation: names of configurations of metrics.
      visualize: whether to draw pictures.
      bindings: lines of gin that win over the listed configurations, such as ``"mig.num_train =
        5000"``; each step gets those whose parameter its configuration sets. What the
        configuration in place says of ``budget`` is handed on to all.
      output_dir: where to write in the place of ``run_directory(model_dir)``.

    Returns:
      a list of ``Outcome``; a metric that fails is among them and stops no other.

    Raises:
      DlibError: for wrong configurations.
    """
    run = run_directory(model_dir) if output_dir is None else Path(output_dir)
    seeds = np.random.RandomState(0)
    representations, metrics = _listed(postprocess, evaluation)
    for name, config in representations.items():
        _say(f"representation {name}")
        lines = _bindings("postprocess", name, seeds) + handed_on(bindings, config)
        folder = run / "postprocessed" / name
        postprocess_with_gin(model_dir, folder, overwrite, [config], lines, replace=True)
    outcomes = []
    for representation in representations:
        source = run / "postprocessed" / representation
        for metric, config in metrics.items():
            _say(f"metric {metric} of {representation}")
            lines = _bindings("evaluation", metric, seeds) + handed_on(bindings, config)
            folder = run / "metrics" / representation / metric
            scores = evaluate_with_gin(
                source, folder, overwrite, [config], lines, record_errors=True, replace=True
            )
            outcomes.append(Outcome(representation, metric, folder, scores))
    if visualize:
        _say("pictures")
        # Drawing needs packages that no other step does.
        from dlib.visualize import visualize_model

        visualize_model.visualize(model_dir, run / "visualizations", overwrite)
    return outcomes


def check():
    """Reads all that the configuration in place lists, so that mistakes are told before a training.

    Raises:
      DlibError: for a file that is not there, and for any mistake inside of one.
    """
    lists = _listed(
        gin_utils.query("pipeline.postprocess", ()), gin_utils.query("pipeline.evaluation", ())
    )
    lines = set(_parameters(gin_utils.query("pipeline.bindings", ())))
    for configs in lists:
        for path in configs.values():
            with gin_utils.configured([path]):
                lines -= gin_utils.as_dict(gin_utils.config_text()).keys()
    if lines:
        raise DlibError(
            f"pipeline.bindings sets {min(lines)}, which no listed configuration sets: check its "
            f"spelling, or list the configuration in pipeline.evaluation."
        )


def _listed(postprocess, evaluation):
    """Representations and metrics by name."""
    representations = _by_name("pipeline.postprocess", postprocess)
    metrics = _by_name("pipeline.evaluation", evaluation)
    if metrics and not representations:
        raise DlibError(
            "pipeline.evaluation lists metrics but pipeline.postprocess no representation: add "
            "pipeline.postprocess = ['postprocess/mean.gin']."
        )
    return representations, metrics


def _by_name(parameter, configs):
    """Configurations by base name, sorted; the reference takes them in this order."""
    if isinstance(configs, str):
        configs = [configs]
    if not isinstance(configs, list | tuple) or not all(isinstance(c, str) for c in configs):
        raise DlibError(f"{parameter} must be a list of configurations' names, got {configs!r}.")
    paths = [find_config(config) for config in configs]
    by_name = {path.stem: str(path) for path in paths}
    if len(by_name) < len(paths):
        names = sorted(path.stem for path in paths)
        twice = next(a for a, b in zip(names, names[1:], strict=False) if a == b)
        raise DlibError(f"The pipeline lists two configurations named '{twice}': rename one.")
    return dict(sorted(by_name.items()))


def _bindings(step, name, seeds):
    # int64 for systems whose default integer has 32 bits; the values are the same.
    seed = seeds.randint(2**32, dtype=np.int64)
    return [f"{step}.random_seed = {seed}", f"{step}.name = {name!r}"]


def handed_on(bindings, config):
    """Lines of gin for a step: of ``pipeline.bindings``, and the budget of what is in place.

    Args:
      bindings: ``pipeline.bindings``.
      config: the step's configuration file.
    """
    in_place = gin_utils.as_dict(gin_utils.config_text())
    budget = [f"{name} = {value}" for name, value in in_place.items() if name[:7] == "budget."]
    with gin_utils.configured([config]):
        its_own = gin_utils.as_dict(gin_utils.config_text())
    lines = _parameters(bindings)
    return [f"{name} = {value}" for name, value in lines.items() if name in its_own] + budget


def _parameters(bindings):
    """``pipeline.bindings`` as ``{parameter: literal}``."""
    if not isinstance(bindings, list | tuple) or not all(isinstance(b, str) for b in bindings):
        raise DlibError(
            f"pipeline.bindings must be a list of lines of gin, such as ['mig.num_train = 5000'], "
            f"got {bindings!r}."
        )
    return gin_utils.as_dict("\n".join(bindings))


def _say(text):
    print(f"  {text}", file=sys.stderr, flush=True)
