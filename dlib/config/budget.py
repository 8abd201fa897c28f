"""Budgets: the same experiment with fewer updates and fewer evaluation points.

``smoke``  20 updates for each of DEFT's stages: does it run at all?
``cpu``    500 updates for each of DEFT's stages (2 000 on dSprites): minutes on two cores.
``paper``  what the configuration says.
A number   that many updates.

A method that is compared with DEFT gets as many updates as DEFT on the same data set. Whatever
else is counted in updates (thresholds, stages, learning-rate schedules) keeps its proportion.
Stages of DEFT that may end early last their budget in full. Where stages are found before the
training (``schedule.source``), each gets as many updates as one of DEFT's on that data set.

Evaluation points are those of the configuration under ``paper``. ``smoke`` caps them, ``cpu``
halves them; votes (points that are batches of images, as in the scores of beta-VAE and FactorVAE)
become a twentieth. A number of updates has the points of ``cpu``, or of ``smoke`` if it is no
more updates than ``smoke``'s.

A budget is recorded: its bindings set ``budget.name`` and ``budget.updates``, and what sets these
has them in its result files. ``paper`` sets nothing else, and ``budget.updates`` only where the
configuration counts in updates: how many an epoch has, the data tell.
"""

import gin

from dlib.config import budget_points
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

NAMES = ("smoke", "cpu", "paper")
UPDATES_PER_STAGE = {"smoke": 20, "cpu": 500}
EVAL_STEPS = {"smoke": 2, "cpu": 100}  # batches behind the losses in a training's results

# Stages of DEFT on each data set that the paper has (Table 2, sections 5.4 and 5.5).
STAGES = {
    "dsprites_full": 4,
    "color_dsprites": 4,
    "scream_dsprites": 2,
    "smallnorb": 2,
    "triangle_correlated": 2,
    "chairs3d": 3,
}
STAGES_ELSEWHERE = 4  # as on dSprites

# Parameters that are numbers of updates, whatever the method.
_IN_UPDATES = {
    "iteration_threshold",
    "stage_steps",
    "decay_steps",
    "boundaries",
    "ramp_steps",
    "ramp_every",
}


@gin.configurable("budget")
def budget(name=None, updates=None):
    """What a run's configuration says of its budget.

    Args:
      name: "smoke", "cpu", "paper", or the number of updates as text; None where no budget was
        asked for.
      updates: of the whole training; "paper" may leave it out.

    Returns:
      both.

    Raises:
      DlibError: if only one of them is given.
    """
    if (name is None) != (updates is None) and name != "paper":
        raise DlibError(
            f"budget.name = {name!r}, but budget.updates = {updates!r}: set both or neither; "
            f"--budget does."
        )
    return name, updates


@gin.config.register_finalize_hook
def _record(config):
    """Has a configuration that sets a budget record it as operative, in every step's results."""
    if any(selector.split(".")[-1] == "budget" for _, selector in config):
        budget()


def check_name(text):
    """A budget as ``--budget`` takes it: one of ``NAMES``, or a number of updates, as text.

    Raises:
      DlibError: for anything else.
    """
    text = str(text)
    if text in NAMES or (text.isascii() and text.isdigit() and int(text) > 0):
        return text
    raise DlibError(
        f"there is no budget {text!r}: use {', '.join(NAMES)}, or a number of updates, 1 or more."
    )


def bindings_for_budget(gin_config_files, gin_bindings, budget):
    """What makes an experiment's configuration one of this budget.

    Args:
      gin_config_files: names of the training's configuration files.
      gin_bindings: its lines of gin.
      budget: see ``check_name``.

    Returns:
      lines of gin to be added after ``gin_bindings``. They shorten the training and, through
      ``pipeline.bindings``, the steps that follow it; those of "paper" only record it.

    Raises:
      DlibError: for a wrong budget or configuration, or a training whose length is not known.
    """
    budget = check_name(budget)
    with gin_utils.configured(gin_config_files, gin_bindings or ()):
        parameters = gin_utils.as_dict(gin_utils.config_text())
        if budget == "paper":
            return _record_of_paper(parameters)
        method = _Method(parameters)
        updates = method.updates(budget)
        level = "cpu" if updates > UPDATES_PER_STAGE["smoke"] * method.stages else "smoke"
        length = method.length_bindings(updates)
        listed = gin_utils.query("pipeline.evaluation", ())
        own = gin_utils.query("pipeline.bindings", ())
        is_scored = "@stage_scores" in parameters.get("train.callbacks", "")
        stage_points = gin_utils.query("stage_scores.num_points", 10000)
    points = budget_points.bindings(listed, level)
    bindings = [
        *length,
        f"model.eval_steps = {EVAL_STEPS[level]}",
        f"budget.name = {budget!r}",
        f"budget.updates = {updates}",
        f"pipeline.bindings = {[*own, *points]!r}",
    ]
    if is_scored:
        stage_points = budget_points.fewer(stage_points, "num_points", level)
        bindings.append(f"stage_scores.num_points = {stage_points}")
    return bindings


def _record_of_paper(parameters):
    """Lines that record the budget "paper", with the updates if the configuration in place tells
    them.
    """
    is_deft = _class_name(parameters) == "deft"
    if is_deft and gin_utils.query("deft.adaptive_stages", None) is not None:
        updates = None
    elif is_deft:
        steps = gin_utils.query("deft.stage_steps", None)  # of each stage, or of all alike
        updates = sum(steps) if isinstance(steps, list | tuple) else None
    else:
        updates = gin_utils.query("model.training_steps", None)
    told = [] if updates is None else [f"budget.updates = {updates}"]
    return ["budget.name = 'paper'", *told]


def _class_name(parameters):
    """The gin name of the method's class."""
    name = parameters.get("model.model", "").removesuffix("()").split("/")[-1]
    return name.split(".")[-1].lstrip("@")


class _Method:
    """How long the configuration in place trains, and what is counted in updates."""

    def __init__(self, parameters):
        self._parameters = parameters
        self.is_deft = _class_name(parameters) == "deft"
        self._lengths = self._deft_lengths() if self.is_deft else None
        self.stages = len(self._lengths) if self.is_deft else self._stages_of_data()

    def updates(self, budget):
        """Updates of the whole training."""
        if budget in UPDATES_PER_STAGE:
            return UPDATES_PER_STAGE[budget] * self.stages
        updates = int(budget)
        if self.is_deft and updates < self.stages:
            raise DlibError(
                f"a budget of {updates} updates is too small: deft has {self.stages} stages."
            )
        return updates

    def length_bindings(self, updates):
        """Lines that make the training that long."""
        lines = []
        if self.is_deft:
            lines.append("deft.epochs_per_stage = None")
            lines.append(f"deft.stage_steps = {self._stage_steps(updates)}")
            if gin_utils.query("deft.adaptive_stages", None) is not None:
                lines.append("deft.adaptive_stages = None")
            full = sum(self._lengths) if self._counts_updates() else None
            if gin_utils.query("model.training_steps", None) is not None:
                lines.append(f"model.training_steps = {updates}")
        else:
            full = gin_utils.query("model.training_steps", None)
            lines.append(f"model.training_steps = {updates}")
        return lines + self._in_proportion(updates, full)

    def _in_proportion(self, updates, full):
        names = [
            name
            for name in self._parameters
            if name.split(".")[-1] in _IN_UPDATES and name != "deft.stage_steps"
        ]
        if names and full is None:
            raise DlibError(
                f"{names[0]} is a number of updates, but the configuration does not say of how "
                f"many: set model.training_steps (deft.stage_steps for deft), or use "
                f"--budget=paper."
            )
        if not names and full is None and not self.is_deft:
            raise DlibError(
                "the training's length is not known (model.training_steps is not a number), so "
                "its budget cannot be set: use --budget=paper."
            )
        return [f"{n} = {_scaled(gin_utils.query(n), updates / full)!r}" for n in names]

    def _stage_steps(self, updates):
        if self._finds_stages():
            return max(1, updates // self.stages)
        return _shares(updates, self._lengths)

    def _finds_stages(self):
        return gin_utils.query("schedule.source", None) is not None

    def _counts_updates(self):
        return gin_utils.query("deft.stage_steps", None) is not None

    def _deft_lengths(self):
        """Of DEFT's stages, in whatever unit: their proportion is what counts."""
        if self._finds_stages():
            return [1] * self._stages_of_data()
        count = len(gin_utils.query("deft.betas"))
        lengths = gin_utils.query("deft.stage_steps", None)
        if lengths is None:
            lengths = gin_utils.query("deft.epochs_per_stage", 1)
        return list(lengths) if isinstance(lengths, list | tuple) else [lengths] * count

    def _stages_of_data(self):
        return STAGES.get(gin_utils.query("dataset.name", None), STAGES_ELSEWHERE)


def _shares(total, weights):
    """``total`` in whole parts, at least 1 each, as near to ``weights`` as their sum allows."""
    ends, seen = [0], 0
    for index, weight in enumerate(weights):
        seen += weight
        still_to_come = len(weights) - 1 - index
        end = round(total * seen / sum(weights))
        ends.append(min(max(end, ends[-1] + 1), total - still_to_come))
    return [end - start for start, end in zip(ends, ends[1:], strict=False)]


def _scaled(value, ratio):
    """A number of updates, or a rising list of them, times ``ratio``; at least 1."""
    if isinstance(value, list | tuple):
        scaled, last = [], 0
        for item in value:
            last = max(last + 1, round(item * ratio))
            scaled.append(last)
        return scaled
    return value if value is None else max(1, round(value * ratio))
