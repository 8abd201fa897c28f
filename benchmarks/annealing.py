"""Freezing points a minute: tests side by side, one after another, and the arithmetic limit.

    python benchmarks/annealing.py [--threads 2] [--updates 40] [--per_point 1000]

dSprites, the standard encoder, one latent, images of each factor. Both ways run the same tests with
the same stopping rule (to the update); what is timed is an update of one test.

* one after another: one network at a time, PyTorch's memory order and threads as they come, whole
  images: what one would write first.
* side by side: a process of one thread for each core, networks in channels-last memory, windows of
  the images where they have blank margins.

A point costs the updates of its hold and of its fall; ``--per_point`` says how many. The limit is
the multiplications and additions of an update of whole images over the best rate of a large
convolution on all threads.
"""

import argparse
import functools
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))

from train_step import best_rate, forward_flops

from dlib.annealing import batched_test
from dlib.annealing.factor_sets import factor_set
from dlib.annealing.freezing_point import Criterion
from dlib.annealing.networks import SideBySide, make_network
from dlib.annealing.schedule import Schedule
from dlib.data.ground_truth import named_data
from dlib.methods.shared import architectures, losses, optimizers
from dlib.methods.shared.gaussian import gaussian_kl_per_latent
from dlib.utils import memory
from dlib.utils.gin_utils import configured

SETTINGS = """
dataset.name = "dsprites_full"
decoder.decoder_fn = @standard_decoder
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.learning_rate = 0.0005
reconstruction_loss.loss_fn = @bernoulli_loss
"""
WARM_UP = 5


def main():
    """Prints the table."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--threads", type=int, default=2)
    flags.add_argument("--updates", type=int, default=40, help="updates behind each median")
    flags.add_argument("--at_once", type=int, default=5, help="networks of a process")
    flags.add_argument("--factors", type=int, nargs="*", default=[0, 1, 2, 3])
    flags.add_argument("--per_point", type=int, default=1000, help="updates that a point costs")
    flags.add_argument("--part", choices=("plain", "ours"), help="(internal) time one way alone")
    args = flags.parse_args()
    if args.part:
        print(json.dumps({"plain": time_plain, "ours": time_ours}[args.part](args)))
        return
    torch.set_num_threads(args.threads)
    rate = best_rate()
    print(f"a large convolution reaches {rate / 1e9:.0f} GFLOP/s on {args.threads} threads")
    print(
        f"milliseconds of an update of one test; points a minute at {args.per_point} updates each"
    )
    (plain,) = in_processes("plain", args, 1, args.threads)
    ours = in_processes("ours", args, args.threads, 1)
    print(
        f"{'factor':12}{'one by one':>12}{'together':>12}{'ratio':>8}{'limit':>10}{'a minute':>10}"
    )
    for name, alone in plain.items():
        # Processes share the work: their rates add up.
        together = 1 / sum(1 / times[name]["ms"] for times in ours)
        limit = 1e3 * alone["flops"] / rate
        print(
            f"{name:12}{alone['ms']:9.1f} ms{together:9.1f} ms{alone['ms'] / together:7.2f}x"
            f"{limit:7.1f} ms{60e3 / together / args.per_point:10.1f}"
        )


def in_processes(part, args, count, threads):
    """Starts ``count`` processes that time one way at the same moment; what each says."""
    command = [sys.executable, __file__, "--part", part, "--threads", str(threads)]
    command += ["--updates", str(args.updates), "--at_once", str(args.at_once)]
    command += ["--factors", *map(str, args.factors)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    said = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit(f"a process that times '{part}' failed.")
    return [json.loads(text) for text in said]


def sets_of(data, factor, count):
    """Base samples of a factor."""
    random_state = np.random.RandomState(factor)
    return [factor_set(data, factor, random_state) for _ in range(count)]


def time_ours(args):
    """``{factor: {ms}}`` of an update of one network among ``at_once``, by ``run_tests``."""
    torch.set_num_threads(args.threads)
    memory.keep_pages()
    found = {}
    with configured(bindings=[SETTINGS]):
        data = named_data.get_named_ground_truth_data()
        for factor in args.factors:
            sets = sets_of(data, factor, args.at_once)
            images = torch.from_numpy(np.stack([s.images for s in sets]))
            images = images.permute(0, 1, 4, 2, 3).contiguous()
            shape = data.observation_shape
            networks = SideBySide([new_network(shape, seed) for seed in range(args.at_once)])
            moments = []
            hold = WARM_UP + max(1, args.updates // args.at_once)
            batched_test.run_tests(
                networks, lambda running, images=images: images[running], sets[0].copies, 1,
                range(args.at_once), Schedule(hold=hold), Criterion(threshold=1e-12),
                watch=lambda *_, moments=moments: moments.append(time.perf_counter()),
            )  # fmt: skip
            ms = 1e3 * statistics.median(np.diff(moments)[WARM_UP - 1 :]) / args.at_once
            found[data.factor_names[factor]] = {"ms": ms}
    return found


def time_plain(args):
    """``{factor: {ms, flops}}`` of an update of one network alone, written the plainest way."""
    torch.set_num_threads(args.threads)
    found = {}
    with configured(bindings=[SETTINGS]):
        data = named_data.get_named_ground_truth_data()
        for factor in args.factors:
            (drawn,) = sets_of(data, factor, 1)
            images = torch.from_numpy(drawn.images).permute(0, 3, 1, 2).contiguous()
            network = new_network(data.observation_shape, 0)
            network.encoder.sees_windows = False
            update = plain_update(network, images, drawn.copies)
            times = []
            for _ in range(WARM_UP + args.updates):
                start = time.perf_counter()
                update()
                times.append(time.perf_counter() - start)
            noise = torch.zeros(len(images) * drawn.copies, 1)
            flops = 3 * forward_flops(network, functools.partial(network, images, noise))
            ms = 1e3 * statistics.median(times[WARM_UP:])
            found[data.factor_names[factor]] = {"ms": ms, "flops": flops}
    return found


def new_network(shape, seed):
    """The test's network on dSprites."""
    return make_network(shape, 1, architectures.standard_encoder, seed)


def plain_update(network, images, copies):
    """A function that makes one update of one network."""
    optimizer = optimizers.make_vae_optimizer(list(network.parameters()))
    targets = images.repeat(copies, 1, 1, 1)
    seen = []

    def update():
        mean, logvar, outputs = network(images, torch.randn(len(targets), 1))
        kl = gaussian_kl_per_latent(mean, logvar).sum(1).mean()
        loss = losses.make_reconstruction_loss(targets, outputs).mean() + 200 * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        seen.append(kl.item())  # the stopping rule looks at it

    return update


if __name__ == "__main__":
    main()
