"""fairness_study_v1 (Locatello et al. 2019, "On the fairness of disentangled representations").

The models of unsupervised_study_v1, scored by the fairness of predictions, too. With that metric
between the others, those after it have other seeds than there.
"""

from dlib.config.unsupervised_study_v1 import sweep as unsupervised
from dlib.config.unsupervised_study_v1.sweep import (
    get_config,
    get_datasets,
    get_default_models,
    get_num_latent,
    get_seeds,
)

__all__ = ["FairnessStudyV1", "get_config", "get_datasets", "get_default_models"]
__all__ += ["get_num_latent", "get_seeds"]

METRICS = tuple(sorted((*unsupervised.METRICS, "metric/fairness.gin")))


class FairnessStudyV1(unsupervised.UnsupervisedStudyV1):
    """12 600 models and ten metrics."""

    def __init__(self):
        super().__init__(evaluation=METRICS)
