"""The annealing test of each factor of a labelled data set (DEFT paper, section 5.3).

Axes: R repeats, V values (of one repeat as of another where all combinations of factors occur),
H W C image.
"""

import gin
import numpy as np
import torch

from dlib.annealing.batched_test import INFORMATION, run_tests
from dlib.annealing.chunks import Test
from dlib.annealing.factor_sets import factor_indices, factor_set
from dlib.annealing.freezing_point import Criterion
from dlib.annealing.networks import WAYS, SideBySide, make_network
from dlib.annealing.schedule import Schedule
from dlib.methods.shared import architectures, settings
from dlib.methods.unsupervised.device import resolve_device


@gin.configurable("annealing_test", denylist=["data", "random_seed", "factors"])
class FactorTests:
    """A network for each repeat of each factor, on a base sample of its own.

    Args:
      data: a labelled data set.
      random_seed: with a factor's position and a repeat's number it decides that test's draws.
      factors: names or positions; None for all that have more than one value.
      num_latent: latents of each network.
      encoder_fn: an encoder function; the decoder is ``decoder.decoder_fn``'s.
      information: "kl" or "mutual_information".
      at_least: fewest images of an update.
      at_once: tests that a process runs side by side and saves together. None: 2 on a CPU, where
        more are no faster and leave a core idle at the end; 25 on a GPU.
      way: see ``SideBySide``.
      device: see ``resolve_device``.

    Raises:
      DlibError: for unlabelled data, a factor with one value or one that the others decide, a
        setting out of range.

    Attributes:
      subjects: ``[(position, name)]`` of the factors.
    """

    def __init__(
        self, data, random_seed, factors=None, num_latent=1,
        encoder_fn=architectures.standard_encoder, information="kl", at_least=16, at_once=None,
        way="auto", device="auto",
    ):  # fmt: skip
        settings.whole("annealing_test.num_latent", num_latent)
        settings.whole("annealing_test.at_least", at_least)
        settings.whole("annealing_test.at_once", 1 if at_once is None else at_once)
        settings.one_of("annealing_test.information", information, INFORMATION)
        settings.one_of("annealing_test.way", way, WAYS)
        settings.function("annealing_test.encoder_fn", encoder_fn, "@standard_encoder")
        self.data, self.random_seed, self.num_latent = data, random_seed % 2**32, num_latent
        self.encoder_fn, self.information, self.at_least = encoder_fn, information, at_least
        self.way, self.device = way, resolve_device(device)
        self.at_once = at_once or (2 if self.device.type == "cpu" else 25)
        self.schedule, self.criterion = Schedule(), Criterion()
        self.subjects = [(k, data.factor_names[k]) for k in factor_indices(data, factors)]

    def run(self, chunk, progress=None):
        """The tests of a ``Chunk``.

        Args:
          chunk: of one of the ``subjects``.
          progress: called after each update, see ``run_tests``; None for nobody.
        """
        repeats = range(chunk.first, chunk.first + chunk.count)
        states = [np.random.RandomState([self.random_seed, chunk.position, r]) for r in repeats]
        sets = [factor_set(self.data, chunk.position, s, self.at_least) for s in states]
        seeds = [int(state.randint(2**32, dtype=np.int64)) for state in states]
        shape = self.data.observation_shape
        networks = [make_network(shape, self.num_latent, self.encoder_fn, seed) for seed in seeds]
        curves = [None] * len(sets)
        for size in dict.fromkeys(len(s.images) for s in sets):  # only equal ones run together
            rows = [r for r, s in enumerate(sets) if len(s.images) == size]
            parts = ([values[r] for r in rows] for values in (networks, sets, seeds))
            for r, curve in zip(rows, self._curves(*parts, progress), strict=True):
                curves[r] = curve
        return [
            Test(chunk.subject, repeat, drawn.base, curve)
            for repeat, drawn, curve in zip(repeats, sets, curves, strict=True)
        ]

    def _curves(self, networks, sets, seeds, progress):
        """Curves of R tests whose sets have V images each."""
        images = torch.from_numpy(np.stack([s.images for s in sets]))  # [R, V, H, W, C]
        images = images.permute(0, 1, 4, 2, 3).contiguous().to(self.device)
        return run_tests(
            SideBySide(networks, self.way, self.device), lambda running: images[running],
            sets[0].copies, self.num_latent, seeds, self.schedule, self.criterion,
            self.information, device=self.device, watch=progress,
        )  # fmt: skip
