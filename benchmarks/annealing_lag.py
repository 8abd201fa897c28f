"""How a faster fall lags: freezing points found in data whose points are known.

    python benchmarks/annealing_lag.py [--steps 100 200 400 800 1600 3200] [--seeds 5]

Linear-Gaussian data of three directions (variances 30, 15 and 6, noise 1) under a fall of beta
from 40 to 4 by equal ratios, Adam 0.1. Printed for each number of updates: the median of the points
found by each direction's KL, over their closed form (``dlib.annealing.linear_gaussian``). Below 1
means that beta had fallen past the point before the network had followed it, "never" that it had
reached its end, "at once" that the direction was frozen at its start.
"""

import argparse

import numpy as np

from dlib.annealing import censored, linear_gaussian
from dlib.annealing.batched_test import run_tests
from dlib.annealing.freezing_point import Criterion, points_of_latents
from dlib.annealing.networks import SideBySide
from dlib.annealing.schedule import Schedule
from dlib.utils import gin_utils

VARIANCES = (30.0, 15.0, 6.0)
BINDINGS = ["vae_optimizer.optimizer_fn = @AdamOptimizer", "AdamOptimizer.learning_rate = 0.1"]


def main():
    """Prints the table."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--steps", type=int, nargs="+", default=[100, 200, 400, 800, 1600, 3200])
    flags.add_argument("--seeds", type=int, default=5)
    flags = flags.parse_args()
    expected = linear_gaussian.freezing_points(VARIANCES)
    print("closed form  " + "  ".join(f"{point:8.2f}" for point in expected))
    with gin_utils.configured(bindings=BINDINGS):
        gin_utils.bind("reconstruction_loss.loss_fn", linear_gaussian.make_loss())
        for steps in flags.steps:
            found = np.array([points(steps, seed) for seed in range(flags.seeds)])
            medians = [censored.median(column) for column in found.T]
            told = (cell(*values) for values in zip(medians, expected, strict=True))
            print(f"{steps:5d} updates" + "  ".join(told), flush=True)


def cell(median, expected):
    """A median over its closed form, if it has a number."""
    if censored.is_known(median):
        return f"{median / expected:8.3f}"
    return "at once".rjust(8) if median else "never".rjust(8)


def points(steps, seed):
    """The points of the directions, the largest first."""
    networks = linear_gaussian.make_networks(1, len(VARIANCES), len(VARIANCES), seed)
    data = linear_gaussian.make_data(VARIANCES)
    criterion = Criterion(window=steps // 120 * 2 + 1)
    (curve,) = run_tests(
        SideBySide(networks, "loop"), lambda running: data, 1, len(VARIANCES), [seed],
        Schedule(start=40, end=4, steps=steps, hold=300), criterion, stop_early=False,
    )  # fmt: skip
    return sorted((point.bound() for point in points_of_latents(curve, criterion)), reverse=True)


if __name__ == "__main__":
    main()
