"""Codes of chosen factors, for metrics that intervene on the data.

N points, D codes, K factors. Draws are those of observing all points in one call, as
the reference does.
"""

from dlib.evaluation.metrics import sampling


def observe(ground_truth_data, factors, random_state, collector):
    """Draws the observations of ``factors`` ``[N, K]`` and hands them to a `CodeCollector`.

    Hidden factors are drawn for all points first, then the images are read and encoded a part at a
    time, so that they never lie in memory together.
    """
    if not hasattr(ground_truth_data, "observations_at"):
        size = sampling.ENCODED_ROWS
        observations = ground_truth_data.sample_observations_from_factors(factors, random_state)
        for start in range(0, len(observations), size):
            collector.add(observations[start : start + size])
        return
    indices = ground_truth_data.sample_indices(factors, random_state)
    for start in range(0, len(indices), sampling.ENCODED_ROWS):
        part = indices[start : start + sampling.ENCODED_ROWS]
        collector.add(ground_truth_data.observations_at(part, random_state))


def codes_of(ground_truth_data, representation_function, factors, random_state):
    """Codes ``[N, D]`` of newly drawn observations of ``factors`` ``[N, K]``."""
    collector = sampling.CodeCollector(representation_function)
    observe(ground_truth_data, factors, random_state, collector)
    return collector.take()
