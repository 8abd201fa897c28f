import numpy as np
import pytest

from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.evaluation.metrics import sampling


class Numbers(IndexedData):
    """Ten numbers as a data set of one factor; observations with or without noise."""

    factor_names = ("number",)
    factors_num_values = (10,)
    observation_shape = (2,)
    num_images = 10

    def __init__(self, noise=0.0):
        self._noise = noise

    def sample_factors(self, num, random_state):
        return random_state.randint(10, size=(num, 1))

    def sample_indices(self, factors, random_state):
        return factors[:, 0]

    def observations_at(self, indices, random_state):
        return indices[:, None] + self._noise * random_state.uniform(size=(len(indices), 2))


def test_points_are_drawn_batch_by_batch_factors_first():
    codes, factors = sampling.sample_codes(
        Numbers(0.1), lambda x: 2 * x, 40, np.random.RandomState(0), 16
    )
    state = np.random.RandomState(0)
    expected = []
    for number in (16, 16, 8):
        drawn = state.randint(10, size=(number, 1))
        expected.append(2 * (drawn + 0.1 * state.uniform(size=(number, 2))))
    assert codes.tolist() == np.concatenate(expected).tolist()
    assert factors.shape == (40, 1)


def test_observations_in_one_go_are_drawn_like_one_call():
    found = sampling.sample_observation_codes(
        Numbers(0.1), lambda x: x, 200, np.random.RandomState(0)
    )
    expected = Numbers(0.1).sample_observations(200, np.random.RandomState(0))
    assert found.tolist() == expected.tolist()


def test_data_without_an_index_are_observed_in_one_call():
    class Plain:
        def sample_observations(self, num, random_state):
            return random_state.randn(num, 2)

    found = sampling.sample_observation_codes(
        Plain(), lambda x: x + 1, 130, np.random.RandomState(0)
    )
    assert found.tolist() == (np.random.RandomState(0).randn(130, 2) + 1).tolist()


def test_collector_gathers_small_observations_and_keeps_their_order():
    calls = []

    def represent(observations):
        calls.append(len(observations))
        return observations

    collector = sampling.CodeCollector(represent)
    for start in range(0, 100, 10):
        collector.add(np.arange(start, start + 10)[:, None])
    assert collector.take().ravel().tolist() == list(range(100))
    assert calls == [100]


def test_collector_encodes_large_observations_in_full_batches():
    calls = []

    def represent(observations):
        calls.append(len(observations))
        return observations[:, 0]

    collector = sampling.CodeCollector(represent)
    for _ in range(9):
        collector.add(np.zeros((16, 4096), np.float32))  # 64 rows are 1 MiB
    assert collector.take().shape == (144,)
    assert calls == [64, 64, 16]


def test_fits_are_seeded_from_the_stream_without_moving_it():
    state = np.random.RandomState(5)
    first = sampling.fit_random_state(state).randint(2**31, size=3)
    second = sampling.fit_random_state(state).randint(2**31, size=3)
    assert first.tolist() == second.tolist()
    assert state.randint(2**31) == np.random.RandomState(5).randint(2**31)
    assert sampling.fit_random_state(state).randint(2**31) != first[0]


def test_held_factor_overwrites_a_copy():
    factors = np.zeros((3, 2), int)
    held = sampling.hold_factor(object(), factors, 1, 4, None)
    assert held.tolist() == [[0, 4]] * 3
    assert not factors.any()


def test_encode_splits_only_the_encoder():
    calls = []

    def represent(observations):
        calls.append(len(observations))
        return observations * 2

    codes = sampling.encode(np.arange(5.0)[:, None], represent, 2)
    assert codes.ravel().tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert calls == [2, 2, 1]


def test_blocks_sum_to_the_number_of_points():
    assert sampling.blocks(600) == [256, 256, 88]
    assert sampling.blocks(0) == []


@pytest.mark.parametrize("num_points", [0])
def test_no_points_are_an_error_of_the_caller(num_points):
    with pytest.raises(ValueError, match="concatenate"):
        sampling.sample_codes(Numbers(), lambda x: x, num_points, np.random.RandomState(0))
