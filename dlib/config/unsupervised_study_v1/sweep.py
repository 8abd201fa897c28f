"""unsupervised_study_v1 (Locatello et al. 2019): 12 600 models.

A model's number is 1800 data set + 300 method + 50 setting + seed, as in the reference; order of
data sets, methods and settings is that of the lists below.
"""

from dlib.config.study import SweepStudy
from dlib.utils.hyperparams import categorical, chainit, discrete, fixed, product, sweep, zipit

CONFIG = "study/unsupervised_study_v1.gin"
POSTPROCESS = ("postprocess/mean.gin", "postprocess/sampled.gin")
METRICS = (
    "metric/beta_vae_sklearn.gin",
    "metric/dci.gin",
    "metric/downstream_task_boosted_trees.gin",
    "metric/downstream_task_logistic_regression.gin",
    "metric/factor_vae_metric.gin",
    "metric/mig.gin",
    "metric/modularity_explicitness.gin",
    "metric/sap_score.gin",
    "metric/unsupervised.gin",
)
DATASETS = (
    "dsprites_full",
    "color_dsprites",
    "noisy_dsprites",
    "scream_dsprites",
    "smallnorb",
    "cars3d",
    "shapes3d",
)

_DIP_LAMBDAS = ("dip_vae.lambda_od", (1.0, 2.0, 5.0, 10.0, 20.0, 50.0))
# The parameters of each method in the order of its bindings; the tuple is what is varied.
_METHODS = (
    {
        "model.name": "beta_vae",
        "vae.beta": (1.0, 2.0, 4.0, 6.0, 8.0, 16.0),
        "model.model": "@vae()",
    },
    {
        "model.name": "factor_vae",
        "factor_vae.gamma": (10.0, 20.0, 30.0, 40.0, 50.0, 100.0),
        "model.model": "@factor_vae()",
        "discriminator.discriminator_fn": "@fc_discriminator",
    },
    {
        "model.name": "dip_vae_i",
        "model.model": "@dip_vae()",
        _DIP_LAMBDAS[0]: _DIP_LAMBDAS[1],
        "dip_vae.lambda_d_factor": 10.0,
        "dip_vae.dip_type": "i",
    },
    {
        "model.name": "dip_vae_ii",
        "model.model": "@dip_vae()",
        _DIP_LAMBDAS[0]: _DIP_LAMBDAS[1],
        "dip_vae.lambda_d_factor": 1.0,
        "dip_vae.dip_type": "ii",
    },
    {
        "model.name": "beta_tc_vae",
        "model.model": "@beta_tc_vae()",
        "beta_tc_vae.beta": (1.0, 2.0, 4.0, 6.0, 8.0, 10.0),
    },
    {
        "model.name": "annealed_vae",
        "annealed_vae.c_max": (5.0, 10.0, 25.0, 50.0, 75.0, 100.0),
        "annealed_vae.iteration_threshold": 100000,
        "annealed_vae.gamma": 1000,
        "model.model": "@annealed_vae()",
    },
)


def get_datasets():
    """The seven data sets."""
    return sweep("dataset.name", categorical(DATASETS))


def get_num_latent(sizes):
    """A sweep over the number of latents; not part of the study."""
    return sweep("encoder.num_latent", discrete(sizes))


def get_seeds(num):
    """Seeds 0, 1, ..., num - 1."""
    return sweep("model.random_seed", categorical(range(num)))


def get_default_models():
    """Six methods with six settings each."""
    return chainit([_settings(method) for method in _METHODS])


def get_config(datasets=None, num_seeds=50):
    """The settings of all models; a model's number is its place."""
    encoder = fixed("encoder.encoder_fn", "@conv_encoder")
    decoder = fixed("decoder.decoder_fn", "@deconv_decoder")
    datasets = get_datasets() if datasets is None else datasets
    return product([datasets, encoder, decoder, get_default_models(), get_seeds(num_seeds)])


class UnsupervisedStudyV1(SweepStudy):
    """The study of "Challenging common assumptions" (Locatello et al. 2019)."""

    def __init__(self, evaluation=METRICS):
        super().__init__(get_config, CONFIG, POSTPROCESS, evaluation)


def _settings(method):
    return zipit(
        [
            sweep(name, discrete(value)) if isinstance(value, tuple) else fixed(name, value)
            for name, value in method.items()
        ]
    )
