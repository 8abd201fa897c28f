"""Data whose observations are its factors, and the cases that have reference scores.

The scores are those of disentanglement_lib's own functions: its source at commit 86a644d with
scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6; histograms of 20 bins, batches of 16.
"""

import numpy as np

DSPRITES, TOY = (3, 6, 40, 32, 32), (4, 5, 6)


class FactorVectors:
    """Uniform independent factors as their own observations.

    Args:
      sizes: numbers of values.
      dtype: of the observations.
    """

    name = "factor vectors"

    def __init__(self, sizes=(6, 6, 6), dtype=np.float64):
        self.factors_num_values = list(sizes)
        self.num_factors = len(sizes)
        self.observation_shape = [len(sizes)]
        self.dtype = dtype

    def sample_factors(self, num, random_state):
        columns = [random_state.randint(size, size=num) for size in self.factors_num_values]
        return np.stack(columns, axis=1)

    def sample_observations_from_factors(self, factors, random_state):
        return factors.astype(self.dtype)

    def sample(self, num, random_state):
        factors = self.sample_factors(num, random_state)
        return factors, self.sample_observations_from_factors(factors, random_state)

    def sample_observations(self, num, random_state):
        return self.sample(num, random_state)[1]


def _centred(observations, sizes):
    return ((observations.astype(np.float64) + 0.5) / np.array(sizes, np.float64) - 0.5) * 3.4


def _aligned(sizes):
    def represent(observations):
        curved = np.tanh(1.3 * _centred(observations, sizes))
        return np.concatenate([curved, np.zeros((len(curved), 2))], axis=1)

    return represent


def _mixed(sizes, num_codes, seed):
    weights = 0.3 * np.random.RandomState(seed).randn(len(sizes), num_codes)
    for k in range(len(sizes)):
        weights[k, (2 * k) % num_codes] += 2.0
    return lambda observations: np.tanh(0.7 * _centred(observations, sizes) @ weights)


def _entangled(sizes, num_codes, seed):
    weights = np.random.RandomState(seed).randn(len(sizes), num_codes)
    return lambda observations: np.sin(_centred(observations, sizes) @ weights)


_CASES = {  # sizes, representation, seed, training points, test points
    "toy_aligned": (TOY, _aligned(TOY), 0, 2000, 1000),
    "toy_mixed": (TOY, _mixed(TOY, 6, 1), 1, 2000, 1000),
    "dsprites_mixed": (DSPRITES, _mixed(DSPRITES, 10, 7), 0, 10000, 5000),
    "dsprites_entangled": (DSPRITES, _entangled(DSPRITES, 10, 3), 2, 5000, 2500),
}


def reference_case(name):
    """What the reference's functions were given.

    Returns:
      (data, representation function, random state, numbers of training and of test points)
    """
    sizes, represent, seed, num_train, num_test = _CASES[name]
    data = FactorVectors(sizes, np.float32)
    return data, represent, np.random.RandomState(seed), num_train, num_test
