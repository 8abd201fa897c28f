"""abstract_reasoning_study_v1, stage 1 (van Steenkiste et al. 2019): 360 models.

A model's number is 180 data set + 30 method + 5 setting + seed, with the methods and settings of
unsupervised_study_v1.
"""

from dlib.config.study import SweepStudy
from dlib.config.unsupervised_study_v1 import sweep as unsupervised
from dlib.config.unsupervised_study_v1.sweep import (
    get_default_models,
    get_num_latent,
    get_seeds,
)
from dlib.utils.hyperparams import categorical, sweep

__all__ = ["AbstractReasoningStudyV1", "get_config", "get_datasets", "get_default_models"]
__all__ += ["get_num_latent", "get_seeds"]


def get_datasets():
    """The two data sets whose puzzles the second stage makes."""
    return sweep("dataset.name", categorical(["shapes3d", "abstract_dsprites"]))


def get_config():
    """The settings of all models; a model's number is its place."""
    return unsupervised.get_config(get_datasets(), num_seeds=5)


class AbstractReasoningStudyV1(SweepStudy):
    """The representations that the second stage reasons with."""

    def __init__(self):
        super().__init__(
            get_config, unsupervised.CONFIG, unsupervised.POSTPROCESS, unsupervised.METRICS
        )
