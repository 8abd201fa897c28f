"""Times the metrics of the study in the reference's way and in ours, and prints the ratios.

    python benchmarks/metrics.py                          # the whole suite, as in the study
    python benchmarks/metrics.py --metrics=mig,sap_score  # a part
    python benchmarks/metrics.py --share=0.05             # within minutes: a part of the reference
    python benchmarks/metrics.py --growth                 # time by points, codes, classes

The encoder is the paper's standard one (four convolutions, FC 256, 10 latents) with random weights,
the data set dSprites, the sizes those of unsupervised_study_v1. The reference's way calls the
encoder plainly, NCHW, on each batch of a metric as it comes: 16 images for points, 64 for votes and
pairs. Ours goes as in `dlib_evaluate`: channels last, batches of 128, each image once for all
metrics chosen, so the first of them pays for images that the others find encoded.

With ``--share`` below 1, the reference's way draws only this share of the points of the beta-VAE
and FactorVAE metrics and grows this share of the rounds of trees. The time of these parts alone,
which is linear, is divided by the share; everything else is done and timed whole. Such times are
marked with "~" and their scores are not compared. Both ways have the same number of threads.
"""

import argparse
import functools
import resource
import time

import gin
import metric_growth
import numpy as np
import torch
from reference_way import Stopwatch, fewer_rounds, reference_way

from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.evaluation import encode_once
from dlib.evaluation.metrics import (
    beta_vae,
    boosted_trees,
    dci,
    factor_vae,
    mig,
    modularity_explicitness,
    sap_score,
)
from dlib.methods.shared import architectures
from dlib.utils import memory

NUM_TRAIN, NUM_TEST, BATCH_SIZE = 10000, 5000, 64
METRICS = (
    "mig",
    "sap_score",
    "modularity_explicitness",
    "dci",
    "factor_vae_score",
    "beta_vae_sklearn",
)
# What of the reference's work is done in part only, by metric.
SCALED = {
    "dci": (dci, "_fit_fast"),
    "factor_vae_score": (factor_vae, "sample_votes"),
    "beta_vae_sklearn": (beta_vae, "sample_points"),
}


def main():
    """Parses the flags, times both ways, prints one line per metric and one for all."""
    flags = parse_flags()
    gin.parse_config("discretizer.discretizer_fn = @histogram_discretizer")
    gin.parse_config("discretizer.num_bins = 20\nprune_dims.threshold = 0.05")
    if flags.growth:
        return metric_growth.main()
    limit_threads(flags.threads)
    data = get_named_ground_truth_data(flags.dataset)
    module = make_encoder(data.observation_shape)
    memory.keep_pages()
    warm_up(data, module)
    print(f"{flags.threads} threads; {data.name or flags.dataset}: {data.source}", flush=True)
    ours = time_ours(flags, data, module)
    print(f"peak memory of ours alone: {peak_memory():.2f} GiB", flush=True)
    reference = {} if flags.ours_only else time_reference(flags, data, module)
    print_table(flags, ours, reference)
    return None


def parse_flags():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--metrics", default=",".join(METRICS), help="names, with commas")
    parser.add_argument("--dataset", default="dsprites_full")
    parser.add_argument("--share", type=float, default=1.0, help="of the reference's work")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--ours_only", action="store_true")
    parser.add_argument("--growth", action="store_true")
    flags = parser.parse_args()
    flags.metrics = flags.metrics.split(",")
    unknown = set(flags.metrics) - set(METRICS)
    if unknown or not 0 < flags.share <= 1:
        parser.error(f"metrics {sorted(unknown)} are none of {METRICS}, or share is not in (0, 1]")
    return flags


def make_encoder(observation_shape):
    """An untrained encoder: images ``[B, C, H, W]`` -> mean and log-variance ``[B, 10]``."""
    torch.manual_seed(0)
    # By this start all latents vary, so that the FactorVAE score prunes none of them.
    return architectures.standard_encoder(observation_shape, 10, start="he_uniform").eval()


@torch.inference_mode()
def encode(module, layout, images):
    """Mean and log-variance ``[B, 10]`` of images ``[B, H, W, C]``."""
    tensor = torch.from_numpy(np.asarray(images, np.float32)).permute(0, 3, 1, 2)
    return tuple(part.numpy() for part in module(tensor.contiguous(memory_format=layout)))


def limit_threads(number):
    """Makes the encoder and our trees use ``number`` threads."""
    torch.set_num_threads(number)
    fit = boosted_trees.fit_boosted_trees
    boosted_trees.fit_boosted_trees = functools.partial(fit, num_threads=number)


def warm_up(data, module):
    """Imports and compiles everything that is timed later."""
    state = np.random.RandomState(0)
    points = state.randn(200, 3), state.randint(3, size=(200, 2))
    dci.dci(*points, *points, state)
    modularity_explicitness.explicitness(*points, *points)
    sap_score.sap(*points, *points)
    encode(module, torch.contiguous_format, data.sample_observations(BATCH_SIZE, state))


def compute(name, data, represent, share=1.0):
    """One metric at the sizes of the study, or with a share of its votes or pairs."""
    arguments = (data, represent, np.random.RandomState(0), None)
    if name == "mig":
        return mig.compute_mig(*arguments, NUM_TRAIN)
    if name == "sap_score":
        return sap_score.compute_sap(*arguments, NUM_TRAIN, NUM_TEST, 16, False)
    if name == "modularity_explicitness":
        return modularity_explicitness.compute_modularity_explicitness(
            *arguments, NUM_TRAIN, NUM_TEST
        )
    if name == "dci":
        return dci.compute_dci(*arguments, NUM_TRAIN, NUM_TEST)
    sizes = (BATCH_SIZE, round(NUM_TRAIN * share), round(NUM_TEST * share))
    if name == "factor_vae_score":
        return factor_vae.compute_factor_vae(*arguments, *sizes, NUM_TRAIN)
    return beta_vae.compute_beta_vae_sklearn(*arguments, *sizes)


def time_ours(flags, data, module):
    """Seconds and scores by metric, each image encoded once."""
    module.to(memory_format=torch.channels_last)
    represent = functools.partial(encode, module, torch.channels_last)
    if encode_once.can_encode_once(data):
        represent = encode_once.EncodedOnce(data, represent)
        data = encode_once.IndexObservations(data)
    return {name: timed(name, data, lambda x: represent(x)[0]) for name in flags.metrics}


def time_reference(flags, data, module):
    """Seconds and scores by metric, each batch encoded as it comes."""
    module.to(memory_format=torch.contiguous_format)
    represent = functools.partial(encode, module, torch.contiguous_format)
    found = {}
    for name in flags.metrics:
        share = flags.share if name in SCALED else 1.0
        with reference_way(), fewer_rounds(share), Stopwatch(SCALED.get(name)) as part:
            seconds, scores = timed(name, data, lambda x: represent(x)[0], share)
        seconds += part.seconds * (1 / share - 1)
        found[name] = (seconds, scores if share == 1 else None)
    return found


def timed(name, data, represent, share=1.0):
    """Seconds and scores of one metric."""
    start = time.perf_counter()
    scores = compute(name, data, represent, share)
    return time.perf_counter() - start, scores


def print_table(flags, ours, reference):
    """Seconds of both ways, their ratio and the largest difference of their scores."""
    print(f"{'metric':<26}{'reference s':>12}{'ours s':>10}{'ratio':>8}{'difference':>12}")
    for name, (seconds, scores) in ours.items():
        if name not in reference:
            print(f"{name:<26}{'':>12}{seconds:>10.2f}")
            continue
        theirs, their_scores = reference[name]
        mark = "~" if their_scores is None else " "
        difference = (
            "" if their_scores is None else f"{largest_difference(scores, their_scores):.1e}"
        )
        print(
            f"{name:<26}{mark + format(theirs, '.2f'):>12}{seconds:>10.2f}"
            f"{theirs / seconds:>8.1f}{difference:>12}"
        )
    total = sum(seconds for seconds, _ in ours.values())
    line = f"{'all':<26}{'':>12}{total:>10.2f}"
    if reference:
        theirs = sum(seconds for seconds, _ in reference.values())
        mark = "~" if flags.share < 1 else " "
        line = f"{'all':<26}{mark + format(theirs, '.2f'):>12}{total:>10.2f}{theirs / total:>8.1f}"
    print(line)
    if flags.share < 1:
        print(f"~ the linear part timed on a share of {flags.share:g} and scaled")
    print(f"peak memory of both together: {peak_memory():.2f} GiB")


def peak_memory():
    """Most memory that this process has held so far, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def largest_difference(scores, others):
    """Largest difference of two results over their numbers."""
    numbers = [key for key, value in scores.items() if isinstance(value, (int, float))]
    return max(abs(scores[key] - others[key]) for key in numbers)


if __name__ == "__main__":
    main()
