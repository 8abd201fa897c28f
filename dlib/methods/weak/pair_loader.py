"""Batches of pairs for training, and the draw of one batch.

Axes: B batch, C H W image, K factors.
"""

import numpy as np

from dlib.methods.weak.dynamics import simple_dynamics


def sample_pairs(data, num, random_state):
    """Draws pairs: factors, observations, changes, the other observations, in this order.

    Returns:
      ``(observations, other observations, changed)``: float32 ``[num, H, W, C]`` twice and bool
      ``[num, K]``.
    """
    sample = getattr(data, "sample_training_factors", data.sample_factors)
    factors = sample(num, random_state)
    observations = data.sample_observations_from_factors(factors, random_state)
    others, changed = simple_dynamics(factors, data, random_state)
    return observations, data.sample_observations_from_factors(others, random_state), changed


class PairLoader:
    """An endless stream of pairs that can be left and taken up again.

    Args:
      data: a data set with factors.
      batch_size: B, pairs of a batch.
      random_state: every draw comes from it.
      to_batch: makes the model's batch of what ``sample_pairs`` gives.
      one_by_one: draw each pair on its own, as the reference does.
    """

    def __init__(self, data, batch_size, random_state, to_batch, one_by_one=False):
        self.batch_size = batch_size
        self._data, self._random_state = data, random_state
        self._to_batch, self._one_by_one = to_batch, one_by_one

    def next_batch(self):
        """The next batch of pairs."""
        if not self._one_by_one:
            return self._to_batch(*sample_pairs(self._data, self.batch_size, self._random_state))
        pairs = [sample_pairs(self._data, 1, self._random_state) for _ in range(self.batch_size)]
        return self._to_batch(*map(np.concatenate, zip(*pairs, strict=True)))

    def state_dict(self):
        """Where the stream stands, as JSON values."""
        algorithm, words, *rest = self._random_state.get_state()
        return {"random_state": [algorithm, words.tolist(), *rest]}

    def load_state_dict(self, state):
        """Goes on where ``state`` was taken."""
        self._random_state.set_state(tuple(state["random_state"]))
