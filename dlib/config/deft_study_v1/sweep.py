"""deft_study_v1: the study of the DEFT paper (section 5.3, Figures 10 to 13, Table 4), 1000 models.

A model's number is 250 data set + 50 method + seed, in the order of the lists below: 0-49 are DEFT
on dSprites, 250-299 DEFT on Color. Settings are Table 2's for DEFT and Table 3's for the others;
they stand in the configuration file of each pair, such as ``beta_vae_color.gin``.
"""

from dlib.config.study import SweepStudy
from dlib.utils.hyperparams import categorical, product, sweep

METHODS = ("deft", "beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c")
# Data sets, and how configuration files call them.
DATASETS = {
    "dsprites_full": "dsprites",
    "color_dsprites": "color",
    "scream_dsprites": "scream",
    "smallnorb": "smallnorb",
}
NUM_SEEDS = 50
POSTPROCESS = ("postprocess/mean.gin",)
METRICS = (
    "metric/beta_vae_sklearn.gin",
    "metric/dci.gin",
    "metric/factor_vae_metric.gin",
    "metric/mig.gin",
    "metric/modularity_explicitness.gin",
    "metric/sap_score.gin",
)


def get_config():
    """The settings of all models; a model's number is its place."""
    return product(
        [
            sweep("dataset.name", categorical(DATASETS)),
            sweep("model.name", categorical(METHODS)),
            sweep("model.random_seed", categorical(range(NUM_SEEDS))),
        ]
    )


def config_of(entry):
    """Name of the configuration file of an entry."""
    return f"{entry['model.name']}_{DATASETS[entry['dataset.name']]}.gin"


class DeftStudyV1(SweepStudy):
    """Five methods on four data sets."""

    def __init__(self):
        super().__init__(get_config, config_of, POSTPROCESS, METRICS)
