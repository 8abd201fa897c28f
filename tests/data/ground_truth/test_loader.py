"""Batches: epochs, resuming to the bit, the reference's stream, and torch's DataLoader."""

import json

import numpy as np
import pytest
import torch

from dlib.data.ground_truth.dummy_data import DummyData
from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.data.ground_truth.loader import Loader, as_torch_dataset
from dlib.utils.errors import DlibError

H, W, C = 2, 3, 3


class Numbers(IndexedData):
    """Image i holds i in all values; two factors told, one hidden; noise below 0.5 if asked for."""

    name, source = "numbers", "test"
    factor_names = ("a", "b")
    observation_shape = [H, W, C]
    factors_num_values = [5, 2]
    num_images = 30  # 5 x 2 x 3 hidden values

    def __init__(self, noise_free=True):
        self.noise_free = noise_free

    def sample_factors(self, num, random_state):
        return np.column_stack([random_state.randint(n, size=num) for n in (5, 2)])

    def sample_indices(self, factors, random_state):
        return factors @ np.array([6, 3]) + random_state.randint(3, size=len(factors))

    def observations_at(self, indices, random_state):
        images = np.empty((len(indices), H, W, C), np.float32)
        images[:] = np.asarray(indices)[:, None, None, None]
        if not self.noise_free:
            images += random_state.uniform(0, 0.5, images.shape).astype(np.float32)
        return images


class Samples(DummyData):
    """No stored images."""


def _loader(data=None, seed=0, batch_size=7, **options):
    return Loader(data or Numbers(), batch_size, np.random.RandomState(seed), **options)


def _numbers(batch):
    return batch[:, 0, 0, 0].floor().to(int).tolist()


@pytest.mark.parametrize("noise_free", [True, False])
def test_an_epoch_is_every_image_once_and_its_last_batch_is_short(noise_free):
    loader = _loader(Numbers(noise_free))
    assert loader.batches_per_epoch == 5
    epochs = [[_numbers(loader.next_batch()) for _ in range(5)] for _ in range(3)]
    for epoch in epochs:
        assert [len(batch) for batch in epoch] == [7, 7, 7, 7, 2]
        assert sorted(sum(epoch, [])) == list(range(30))
    orders = [tuple(sum(epoch, [])) for epoch in epochs]
    assert len(set(orders)) == 3
    assert orders[0] != tuple(range(30))


def test_all_orders_are_about_as_likely():
    # Where image 0 lands over many epochs is uniform: chi-squared with 29 degrees of freedom.
    loader, places = _loader(batch_size=30), np.zeros(30)
    for _ in range(3000):
        places[_numbers(loader.next_batch()).index(0)] += 1
    assert ((places - 100) ** 2 / 100).sum() < 60  # p = 0.0006


def test_batches_are_channels_last_views():
    batch = _loader().next_batch()
    assert batch.shape == (7, C, H, W)
    assert batch.dtype == torch.float32
    assert batch.is_contiguous(memory_format=torch.channels_last)


def test_equal_seeds_give_equal_batches_and_nothing_else_is_drawn_from():
    torch.manual_seed(0)
    np.random.seed(0)
    first, second = _loader(seed=1), _loader(seed=1)
    assert [_numbers(first.next_batch()) for _ in range(9)] == [
        _numbers(second.next_batch()) for _ in range(9)
    ]
    assert _numbers(_loader(seed=2).next_batch()) != _numbers(_loader(seed=1).next_batch())
    drawn = np.random.randint(2**30), torch.randint(2**30, ()).item()
    torch.manual_seed(0)
    np.random.seed(0)
    assert drawn == (np.random.randint(2**30), torch.randint(2**30, ()).item())


@pytest.mark.parametrize("taken", [0, 1, 3, 5, 6, 14])
@pytest.mark.parametrize("order", ["shuffled", "reference"])
@pytest.mark.parametrize("data", [Numbers(), Numbers(noise_free=False), Samples()])
def test_resuming_goes_on_to_the_bit(data, order, taken):
    loader = _loader(data, order=order)
    for _ in range(taken):
        loader.next_batch()
    state = json.loads(json.dumps(loader.state_dict()))
    expected = [loader.next_batch() for _ in range(8)]
    resumed = _loader(data, seed=99, order=order)
    resumed.next_batch()
    resumed.load_state_dict(state)
    for batch in expected:
        assert torch.equal(resumed.next_batch(), batch)


@pytest.mark.parametrize("noise_free", [True, False])
def test_the_reference_order_draws_one_observation_after_the_other(noise_free):
    data, stream = Numbers(noise_free), np.random.RandomState(3)
    loader = _loader(data, seed=3, order="reference")
    for _ in range(2):
        expected = np.stack([data.sample_observations(1, stream)[0] for _ in range(7)])
        np.testing.assert_array_equal(loader.next_batch().permute(0, 2, 3, 1), expected)
    assert loader.batches_per_epoch == 5


def test_data_without_stored_images_are_drawn_a_batch_at_a_time():
    loader = _loader(Samples(), seed=3)
    assert loader.batches_per_epoch is None
    expected = Samples().sample_observations(7, np.random.RandomState(3))
    np.testing.assert_array_equal(loader.next_batch().permute(0, 2, 3, 1), expected)


def test_a_distribution_for_training_is_drawn_from():
    data = Numbers()
    data.sample_training_factors = lambda num, random_state: np.tile([4, 1], (num, 1))
    for order in ("shuffled", "reference"):
        loader = _loader(data, order=order)
        assert set(_numbers(loader.next_batch())) <= {27, 28, 29}
        assert loader.batches_per_epoch == 5
    samples = iter(as_torch_dataset(data, seed=0))
    assert {int(next(samples)[0, 0, 0]) for _ in range(20)} == {27, 28, 29}


def test_wrong_options():
    with pytest.raises(DlibError, match="no order 'sorted'"):
        _loader(order="sorted")
    with pytest.raises(DlibError, match="batch_size is 0"):
        _loader(batch_size=0)


# Python warns of forks in processes with threads, which is how torch makes its workers.
_FORKS = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


@_FORKS
@pytest.mark.parametrize("workers", [0, 2])
def test_torch_reads_each_image_once_an_epoch(workers):
    data = as_torch_dataset(Numbers(noise_free=False), seed=0)
    generator = torch.Generator().manual_seed(0)
    batches = torch.utils.data.DataLoader(
        data, batch_size=7, shuffle=True, num_workers=workers, generator=generator
    )
    epochs = [torch.cat(list(batches)) for _ in range(2)]
    for epoch in epochs:
        assert epoch.shape == (30, C, H, W)
        assert sorted(_numbers(epoch)) == list(range(30))
    noise = torch.cat([epoch - epoch.floor() for epoch in epochs])
    assert len(noise.unique()) > 0.99 * noise.numel()  # no worker and no epoch repeats another
    assert torch.equal(data[3].floor(), torch.full((C, H, W), 3.0))
    assert len(data) == 30


@_FORKS
def test_torch_workers_draw_different_samples():
    data = as_torch_dataset(Samples(), seed=0)
    batches = iter(torch.utils.data.DataLoader(data, batch_size=4, num_workers=2))
    values = torch.cat([next(batches) for _ in range(4)])
    assert values.shape == (16, 1, 64, 64)
    assert len(values[:, 0, 0, 0].unique()) == 16


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_batches_go_to_the_device():
    on_cpu, on_gpu = _loader(), _loader(device="cuda")
    for _ in range(6):
        batch = on_gpu.next_batch()
        assert batch.device.type == "cuda"
        assert torch.equal(batch.cpu(), on_cpu.next_batch())
