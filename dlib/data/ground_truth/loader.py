"""Batches for training: from a data set to torch. The only module of the data layer with torch.

Axes: B batch, H W C image.
"""

import math

import numpy as np
import torch

from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.utils.errors import DlibError

ORDERS = ("shuffled", "reference")


class Loader:
    """An endless stream of batches that can be left and taken up again.

    Three kinds of stream:

    * ``shuffled`` epochs: every stored image once, hidden factors included, in an order drawn anew
      for each epoch; the last batch of an epoch is short.
    * ``reference``: the stream of the reference (disentanglement_lib), where each observation is
      drawn on its own, factors first; equal seeds give equal images. An epoch has as many batches
      as a shuffled one.
    * Data without stored images, or with a distribution of its own for training
      (``sample_training_factors``), is drawn a batch at a time.

    Args:
      data: the data set.
      batch_size: B.
      random_state: every draw comes from it, that of the images' noise too.
      device: where the batches go.
      order: ``"shuffled"`` or ``"reference"``.

    Attributes:
      batches_per_epoch: batches in which every stored image comes once, or None for data without
        stored images.

    Raises:
      DlibError: for another order, or a batch size that is not positive.
    """

    def __init__(self, data, batch_size, random_state, device="cpu", order="shuffled"):
        if order not in ORDERS:
            raise DlibError(f"there is no order {order!r} of batches; there are {list(ORDERS)}.")
        if batch_size < 1:
            raise DlibError(f"batch_size is {batch_size}, expected at least 1.")
        self.data = data
        self.batch_size = int(batch_size)
        self.device = torch.device(device)
        stored = isinstance(data, IndexedData)
        self.batches_per_epoch = math.ceil(data.num_images / self.batch_size) if stored else None
        self._random_state = random_state
        if order == "reference":
            self._next = self._one_by_one
        elif stored and not hasattr(data, "sample_training_factors"):
            self._next = self._next_of_epoch
        else:
            self._next = self._drawn
        self._epoch_seed, self._permutation, self._position = None, None, 0

    def next_batch(self):
        """The next images: float32 ``[B, C, H, W]`` on the device, in channels-last memory."""
        observations = torch.from_numpy(self._next())
        if observations.dim() == 4:
            observations = observations.permute(0, 3, 1, 2)
        if self.device.type == "cuda":
            observations = observations.pin_memory()
        return observations.to(self.device, non_blocking=True)

    def state_dict(self):
        """Where the stream stands, as JSON values."""
        algorithm, words, *rest = self._random_state.get_state()
        return {
            "random_state": [algorithm, words.tolist(), *rest],
            "epoch_seed": self._epoch_seed,
            "position": self._position,
        }

    def load_state_dict(self, state):
        """Goes on where ``state`` was taken; the batches that follow are the same to the bit."""
        self._random_state.set_state(tuple(state["random_state"]))
        self._position = state["position"]
        self._epoch_seed = state["epoch_seed"]
        if self._epoch_seed is not None:
            self._permutation = self._shuffle(self._epoch_seed)

    def _next_of_epoch(self):
        """Observations of a shuffled epoch, ``[B, H, W, C]``."""
        if self._epoch_seed is None or self._position == self.data.num_images:
            # The seed stands for the whole order, so that a saved position is a few bytes.
            self._epoch_seed = int(self._random_state.randint(2**32, dtype=np.uint32))
            self._permutation, self._position = self._shuffle(self._epoch_seed), 0
        indices = self._permutation[self._position : self._position + self.batch_size]
        self._position += len(indices)
        return self.data.observations_at(indices, self._random_state)

    def _shuffle(self, seed):
        """An order of all stored images; 4 bytes each."""
        order = np.arange(self.data.num_images, dtype=np.uint32)
        np.random.RandomState(seed).shuffle(order)
        return order

    def _drawn(self):
        """Observations drawn together, factors first, ``[B, H, W, C]``."""
        sample = getattr(self.data, "sample_training_factors", self.data.sample_factors)
        factors = sample(self.batch_size, self._random_state)
        return self.data.sample_observations_from_factors(factors, self._random_state)

    def _one_by_one(self):
        """Observations drawn one after the other, ``[B, H, W, C]``."""
        data, random_state = self.data, self._random_state
        sample = getattr(data, "sample_training_factors", data.sample_factors)
        if isinstance(data, IndexedData) and data.noise_free:
            # Reading images draws nothing, so all of them can be read at once.
            indices = [
                data.sample_indices(sample(1, random_state), random_state)
                for _ in range(self.batch_size)
            ]
            return data.observations_at(np.concatenate(indices), random_state)
        observations = [
            data.sample_observations_from_factors(sample(1, random_state), random_state)
            for _ in range(self.batch_size)
        ]
        return np.concatenate(observations)


class TorchImages(torch.utils.data.Dataset):
    """Stored images for ``torch.utils.data.DataLoader``: float32 ``[C, H, W]`` by index.

    The DataLoader shuffles and batches. Noise comes from a stream of each worker process, which
    differs between workers and, unless they are persistent, between epochs.

    Args:
      data: an ``IndexedData``.
      seed: of the noise.
    """

    def __init__(self, data, seed):
        self._data, self._seed, self._stream = data, seed, _WorkerStream(seed)

    def __len__(self):
        return self._data.num_images

    def __getitem__(self, index):
        return self.__getitems__([index])[0]

    def __getitems__(self, indices):
        """Images of a batch, read together; this is what the DataLoader calls."""
        images = self._data.observations_at(np.asarray(indices), self._stream.random_state())
        return list(_channels_first(images))


class TorchSamples(torch.utils.data.IterableDataset):
    """Endless observations for ``torch.utils.data.DataLoader``, drawn from factors.

    Args:
      data: any data set.
      seed: of all draws; each worker has a stream of its own.
    """

    _AT_ONCE = 64

    def __init__(self, data, seed):
        self._data, self._stream = data, _WorkerStream(seed)

    def __iter__(self):
        random_state = self._stream.random_state()
        sample = getattr(self._data, "sample_training_factors", self._data.sample_factors)
        while True:
            factors = sample(self._AT_ONCE, random_state)
            observations = self._data.sample_observations_from_factors(factors, random_state)
            yield from _channels_first(observations)


def as_torch_dataset(data, seed):
    """``data`` as a data set of torch: its stored images, or endless draws if it has none."""
    if isinstance(data, IndexedData) and not hasattr(data, "sample_training_factors"):
        return TorchImages(data, seed)
    return TorchSamples(data, seed)


class _WorkerStream:
    """A random state for each process that reads, and for each start of a worker."""

    def __init__(self, seed):
        self._seed, self._owner, self._random_state = seed, None, None

    def random_state(self):
        worker = torch.utils.data.get_worker_info()
        owner = 0 if worker is None else worker.seed
        if owner != self._owner or self._random_state is None:
            words = [self._seed & 0xFFFFFFFF, owner & 0xFFFFFFFF, owner >> 32]
            self._owner, self._random_state = owner, np.random.RandomState(words)
        return self._random_state


def _channels_first(observations):
    """``[N, H, W, C]`` as a torch view ``[N, C, H, W]``; anything else as it is."""
    observations = torch.from_numpy(observations)
    return observations.permute(0, 3, 1, 2) if observations.dim() == 4 else observations
