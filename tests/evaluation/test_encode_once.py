import numpy as np
import pytest

from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.evaluation import encode_once as once
from dlib.evaluation.metrics import sampling
from dlib.postprocessing.methods import mean_codes, sampled_codes
from dlib.postprocessing.representation import Representation


class Tiles(IndexedData):
    """Two factors of 5 and 8 values and a hidden one of 3; 120 images of 2x2 numbers."""

    factor_names = ("row", "column")
    factors_num_values = (5, 8)
    observation_shape = (2, 2, 1)
    num_images = 120

    def __init__(self, noise_free=True):
        self.noise_free = noise_free
        self.images_read = []

    def sample_factors(self, num, random_state):
        columns = [random_state.randint(size, size=num) for size in self.factors_num_values]
        return np.stack(columns, axis=1)

    def sample_indices(self, factors, random_state):
        return (factors[:, 0] * 8 + factors[:, 1]) * 3 + random_state.randint(3, size=len(factors))

    def observations_at(self, indices, random_state):
        self.images_read.extend(np.asarray(indices).tolist())
        images = np.zeros((len(indices), 2, 2, 1), np.float32)
        images += indices[:, None, None, None] / 120
        if not self.noise_free:
            images += random_state.uniform(size=images.shape).astype(np.float32)
        return images


def encode(images):
    """Row by row the same, whatever the size of the batch."""
    flat = images.reshape(len(images), -1)
    return np.sin(7 * flat), np.cos(5 * flat) - 1


def test_an_image_has_the_same_code_to_the_bit_whatever_it_was_asked_with():
    # As a matrix product does, whose kernel for few rows sums in another order.
    def few_rows_differ(images):
        mean, logvar = encode(images)
        return mean + 1e-7 * (len(images) < 4), logvar

    indices = np.arange(70)
    expected = once.EncodedOnce(Tiles(), few_rows_differ)(indices)
    for size in (1, 3, 17):
        encoder = once.EncodedOnce(Tiles(), few_rows_differ)
        parts = [encoder(indices[i : i + size]) for i in range(0, 70, size)]
        for part, whole in zip(zip(*parts, strict=True), expected, strict=True):
            np.testing.assert_array_equal(np.concatenate(part), whole)


@pytest.mark.parametrize("codes", [mean_codes, sampled_codes])
@pytest.mark.parametrize("batch_size", [1, 16, 500])
def test_codes_factors_and_the_random_state_are_those_of_the_direct_way(codes, batch_size):
    data, direct_state, state = Tiles(), np.random.RandomState(3), np.random.RandomState(3)
    direct = sampling.sample_codes(
        Tiles(),
        Representation(encode, codes, np.random.RandomState(5)),
        900,
        direct_state,
        batch_size,
    )
    found = sampling.sample_codes(
        once.IndexObservations(data),
        Representation(once.EncodedOnce(data, encode), codes, np.random.RandomState(5)),
        900,
        state,
        batch_size,
    )
    assert np.array_equal(direct[0], found[0])
    assert np.array_equal(direct[1], found[1])
    assert direct_state.randint(2**31) == state.randint(2**31)


def test_the_other_ways_to_sample_are_the_same():
    data = Tiles()
    proxy, lookup = once.IndexObservations(data), once.EncodedOnce(data, encode)
    a, b = np.random.RandomState(4), np.random.RandomState(4)
    assert np.array_equal(
        lookup(proxy.sample_observations(40, a))[0], encode(data.sample_observations(40, b))[0]
    )
    factors = np.array([[4, 7], [0, 0]])
    assert np.array_equal(
        lookup(proxy.sample_observations_from_factors(factors, a))[1],
        encode(data.sample_observations_from_factors(factors, b))[1],
    )
    assert (proxy.num_factors, proxy.num_images, proxy.noise_free) == (2, 120, True)
    assert proxy.factor_names == data.factor_names


def test_each_image_is_read_and_encoded_once():
    data = Tiles()
    lookup = once.EncodedOnce(data, encode)
    lookup(np.array([3, 3, 5, 3]))
    lookup(np.array([5, 7, 3]))
    assert data.images_read == [3, 5, 7]
    assert lookup.num_encoded == 3
    everything = np.arange(120)
    assert np.array_equal(
        lookup(everything)[0], encode(Tiles().observations_at(everything, None))[0]
    )
    assert sorted(data.images_read) == list(range(120))


def test_batches_are_full(monkeypatch):
    monkeypatch.setattr(once, "BATCH", 64)
    sizes = []

    def counting(images):
        sizes.append(len(images))
        return encode(images)

    once.EncodedOnce(Tiles(), counting)(np.arange(120)[::-1])
    assert sizes == [64, 64]  # 56 more, filled up to a multiple of 16


def test_many_small_calls_end_in_one_pass_over_the_rest():
    data = Tiles()
    lookup = once.EncodedOnce(data, encode)
    for index in range(11):  # the overhead of 11 calls is that of 110 images; 120 - 10 are left
        lookup(np.array([index]))
        assert lookup.num_encoded == index + 1
    lookup(np.array([11]))
    assert lookup.num_encoded == 120
    assert sorted(data.images_read) == list(range(120))


def test_no_point_at_all_has_no_codes():
    assert once.EncodedOnce(Tiles(), encode)(np.array([], dtype=np.int64))[0].shape == (0, 4)


def test_only_functions_of_the_index_are_encoded_once():
    class Sampler:
        num_images = 5

    assert once.can_encode_once(Tiles())
    assert not once.can_encode_once(Tiles(noise_free=False))
    assert not once.can_encode_once(Sampler())
    huge = Tiles()
    huge.num_images = 2**24 + 1
    assert not once.can_encode_once(huge)


def test_whatever_else_a_data_set_offers_is_passed_on():
    data = Tiles()
    data.sample_factors_given = lambda *_: "given"
    assert once.IndexObservations(data).sample_factors_given() == "given"
    assert not hasattr(once.IndexObservations(Tiles()), "sample_factors_given")


def test_one_key_shares_one_and_the_last_is_kept():
    first = once.shared("a", Tiles(), encode)
    assert once.shared("a", Tiles(), encode) is first
    once.shared("b", Tiles(), encode)
    assert once.shared("a", Tiles(), encode) is not first
