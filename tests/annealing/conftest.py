"""Drawn data for annealing tests, by name: "annealing_squares" and "annealing_unlabelled"."""

import numpy as np

from dlib.data.ground_truth.ground_truth_data import GroundTruthData
from dlib.data.ground_truth.registry import register


@register("annealing_squares")
class Squares(GroundTruthData):
    """The side tells much (it freezes first), the corner little."""

    source = "drawn"
    factor_names = ("color", "side", "corner")
    factors_num_values = (1, 4, 2)
    observation_shape = (16, 16, 1)

    def sample_factors(self, num, random_state):
        return np.column_stack([random_state.randint(n, size=num) for n in (1, 4, 2)])

    def sample_observations_from_factors(self, factors, random_state):
        images = np.zeros((len(factors), 16, 16, 1), np.float32)
        for image, (_, side, corner) in zip(images, factors, strict=True):
            image[: 4 * side, :12] = 1
            image[14:, 14:] = corner
        return images


@register("annealing_unlabelled")
class Unlabelled(Squares):
    """The same images without labels."""

    factor_names = ()
    factors_num_values = ()

    def sample_factors(self, num, random_state):
        return np.zeros((num, 0), np.int64)

    def sample_observations_from_factors(self, factors, random_state):
        hidden = Squares.sample_factors(self, len(factors), random_state)
        return Squares.sample_observations_from_factors(self, hidden, random_state)
