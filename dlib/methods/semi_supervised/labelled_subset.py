"""The labelled examples of a training, and the stream of batches that they are part of.

Axes: N labelled examples, B batch, C H W image, L labels.
"""

import dataclasses
import math

import numpy as np
import torch

from dlib.methods.semi_supervised.labellers import make_labeller
from dlib.utils.errors import DlibError


def sample_supervised_data(supervised_seed, ground_truth_data, num_labelled_samples):
    """Draws labelled examples; equal seeds give equal ones everywhere in the pipeline.

    Factors are drawn, then observations, then the labeller's noise, all from one random state.

    Returns:
      ``(observations [N, H, W, C], labels [N, L], number of values of each label)``.

    Raises:
      DlibError: if the data set has no factors.
    """
    if not ground_truth_data.num_factors:
        raise DlibError(
            "labelled examples need a data set with factors, and this one has none: name a "
            "labelled data set, or an unsupervised method."
        )
    random_state = np.random.RandomState(supervised_seed)
    factors = ground_truth_data.sample_factors(num_labelled_samples, random_state)
    observations = ground_truth_data.sample_observations_from_factors(factors, random_state)
    labels, sizes = make_labeller(factors, ground_truth_data, random_state)
    return observations, labels, sizes


def train_test_split(observations, labels, num_labelled_samples, train_percentage):
    """The first ceil(N train_percentage) examples for training, the others held out.

    Returns:
      ``(observations, labels)`` of the training, then those held out.
    """
    if len(observations) != num_labelled_samples:
        raise ValueError(f"{len(observations)} observations, not {num_labelled_samples}")
    cut = math.ceil(num_labelled_samples * train_percentage)
    return observations[:cut], labels[:cut], observations[cut:], labels[cut:]


@dataclasses.dataclass(frozen=True)
class LabelledSubset:
    """Labelled examples, split in those trained on and those held out.

    Attributes:
      observations, labels: float32 ``[N, H, W, C]`` and ``[N, L]``, those trained on.
      held_out_observations, held_out_labels: the same, of the others; there may be none.
      factor_sizes: number of values of each label.
    """

    observations: np.ndarray
    labels: np.ndarray
    held_out_observations: np.ndarray
    held_out_labels: np.ndarray
    factor_sizes: tuple

    @classmethod
    def draw(cls, data, seed, num_labelled_samples, train_percentage):
        """Draws and splits; see ``sample_supervised_data`` and ``train_test_split``."""
        if num_labelled_samples < 1 or not 0 < train_percentage <= 1:
            raise DlibError(
                f"model.num_labelled_samples must be at least 1 and model.train_percentage in "
                f"(0, 1], got {num_labelled_samples} and {train_percentage}."
            )
        observations, labels, sizes = sample_supervised_data(seed, data, num_labelled_samples)
        split = train_test_split(observations, labels, num_labelled_samples, train_percentage)
        return cls(*split, tuple(int(size) for size in sizes))

    def held_out_batch(self, batch_size, random_state):
        """A draw with repetition from what is held out, or from the others if nothing is."""
        nothing = not len(self.held_out_labels)
        observations = self.observations if nothing else self.held_out_observations
        labels = self.labels if nothing else self.held_out_labels
        rows = random_state.randint(len(labels), size=batch_size)
        return observations[rows], labels[rows]


class LabelledLoader:
    """Unlabelled batches with as many labelled examples, which repeat in their order.

    Args:
      loader: the stream of unlabelled images.
      subset: a ``LabelledSubset``.
      to_images: makes images of observations.
    """

    def __init__(self, loader, subset, to_images):
        self.batch_size = loader.batch_size
        self._loader, self._subset, self._to_images = loader, subset, to_images
        self._position = 0

    def next_batch(self):
        """``(images, labelled images, labels)``, B examples each."""
        images = self._loader.next_batch()
        rows = (self._position + np.arange(len(images))) % len(self._subset.labels)
        self._position = int(rows[-1] + 1)
        labels = torch.from_numpy(self._subset.labels[rows]).to(images.device)
        return images, self._to_images(self._subset.observations[rows]), labels

    def state_dict(self):
        """Where both streams stand, as JSON values."""
        return {"unlabelled": self._loader.state_dict(), "position": self._position}

    def load_state_dict(self, state):
        """Goes on where ``state`` was taken."""
        self._loader.load_state_dict(state["unlabelled"])
        self._position = state["position"]
