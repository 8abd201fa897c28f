"""Freezing points a minute: as dlib finds them, one test after another, and the arithmetic limit.

    python benchmarks/annealing.py [--repeats 4] [--steps 400]

The same tests of dSprites (factor sets, first weights, noise, fall, stopping rule) are run to their
points in two ways, each by a program of its own, whose whole time counts: start-up, saving, a core
that waits at the end.

* one after another: what one would write first in PyTorch. One network at a time on all threads,
  PyTorch's own layers, optimizer and memory order, whole images.
* dlib: ``dlib_anneal``'s way. A process of one thread for each core, two tests at once in each,
  windows of the images where they have blank margins.

The limit is the multiplications and additions of as many updates as dlib made, of whole images,
over the best rate of a large convolution on all threads.

The default takes two and a half minutes on two cores with AVX-512; --repeats and --steps make it
longer. A short fall lags (docs/annealing.md), and start-up weighs more in it: the test of
anneal_dsprites.gin is --steps 2000.
"""

import argparse
import csv
import dataclasses
import functools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))

from train_step import best_rate, forward_flops

from dlib.annealing import anneal, censored
from dlib.annealing.factor_sets import factor_set
from dlib.annealing.freezing_point import AT_ONCE, FOUND, FreezingPoint
from dlib.annealing.networks import make_network
from dlib.annealing.pictures import read_points
from dlib.methods.shared import losses, optimizers
from dlib.methods.shared.gaussian import gaussian_kl_per_latent
from dlib.utils import gin_utils

CONFIG = "anneal_dsprites.gin"
HEADER = ("factor", "repeat", "outcome", "beta", "held", "updates")


def main():
    """Prints the table."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--threads", type=int, default=2)
    flags.add_argument("--factors", nargs="+", default=["posX", "posY", "scale", "shape"])
    flags.add_argument("--repeats", type=int, default=4, help="tests of each factor")
    flags.add_argument("--steps", type=int, default=400, help="updates of a fall")
    flags.add_argument("--gin_bindings", action="append", default=[], help="for both ways")
    flags.add_argument("--part", choices=("plain", "dlib"), help="(internal) run one way alone")
    flags.add_argument("--folder", type=Path, help="(internal) where to")
    args = flags.parse_args()
    torch.set_num_threads(args.threads)
    if args.part == "plain":
        run_plain(args.folder, bindings_of(args))
    elif args.part == "dlib":
        anneal.anneal_with_gin(args.folder, False, [CONFIG], bindings_of(args))
    else:
        compare(args)


def bindings_of(args):
    """Lines of gin that both ways share."""
    return [
        f"annealing.factors = {args.factors}",
        f"annealing.repeats = {args.repeats}",
        f"annealing.processes = {args.threads}",
        f"annealing_schedule.steps = {args.steps}",
        "annealing_test.device = 'cpu'",
        "separation.min_repeats = 1",
        *args.gin_bindings,
    ]


def compare(args):
    """Runs both ways and prints what they found."""
    with gin_utils.configured([CONFIG], bindings_of(args)):
        flops = flops_of_updates()  # also makes dSprites, should it not be there yet
    rate = best_rate()
    print(f"a large convolution reaches {rate / 1e9:.0f} GFLOP/s on {args.threads} threads")
    found = {}
    for part in ("plain", "dlib"):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, *sys.argv[1:], "--part", part, "--folder", folder]
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            found[part] = read_outcome(folder, time.perf_counter() - start)
    print(table(found["plain"], found["dlib"], flops, rate))


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one way found.

    Attributes:
      points: ``{factor: bounds}``, see ``FreezingPoint.bound``.
      updates: ``{factor: updates}``, of all its tests, hold and fall.
      seconds: all in all.
    """

    points: dict
    updates: dict
    seconds: float

    @property
    def found(self):
        """How many points have a number."""
        return sum(int(censored.is_known(bounds).sum()) for bounds in self.points.values())

    @property
    def milliseconds(self):
        """Of an update of one test."""
        return 1e3 * self.seconds / sum(self.updates.values())

    @property
    def per_minute(self):
        """Points that have a number, a minute."""
        return 60 * self.found / self.seconds


def read_outcome(folder, seconds):
    """The ``Outcome`` of a folder with a ``points.csv``."""
    updates = {}
    with open(Path(folder) / "points.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            done = int(row["held"]) + int(row["updates"])
            updates[row["factor"]] = updates.get(row["factor"], 0) + done
    return Outcome(read_points(folder), updates, seconds)


def table(plain, ours, flops, rate):
    """Both ways and the limit as text.

    Args:
      plain, ours: ``Outcome``.
      flops: ``{factor: multiplications and additions of an update}``.
      rate: of them a second.
    """
    seconds = sum(flops[factor] * updates for factor, updates in ours.updates.items()) / rate
    limit = dataclasses.replace(ours, seconds=seconds)
    rows = [f"{'':18}{'found':>9}{'updates':>9}{'seconds':>9}{'ms/update':>11}{'points/min':>12}"]
    for name, way in (("one after another", plain), ("dlib", ours), ("arithmetic limit", limit)):
        tests = sum(len(bounds) for bounds in way.points.values())
        rows.append(
            f"{name:18}{f'{way.found}/{tests}':>9}{sum(way.updates.values()):9}{way.seconds:9.1f}"
            f"{way.milliseconds:11.1f}{way.per_minute:12.2f}"
        )
    points = f"{ours.per_minute / plain.per_minute:.2f} times the points a minute"
    rows.append(f"{points}, {plain.milliseconds / ours.milliseconds:.2f} times the updates")
    for factor in ours.points:
        medians = [censored.told(censored.median(way.points[factor])) for way in (plain, ours)]
        rows.append(f"median of {factor}: {medians[0]}, dlib {medians[1]}")
    return "\n".join(rows)


def flops_of_updates():
    """``{factor: multiplications and additions of one update of whole images}``."""
    test = anneal.make_tests("factors", 0, gin_utils.query("annealing.factors"))
    found = {}
    for position, name in test.subjects:
        network, images, copies, _ = drawn_test(test, position, 0)
        noise = torch.zeros(len(images) * copies, test.num_latent)
        found[name] = 3 * forward_flops(network, functools.partial(network, images, noise))
    return found


def run_plain(folder, bindings):
    """Runs the configured tests one after another and writes ``points.csv``."""
    with gin_utils.configured([CONFIG], bindings):
        repeats, seed = (gin_utils.query(f"annealing.{key}") for key in ("repeats", "random_seed"))
        test = anneal.make_tests("factors", seed, gin_utils.query("annealing.factors"))
        rows = []
        for position, name in test.subjects:
            for repeat in range(repeats):
                drawn = drawn_test(test, position, repeat)
                point, held, updates = plain_test(*drawn, test.schedule, test.criterion)
                beta = point.beta if point.outcome == FOUND else ""
                rows.append((name, repeat, point.outcome, beta, held, updates))
    with open(folder / "points.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])


def drawn_test(test, position, repeat):
    """A test's network in PyTorch's own layers, images, copies of them, and seed of the noise.

    Draws as ``FactorTests`` does.
    """
    state = np.random.RandomState([test.random_seed, position, repeat])
    drawn = factor_set(test.data, position, state, test.at_least)
    seed = int(state.randint(2**32, dtype=np.int64))
    network = make_network(test.data.observation_shape, test.num_latent, test.encoder_fn, seed)
    network.encoder.sees_windows = False
    decoder = network.decoder
    last = nn.ConvTranspose2d(decoder.last.in_channels, decoder.last.out_channels, 4, 2, 1)
    last.load_state_dict(decoder.last.state_dict())
    decoder.last = last
    # The decoder lays its first features out channels-last, which PyTorch would not by itself.
    decoder.deconvolutions[0].register_forward_pre_hook(lambda _, given: given[0].contiguous())
    images = torch.from_numpy(drawn.images).permute(0, 3, 1, 2).contiguous()
    return network, images, drawn.copies, seed


def plain_test(network, images, copies, seed, schedule, criterion):
    """One network's freezing point, updates of its hold and of its fall."""
    optimizer = optimizers.make_vae_optimizer(list(network.parameters()))
    for group in optimizer.param_groups:
        group["fused"] = False  # as PyTorch has it unless told
    generator = torch.Generator().manual_seed(seed)
    targets, betas = images.repeat(copies, 1, 1, 1), schedule.betas()
    num_latent = network.encoder.mean.out_features
    held, fall, is_falling = [], [], False
    while True:
        noise = torch.randn(len(targets), num_latent, generator=generator)
        mean, logvar, outputs = network(images, noise)
        kl = gaussian_kl_per_latent(mean, logvar).sum(1).mean()
        loss = losses.make_reconstruction_loss(targets, outputs).mean() + betas[len(fall)] * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if not is_falling:
            held.append(kl.item())
            has_settled = len(held) >= min(schedule.settle, schedule.hold)
            is_falling = has_settled and criterion.is_silent(held)
            if not is_falling and len(held) == schedule.hold:
                return FreezingPoint(AT_ONCE), len(held), 0
            continue
        fall.append(kl.item())
        if len(fall) == schedule.steps or criterion.is_over([*held[-criterion.half :], *fall]):
            point = criterion.find(betas[: len(fall)], fall, held)
            return point, len(held), len(fall)


if __name__ == "__main__":
    main()
