"""Which runs are models of the reference's ``unsupervised_study_v1``, published or our own.

Result files do not name their study. A model of it is known by its number, which follows from its
data set, method, hyperparameter and seed: 1800 models a data set, 300 a method, 50 a setting. Other
studies number their models too, but train with other batches.
"""

import math

from dlib.report import settings

UNSUPERVISED = "unsupervised_study_v1"
_DATASETS = (
    "dsprites_full",
    "color_dsprites",
    "noisy_dsprites",
    "scream_dsprites",
    "smallnorb",
    "cars3d",
    "shapes3d",
)
# Block of a method, its hyperparameter, and the six values in order.
_SWEEPS = {
    "beta_vae": (0, "vae.beta", (1, 2, 4, 6, 8, 16)),
    "factor_vae": (1, "factor_vae.gamma", (10, 20, 30, 40, 50, 100)),
    "dip_vae_i": (2, "dip_vae.lambda_od", (1, 2, 5, 10, 20, 50)),
    "dip_vae_ii": (3, "dip_vae.lambda_od", (1, 2, 5, 10, 20, 50)),
    "beta_tc_vae": (4, "beta_tc_vae.beta", (1, 2, 4, 6, 8, 10)),
    "annealed_vae": (5, "annealed_vae.c_max", (5, 10, 25, 50, 75, 100)),
}
_NUM_SEEDS = 50
_BATCH_SIZE = "64"


def study_of(run):
    """``UNSUPERVISED`` for one of its models, else "".

    Args:
      run: with ``dataset``, ``method``, ``seed`` and ``config``, the training's configuration.
    """
    number = model_number(run["dataset"], run["method"], run["config"], run["seed"])
    if settings.plain(run["config"].get("model.batch_size")) != _BATCH_SIZE or number is None:
        return ""
    told = settings.plain(run["config"].get("model.model_num"))
    return UNSUPERVISED if told == str(number) else ""


def model_number(dataset, method, config, seed):
    """The number of a model in the study, None for one that is not in it."""
    if dataset not in _DATASETS or method not in _SWEEPS or seed not in range(_NUM_SEEDS):
        return None
    block, parameter, values = _SWEEPS[method]
    try:
        value = float(settings.plain(config.get(parameter)))
    except ValueError:
        return None
    for place, candidate in enumerate(values):
        if math.isclose(value, candidate):
            return 1800 * _DATASETS.index(dataset) + 300 * block + 50 * place + seed
    return None
