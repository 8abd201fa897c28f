"""deft_tuning_v1: the search behind Table 3 of the DEFT paper, 480 models.

The paper chose the setting of highest MIG out of six for each compared method and data set. It
does not list the six; those of beta-VAE, beta-TCVAE and AnnealedVAE are taken from
unsupervised_study_v1, which holds all values of Table 3, those of CascadeVAE-C lie around its 10.

A model's number is 120 data set + 30 method + 5 setting + seed, in the order of the lists below.
"""

from dlib.config.deft_study_v1.sweep import DATASETS, POSTPROCESS, config_of
from dlib.config.study import SweepStudy
from dlib.utils.hyperparams import categorical, chainit, discrete, fixed, product, sweep, zipit

SETTINGS = {
    "beta_vae": ("vae.beta", (1.0, 2.0, 4.0, 6.0, 8.0, 16.0)),
    "beta_tc_vae": ("beta_tc_vae.beta", (1.0, 2.0, 4.0, 6.0, 8.0, 10.0)),
    "annealed_vae": ("annealed_vae.c_max", (5.0, 10.0, 25.0, 50.0, 75.0, 100.0)),
    "cascade_vae_c": ("cascade_vae_c.beta_h", (2.0, 4.0, 6.0, 10.0, 16.0, 25.0)),
}
NUM_SEEDS = 5
METRICS = ("metric/mig.gin",)


def get_config():
    """The settings of all models; a model's number is its place."""
    methods = [
        zipit([fixed("model.name", method), sweep(parameter, discrete(values))])
        for method, (parameter, values) in SETTINGS.items()
    ]
    return product(
        [
            sweep("dataset.name", categorical(DATASETS)),
            chainit(methods),
            sweep("model.random_seed", categorical(range(NUM_SEEDS))),
        ]
    )


class DeftTuningV1(SweepStudy):
    """Four methods with six settings each on four data sets."""

    def __init__(self):
        super().__init__(get_config, config_of, POSTPROCESS, METRICS)
