"""Correlated factors on any labelled data set (Traeuble et al., 2021).

Training and evaluation each have laws of their own (``factor_laws``), or none::

    dataset.name = "correlated"
    correlated.base = "dsprites_full"
    correlated.training = [@correlated_pairs()]
    correlated_pairs.pairs = [("scale", "posX")]
    correlated_pairs.sigma = 0.2

Axes: K factors.
"""

import gin

from dlib.data.ground_truth.factor_laws import FactorDistribution, PairLaw
from dlib.data.ground_truth.ground_truth_data import GroundTruthData, IndexedData
from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.data.ground_truth.registry import register
from dlib.utils.errors import DlibError


class CorrelatedData(GroundTruthData):
    """A data set whose factors are drawn by other distributions than its own.

    Args:
      base: the data set.
      training: ``FactorDistribution`` of training batches, or None for the data set's own.
      evaluation: of what metrics draw, likewise.

    Attributes:
      sample_training_factors: draws for training; only where ``training`` is given.
      sample_factors_given: exact conditional draws; only where ``evaluation`` is given, or the
        data set has its own.
    """

    name = "correlated"

    def __init__(self, base, training, evaluation):
        self.base = base
        self.source = base.source
        self._draw = base.sample_factors if evaluation is None else evaluation.sample
        # A metric or a loader asks whether these exist, so they must not exist for nothing.
        if evaluation is not None:
            self.sample_factors_given = evaluation.given
        elif hasattr(base, "sample_factors_given"):
            self.sample_factors_given = base.sample_factors_given
        if training is not None:
            self.sample_training_factors = training.sample

    @property
    def factor_names(self):
        """The data set's own."""
        return self.base.factor_names

    @property
    def factors_num_values(self):
        """The data set's own."""
        return self.base.factors_num_values

    @property
    def observation_shape(self):
        """The data set's own."""
        return self.base.observation_shape

    def sample_factors(self, num, random_state):
        """Draws factors by the evaluation's distribution: int64 ``[num, K]``."""
        return self._draw(num, random_state)

    def sample_observations_from_factors(self, factors, random_state):
        """Observations of ``factors``, as the data set makes them."""
        return self.base.sample_observations_from_factors(factors, random_state)


class CorrelatedImages(CorrelatedData, IndexedData):
    """``CorrelatedData`` over a table of stored images; an epoch has as many draws as images."""

    @property
    def noise_free(self):
        """Whether an observation is a function of its index, as in the data set."""
        return self.base.noise_free

    @property
    def num_images(self):
        """The data set's own number."""
        return self.base.num_images

    def sample_indices(self, factors, random_state):
        """Indices of the images of ``factors``."""
        return self.base.sample_indices(factors, random_state)

    def observations_at(self, indices, random_state=None):
        """Images by index."""
        return self.base.observations_at(indices, random_state)


@register("correlated")
@gin.configurable
def correlated(base="dsprites_full", training=(), evaluation=()):
    """A labelled data set with correlated factors.

    Args:
      base: its name.
      training: laws of training batches: a list of what ``correlated_pairs``, ``confounded`` and
        ``excluded`` return (or one of it). Empty: shuffled epochs of the whole set.
      evaluation: laws of what metrics draw. Empty: the set's own distribution, which for most is
        uniform, independent factors.

    Raises:
      DlibError: for a set without factors, this one, or one with a distribution of its own that
        tells no ``joint_table``.
    """
    if base == "correlated":
        raise DlibError("correlated.base: expected another data set than 'correlated' itself.")
    data = get_named_ground_truth_data(base)
    if not data.num_factors:
        raise DlibError(f"correlated.base: {base} has no factors to correlate.")
    if hasattr(data, "sample_factors_given") and not hasattr(data, "joint_table"):
        raise DlibError(
            f"correlated.base: {base} has a distribution of its own over combinations of factors; "
            f"expected a set in which all combinations occur, or one with a joint_table."
        )
    distributions = [
        FactorDistribution(data, laws) if laws else None
        for laws in (_flat(training), _flat(evaluation))
    ]
    kind = CorrelatedImages if isinstance(data, IndexedData) else CorrelatedData
    return kind(data, *distributions)


def _flat(laws):
    """Laws out of lists of lists."""
    if isinstance(laws, PairLaw):
        return [laws]
    return [law for part in laws or () for law in _flat(part)]
