"""The annealing test of a whole data set, without labels (DEFT paper, section 5.5).

Axes: R repeats, B batch, N points, D latents, T updates of the fall, C H W image.
"""

import dataclasses

import gin
import numpy as np
import torch

from dlib.annealing.batched_test import INFORMATION, run_tests
from dlib.annealing.chunks import Test
from dlib.annealing.freezing_point import Criterion
from dlib.annealing.networks import WAYS, SideBySide, make_network
from dlib.annealing.schedule import Schedule
from dlib.data.ground_truth.loader import Loader
from dlib.evaluation.metrics.kl_decomposition import kl_decomposition
from dlib.methods.shared import architectures, settings
from dlib.methods.unsupervised.device import resolve_device
from dlib.utils.errors import DlibError

SUBJECT = "whole_set"


@gin.configurable("whole_set_test", denylist=["data", "random_seed", "factors"])
class WholeSetTests:
    """A network for each repeat, trained on batches of the whole set while the pressure falls.

    Args:
      data: any data set; labels are not looked at.
      random_seed: with a repeat's number it decides that test's draws.
      factors: must be None.
      num_latent: D, latents of each network.
      encoder_fn: an encoder function; the decoder is ``decoder.decoder_fn``'s.
      information: "kl", or "mutual_information" under the aggregate posterior of ``num_points``
        images, which cannot exceed log N. It is that of all latents together: the points of single
        latents come from their KL in either case.
      batch_size: B.
      num_points: N.
      num_looks: pressures, equally spaced in log beta, at which the mutual information is
        computed, 3 or more; one noisy look does not count (``medians_of_three``), and between looks
        it is linear in log beta.
      at_once: tests that run side by side and are saved together.
      way: see ``SideBySide``.
      device: see ``resolve_device``.

    Raises:
      DlibError: for a choice of factors, a setting out of range.

    Attributes:
      subjects: one entry, the whole set.
    """

    def __init__(
        self, data, random_seed, factors=None, num_latent=10,
        encoder_fn=architectures.standard_encoder, information="kl", batch_size=64,
        num_points=2048, num_looks=200, at_once=1, way="auto", device="auto",
    ):  # fmt: skip
        if factors is not None:
            raise DlibError(
                "annealing.factors chooses factors, and annealing.variant = 'whole_set' looks at "
                "none: leave it out, or use 'factors'."
            )
        for name, value, least in (
            ("num_latent", num_latent, 1), ("batch_size", batch_size, 2), ("at_once", at_once, 1),
            ("num_points", num_points, 2), ("num_looks", num_looks, 3),
        ):  # fmt: skip
            settings.whole(f"whole_set_test.{name}", value, least)
        settings.one_of("whole_set_test.information", information, INFORMATION)
        settings.one_of("whole_set_test.way", way, WAYS)
        settings.function("whole_set_test.encoder_fn", encoder_fn, "@standard_encoder")
        self.data, self.random_seed, self.num_latent = data, random_seed % 2**32, num_latent
        self.encoder_fn, self.information, self.batch_size = encoder_fn, information, batch_size
        self.num_points, self.num_looks = num_points, num_looks
        self.at_once, self.way, self.device = at_once, way, resolve_device(device)
        self.schedule, self.criterion = Schedule(), Criterion()
        self.subjects = [(0, SUBJECT)]

    def run(self, chunk, progress=None):
        """The tests of a ``Chunk``; arguments as ``FactorTests.run``."""
        repeats = range(chunk.first, chunk.first + chunk.count)
        states = [np.random.RandomState([self.random_seed, r]) for r in repeats]
        seeds = [int(state.randint(2**32, dtype=np.int64)) for state in states]
        shape = self.data.observation_shape
        networks = [make_network(shape, self.num_latent, self.encoder_fn, seed) for seed in seeds]
        watchers, looks = [progress] if progress else [], None
        if self.information == "mutual_information":
            # Streams of their own, so that looking changes nothing of what is seen.
            looks = _Looks(self, [np.random.RandomState([self.random_seed, r, 1]) for r in repeats])
            watchers.append(looks)
        loaders = [Loader(self.data, self.batch_size, s, self.device) for s in states]
        curves = run_tests(
            SideBySide(networks, self.way, self.device),
            lambda running: torch.stack([loaders[r].next_batch() for r in running]),
            1, self.num_latent, seeds, self.schedule, self.criterion, stop_early=False,
            device=self.device, watch=lambda *seen: [watcher(*seen) for watcher in watchers],
        )  # fmt: skip
        if looks:
            curves = [looks.filled_in(r, curve) for r, curve in enumerate(curves)]
        return [Test(SUBJECT, r, (), curve) for r, curve in zip(repeats, curves, strict=True)]


class _Looks:
    """The mutual information of each test at some pressures of its fall.

    Args:
      test: a ``WholeSetTests``.
      states: R random states; each draws N images, held for the whole fall, then the codes.
    """

    def __init__(self, test, states):
        self.betas = test.schedule.betas()
        marks = np.geomspace(self.betas[0], self.betas[-1], test.num_looks)
        # Positions in the falling betas of the first update at or below each mark.
        self.at = set(np.searchsorted(-self.betas, -marks * (1 + 1e-9)).tolist())
        self.states, self.device = states, test.device
        self.images = [
            torch.from_numpy(test.data.sample_observations(test.num_points, state))
            .permute(0, 3, 1, 2)
            .contiguous(memory_format=torch.channels_last)
            for state in states
        ]
        self.seen = [{} for _ in states]  # {update: nats}

    def __call__(self, networks, running, done):
        for row, (r, updates) in enumerate(zip(running, done, strict=True)):
            if updates - 1 in self.at:
                self.seen[r][updates - 1] = self._look(networks.network(row), r)

    def _look(self, network, r):
        with torch.inference_mode():
            parts = [network.encoder(p.to(self.device)) for p in self.images[r].split(256)]
        mean, logvar = (torch.cat(p).detach().cpu().numpy() for p in zip(*parts, strict=True))
        return kl_decomposition(mean, logvar, self.states[r])["mutual_information"]

    def filled_in(self, r, curve):
        """The curve with the mutual information in the place of the KL."""
        if not self.seen[r]:  # it never fell
            return curve
        at = np.array(sorted(self.seen[r]))
        nats = medians_of_three([self.seen[r][t] for t in at])
        logs = -np.log(curve.betas)  # rising, as interpolation wants them
        return dataclasses.replace(
            curve,
            information=np.interp(logs, logs[at], nats),
            held_information=curve.held_information[:0],  # it was the KL
        )


def medians_of_three(values):
    """Running medians of three of S values, with Tukey's rule for the ends: ``[S]``.

    At an end the third value is what the line through the two next medians has one step beyond it
    (Tukey, 1977, chapter 7). So no single value stands out anywhere, and what rises steadily stays
    as it is up to its ends. Fewer than three values stay as they are.
    """
    values = np.asarray(values, np.float64)
    if len(values) < 3:
        return values
    smoothed = values.copy()
    smoothed[1:-1] = np.median(np.lib.stride_tricks.sliding_window_view(values, 3), axis=1)
    for end, first, second in ((0, 1, 2), (-1, -2, -3)):
        beyond = 3 * smoothed[first] - 2 * smoothed[second]
        smoothed[end] = np.median([values[end], smoothed[first], beyond])
    return smoothed
