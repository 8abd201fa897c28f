"""Points for a metric: factors are drawn, observed and encoded. N points, D codes, K factors.

Draws follow the reference (disentanglement_lib) call by call and shape by shape, so that equal
random states give equal points. When a representation is computed makes no draw of that stream,
so the observations of several draws go through the encoder together.
"""

import numpy as np

# An encoder is fastest on calls whose observations stay in the cache; very small observations
# (indices, factor vectors) are gathered further because there each call costs more than its rows.
ENCODED_ROWS = 64
ENCODED_BYTES = 1 << 20


def fit_random_state(random_state):
    """A generator for the fits of a metric that leaves the metric's own stream untouched.

    It is seeded from a copy of ``random_state`` as it is now: equal seeds give equal fits, and
    the points drawn later are those of the reference.
    """
    copy = np.random.RandomState()
    copy.set_state(random_state.get_state())
    return np.random.RandomState(copy.randint(2**32, dtype=np.uint32))


class CodeCollector:
    """Encodes observations in calls of a good size and keeps the codes in order.

    Observations are arrays whose rows are points; what a row is does not matter.
    """

    def __init__(self, representation_function):
        self._encode = representation_function
        self._waiting = []
        self._rows = self._bytes = 0  # of what is waiting
        self._codes = []

    def add(self, observations):
        """Takes the next observations ``[n, ...]``."""
        self._waiting.append(observations)
        self._rows += len(observations)
        self._bytes += getattr(observations, "nbytes", ENCODED_BYTES)
        if self._rows >= ENCODED_ROWS and self._bytes >= ENCODED_BYTES:
            self._flush()

    def take(self):
        """Codes ``[n, D]`` of everything added since the last call."""
        self._flush()
        codes, self._codes = self._codes, []
        return np.concatenate(codes)

    def _flush(self):
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._rows = self._bytes = 0
            observations = waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
            self._codes.append(np.asarray(self._encode(observations)))


def sample_codes(
    ground_truth_data, representation_function, num_points, random_state, batch_size=16
):
    """Draws points and encodes them.

    Points are drawn ``batch_size`` at a time, factors before observations, so the batch size is
    part of what a seed means.

    Returns:
      codes ``[N, D]`` and factors ``[N, K]``, N = ``num_points``.
    """
    collector = CodeCollector(representation_function)
    factors = []
    for start in range(0, num_points, batch_size):
        number = min(batch_size, num_points - start)
        drawn, observations = ground_truth_data.sample(number, random_state)
        factors.append(drawn)
        collector.add(observations)
    return collector.take(), np.concatenate(factors)


def encode(observations, representation_function, batch_size):
    """Codes ``[N, D]`` of given observations, ``batch_size`` at a time; no draw."""
    parts = [
        np.asarray(representation_function(observations[start : start + batch_size]))
        for start in range(0, len(observations), batch_size)
    ]
    return np.concatenate(parts)


def sample_observation_codes(ground_truth_data, representation_function, num_points, random_state):
    """Codes ``[N, D]`` of observations drawn in one go: all factors first, then all observations.

    Stored images are read a part at a time, so that the observations of all points never lie in
    memory together; noise that is drawn image by image comes out the same.
    """
    if not hasattr(ground_truth_data, "observations_at"):
        observations = ground_truth_data.sample_observations(num_points, random_state)
        return encode(observations, representation_function, ENCODED_ROWS)
    factors = ground_truth_data.sample_factors(num_points, random_state)
    indices = ground_truth_data.sample_indices(factors, random_state)
    collector = CodeCollector(representation_function)
    for start in range(0, num_points, ENCODED_ROWS):
        part = indices[start : start + ENCODED_ROWS]
        collector.add(ground_truth_data.observations_at(part, random_state))
    return collector.take()


def hold_factor(ground_truth_data, factors, column, values, random_state):
    """Factors like ``factors`` ``[B, K]`` but with ``values`` in one column.

    The reference overwrites the column. Data whose factors are not a full product, where that
    would name points that do not exist, offers ``sample_factors_given`` and draws anew.
    """
    if hasattr(ground_truth_data, "sample_factors_given"):
        values = np.broadcast_to(values, len(factors))
        return ground_truth_data.sample_factors_given(column, values, random_state)
    factors = np.array(factors)
    factors[:, column] = values
    return factors


def blocks(num_points, size=256):
    """Splits ``num_points`` into numbers of at most ``size``: what is held in memory together."""
    return [min(size, num_points - start) for start in range(0, num_points, size)]
