"""Scores of a model while it trains.

Axes: N points, D codes, K factors.
"""

import gin
import numpy as np

from dlib.evaluation.metrics import checks, mig, mutual_information, sampling
from dlib.methods.shared import settings
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.gaussian_encoder_model import LoadedModel


@gin.configurable("stage_scores")
class StageScores(Callback):
    """MIG, NMI1 and NMI2 at the end of each stage, in the training's log.

    Args:
      num_points: N, points that the mutual information is estimated from.
      random_seed: decides the points; the same ones at each stage.
      num_bins: bins of the histograms.

    Raises:
      DlibError: for a value that is none of these.
    """

    def __init__(self, num_points=10000, random_seed=0, num_bins=20):
        self.num_points = settings.whole("stage_scores.num_points", num_points, 2)
        self.random_seed = settings.seed("stage_scores.random_seed", random_seed)
        self.num_bins = settings.whole("stage_scores.num_bins", num_bins, 2)

    def on_stage_end(self, loop, stage_index):
        """Adds a row with ``stage_end`` (the stage's index), ``mig``, ``nmi1`` and ``nmi2``."""
        if not loop.data.num_factors:
            return  # unlabelled data has no factors to score against
        loop.log({"stage_end": stage_index, **self.scores(loop.model, loop.data, loop.device)})

    def scores(self, model, data, device="cpu"):
        """MIG, NMI1 and NMI2 (paper, equations 6 to 8) of the mean representation, in [0, 1]."""
        was_training = model.training
        encoder = LoadedModel(model.eval(), device=device)
        codes, factors = sampling.sample_codes(
            data,
            lambda observations: encoder.encode(observations)[0],
            self.num_points,
            np.random.RandomState(self.random_seed),
        )
        model.train(was_training)
        matrix = mutual_information.nmi_matrix(codes, factors, self.num_bins)
        varies = checks.check_varying(factors)
        summary = mutual_information.summary(matrix, varies)
        return {
            "mig": mig.gap(matrix, varies),
            "nmi1": summary["nmi1"],
            "nmi2": summary["nmi2"],
        }
