"""Each stored image goes through the encoder once, however often metrics draw it.

Metrics draw the same images again and again (a beta-VAE score alone draws 1.9 million of
dSprites' 737 280). Where an observation is a function of its index, metrics are handed the index
as if it were the observation, and codes are looked up. Draws, and so scores, are the same.

Axes: N observations, D codes, M stored images.
"""

import numpy as np

from dlib.data.ground_truth.ground_truth_data import IndexedData

BATCH = 128  # images that an encoder takes at its best speed (gaussian_encoder_model.BATCH)
# What a call to an encoder costs on top of its images, in images: on one core about 1 ms, where an
# image takes 0.1 to 0.2 ms.
_CALL_OVERHEAD = 10
# A matrix product of few rows takes another kernel, with other last bits. Batches are filled up to
# whole multiples of this, so that an image's code does not depend on what was asked with it.
_ROWS = 16
_MAX_IMAGES = 2**24  # codes of more images would not fit in memory


def can_encode_once(data):
    """Whether observations of ``data`` are functions of their index, and their codes fit."""
    return isinstance(data, IndexedData) and data.noise_free and data.num_images <= _MAX_IMAGES


class IndexObservations(IndexedData):
    """A data set that draws like ``data`` but whose observations are indices, int64 ``[N]``."""

    def __init__(self, data):
        self._data = data

    def __getattr__(self, name):
        """Whatever else a data set offers to metrics."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._data, name)

    @property
    def name(self):
        """As the data set's."""
        return self._data.name

    @property
    def source(self):
        """As the data set's."""
        return self._data.source

    @property
    def factor_names(self):
        """As the data set's."""
        return self._data.factor_names

    @property
    def factors_num_values(self):
        """As the data set's."""
        return self._data.factors_num_values

    @property
    def observation_shape(self):
        """As the data set's images'."""
        return self._data.observation_shape

    @property
    def num_images(self):
        """As the data set's."""
        return self._data.num_images

    def sample_factors(self, num, random_state):
        """As the data set's."""
        return self._data.sample_factors(num, random_state)

    def sample_indices(self, factors, random_state):
        """As the data set's."""
        return self._data.sample_indices(factors, random_state)

    def observations_at(self, indices, random_state):
        """The indices themselves."""
        del random_state
        return np.asarray(indices, dtype=np.int64)


class EncodedOnce:
    """The posterior of stored images by index; encodes what it has not encoded yet.

    Args:
      data: an ``IndexedData`` that is ``noise_free``.
      encode: images ``[N, H, W, C]`` to mean and log-variance, ``[N, D]`` each.
    """

    def __init__(self, data, encode):
        self._data = data
        self._encode = encode
        self._is_known = np.zeros(data.num_images, dtype=bool)  # [M]
        self._codes = None  # mean and log-variance, [M, D] each
        self._overhead = 0

    @property
    def num_encoded(self):
        """How many images have gone through the encoder."""
        return int(np.count_nonzero(self._is_known))

    def __call__(self, indices):
        """Mean and log-variance of the images at ``indices`` ``[N]``, float32 ``[N, D]`` each."""
        indices = np.asarray(indices)
        new = np.unique(indices[~self._is_known[indices]])
        if self._codes is None and not len(new):
            new = np.zeros(1, dtype=np.int64)  # any image tells how many codes there are
        if len(new):
            self._add(new)
        return tuple(part[indices] for part in self._codes)

    def _add(self, new):
        # Calls that are not full cost more than their images. Once they have cost as much as all
        # images that are left, those are encoded together: never more than twice the best.
        self._overhead += _CALL_OVERHEAD if len(new) % BATCH else 0
        if self._overhead > len(self._is_known) - self.num_encoded:
            new = np.flatnonzero(~self._is_known)
        for start in range(0, len(new), BATCH):
            part = new[start : start + BATCH]
            images = self._data.observations_at(part, None)
            rows = np.resize(np.arange(len(part)), len(part) + -len(part) % _ROWS)
            codes = self._encode(images[rows])
            self._store(part, [values[: len(part)] for values in codes])

    def _store(self, indices, codes):
        if self._codes is None:
            shape = (len(self._is_known), codes[0].shape[1])
            self._codes = tuple(np.empty(shape, dtype=np.float32) for _ in codes)
        for stored, part in zip(self._codes, codes, strict=True):
            stored[indices] = part
        self._is_known[indices] = True


_shared = {}


def shared(key, data, encode):
    """The ``EncodedOnce`` of this process for ``key``, so that all metrics of a run share one.

    Only the last key's is kept. Equal keys must mean equal data and an equal encoder.
    """
    if key not in _shared:
        _shared.clear()
        _shared[key] = EncodedOnce(data, encode)
    return _shared[key]
