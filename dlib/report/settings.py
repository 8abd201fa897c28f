"""What distinguishes runs and evaluations, in a few words: setting, budget, protocol.

A configuration in a result file is ``{"name.parameter": "literal of gin"}``.
"""

import ast

from dlib.utils.result_files import SCIENCE_OF_RUNNING

NOT_NAMED = "not named"

# The hyperparameters by which each method is known; they are always told.
MAIN = {
    "vae": ("beta",),
    "beta_tc_vae": ("beta",),
    "annealed_vae": ("c_max",),
    "cascade_vae_c": ("beta_h",),
    "deft": ("betas",),
    "factor_vae": ("gamma",),
    "dip_vae": ("lambda_od",),
}
# What is no part of a method's setting: names and seeds, the data, what watches a training, how
# long the losses are evaluated, and how a machine runs it (but for ``SCIENCE_OF_RUNNING``).
_NOT_SETTING = (
    "model.random_seed",
    "model.unsupervised_data_seed",
    "model.supervised_data_seed",
    "model.model_seed",
    "model.model_num",
    "model.name",
    "model.model",
    "model.eval_steps",
    "dataset.",
    "budget.",
    "pipeline.",
    "stage_scores.",
    "tracker.",
    "export_as_tf_hub.",
    "train.",
)
_NOT_PROTOCOL = ("evaluation.", "dataset.", "budget.", "pipeline.")
_NOT_PROTOCOL_PARAMETERS = ("batch_size", "n_jobs", "num_jobs", "device", "artifact_dir")


def plain(literal):
    """A literal of gin as a person writes it: without quotes and references' signs.

    Numbers are told in one form, so that ``10``, ``10.0`` and ``1e1`` are the same.
    """
    if literal is None:
        return ""
    text = str(literal).strip()
    if text.startswith("@"):
        return text[1:].removesuffix("()").split("/")[-1]
    try:
        return _told(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text.strip("'\"")


def _told(value):
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | float):
        return f"{value:.12g}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_told(item) for item in value) + "]"
    return str(value)


def of_method(config):
    """The parameters of a training's configuration that make its setting: ``{name: text}``."""
    return {
        name: plain(literal)
        for name, literal in config.items()
        if name in SCIENCE_OF_RUNNING
        or not (name.startswith(_NOT_SETTING) or name.endswith((".name", ".use_locking")))
    }


def of_evaluation(config):
    """The parameters of an evaluation's configuration that make its protocol: ``{name: text}``.

    Its seed is none of them.
    """
    return {
        name: plain(literal)
        for name, literal in config.items()
        if not name.startswith(_NOT_PROTOCOL)
        and name.rpartition(".")[2] not in _NOT_PROTOCOL_PARAMETERS
    }


def class_name(config):
    """The gin name of a training's method, "" if it is not told."""
    return plain(config.get("model.model")).split(".")[-1]


def describe_settings(configs, method_class):
    """A text for each setting: the method's main hyperparameters, and what else differs.

    A parameter that one configuration lacks does not differ from the others by that, except for
    ``SCIENCE_OF_RUNNING``, whose values are known then.

    Args:
      configs: what ``of_method`` gave, of all runs of one method on one data set.
      method_class: gin name of the method.

    Returns:
      as many texts; equal settings have equal texts.
    """
    configs = [SCIENCE_OF_RUNNING | config for config in configs]
    main = [f"{method_class}.{name}" for name in MAIN.get(method_class, ())]
    if method_class not in MAIN:  # a method that we do not know tells its numbers
        own = {n for config in configs for n in config if n.startswith(f"{method_class}.")}
        main = sorted(name for name in own if _has_number(configs, name))[:4]
    varying = sorted(_varying(configs) - set(main))
    return [_text(config, (*main, *varying), f"{method_class}.") for config in configs]


def describe_protocols(configs):
    """A text for each evaluation by one metric: the parameters that all tell, or that differ.

    Args:
      configs: what ``of_evaluation`` gave; an empty one is told as "".

    Returns:
      as many texts; equal protocols have equal texts.
    """
    told = [config for config in configs if config]
    if not told:
        return [""] * len(configs)
    common = set(told[0]).intersection(*told[1:])
    names = sorted(common | _varying(told))
    return [_text(config, names) for config in configs]


def _varying(configs):
    first, varying = {}, set()
    for config in configs:
        for name, text in config.items():
            if first.setdefault(name, text) != text:
                varying.add(name)
    return varying


def _has_number(configs, name):
    text = next(config[name] for config in configs if name in config)
    return text[:1].isdigit() or text[:1] in "-[("


def _text(config, names, own=""):
    """``"beta=4, encoder.num_latent=10"``: own parameters and those with a clear name in short."""
    parts = []
    for name in names:
        if name in config:
            short = name.rpartition(".")[2]
            is_own = bool(own) and name.startswith(own)
            parts.append(f"{short if is_own or not own else name}={config[name]}")
    return ", ".join(parts)


def budget(train, evaluation, updates=None):
    """The budget of a result by name.

    Where the configuration sets none, runs of different lengths are told apart by their updates:
    ``"not named, 80 640 updates"``. Of stages that end by themselves each run has a number of
    updates of its own: ``"not named, adaptive stages"``.

    Args:
      train, evaluation: the configurations.
      updates: of the training; None if it is not known, and the budget is ``NOT_NAMED`` then.
    """
    trained, evaluated = (
        "" if name == "None" else name
        for name in (plain(train.get("budget.name")), plain(evaluation.get("budget.name")))
    )
    trained = trained or _not_named(train, updates)
    # An evaluation that names none was not made smaller, or not by us; "paper" makes none smaller.
    if evaluated in (trained, "", "paper"):
        return trained
    return f"{trained}, evaluated {evaluated}"


def _not_named(train, updates):
    if plain(train.get("deft.adaptive_stages")) not in ("", "None"):
        return f"{NOT_NAMED}, adaptive stages"
    return NOT_NAMED if updates is None else f"{NOT_NAMED}, {count_of_updates(updates)} updates"


def is_named(name):
    """Whether a budget, as ``budget`` tells it, was set by name."""
    return not name.startswith(NOT_NAMED)


def count_of_updates(count):
    """A number of updates as people read it: ``"80 640"``."""
    return f"{int(count):,}".replace(",", " ")
