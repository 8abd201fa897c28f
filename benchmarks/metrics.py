"""Times the metrics of the study in the reference's way and in ours, and prints the ratios.

    python benchmarks/metrics.py                          # the whole suite, as in the study
    python benchmarks/metrics.py --metrics=mig,sap_score  # a part
    python benchmarks/metrics.py --share=0.02             # a part of the reference's points
    python benchmarks/metrics.py --growth                 # time by points, codes, classes

The encoder is the paper's standard one (four convolutions, FC 256, 10 latents) with random weights,
the data set dSprites, the sizes those of unsupervised_study_v1. Ours encodes each image once for
all metrics chosen, so the first of them pays for images that the others find encoded.

With ``--share`` below 1, the reference's way draws only this share of the points of the beta-VAE
and FactorVAE metrics and grows this share of the rounds of trees, and its time, which is linear in
both, is divided by the share; such times are marked with "~" and their scores are not compared.
Threads: set OMP_NUM_THREADS (encoder) and --threads (trees).
"""

import argparse
import contextlib
import functools
import resource
import time

import gin
import metric_growth
import numpy as np
import torch
from reference_way import reference_way

from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.evaluation import encode_once
from dlib.evaluation.metrics import (
    beta_vae,
    boosted_trees,
    dci,
    factor_vae,
    mig,
    modularity_explicitness,
    predictors,
    sap_score,
)
from dlib.methods.shared import architectures

NUM_TRAIN, NUM_TEST, BATCH_SIZE = 10000, 5000, 64
METRICS = (
    "mig",
    "sap_score",
    "modularity_explicitness",
    "dci",
    "factor_vae_score",
    "beta_vae_sklearn",
)
SHARED_BY_POINTS = ("factor_vae_score", "beta_vae_sklearn")


def main():
    """Parses the flags, times both ways, prints one line per metric and one for all."""
    flags = parse_flags()
    gin.parse_config("discretizer.discretizer_fn = @histogram_discretizer")
    gin.parse_config("discretizer.num_bins = 20\nprune_dims.threshold = 0.05")
    if flags.growth:
        return metric_growth.main()
    limit_threads(flags.threads)
    data = get_named_ground_truth_data(flags.dataset)
    encode = make_encoder(data.observation_shape)
    warm_up(data, encode)
    ours = time_ours(flags, data, encode)
    reference = {} if flags.ours_only else time_reference(flags, data, encode)
    print_table(flags, ours, reference)
    return None


def parse_flags():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--metrics", default=",".join(METRICS), help="names, with commas")
    parser.add_argument("--dataset", default="dsprites_full")
    parser.add_argument("--share", type=float, default=1.0, help="of the reference's work")
    parser.add_argument("--threads", type=int, default=1, help="of the trees, ours")
    parser.add_argument("--ours_only", action="store_true")
    parser.add_argument("--growth", action="store_true")
    flags = parser.parse_args()
    flags.metrics = flags.metrics.split(",")
    unknown = set(flags.metrics) - set(METRICS)
    if unknown or not 0 < flags.share <= 1:
        parser.error(f"metrics {sorted(unknown)} are none of {METRICS}, or share is not in (0, 1]")
    return flags


def make_encoder(observation_shape):
    """Images ``[B, H, W, C]`` -> mean and log-variance ``[B, 10]`` of an untrained encoder."""
    torch.manual_seed(0)
    module = architectures.standard_encoder(observation_shape, 10).eval()

    @torch.inference_mode()
    def encode(images):
        tensor = torch.from_numpy(np.asarray(images, np.float32)).permute(0, 3, 1, 2)
        return tuple(part.numpy() for part in module(tensor))

    return encode


def limit_threads(number):
    """Makes our trees use ``number`` threads."""
    fit = boosted_trees.fit_boosted_trees
    boosted_trees.fit_boosted_trees = functools.partial(fit, num_threads=number)


def warm_up(data, encode):
    """Imports and compiles everything that is timed later."""
    state = np.random.RandomState(0)
    points = state.randn(200, 3), state.randint(3, size=(200, 2))
    dci.dci(*points, *points, state)
    modularity_explicitness.explicitness(*points, *points)
    sap_score.sap(*points, *points)
    encode(data.sample_observations(BATCH_SIZE, state))


def compute(name, data, represent, share=1.0):
    """One metric at the sizes of the study, or a share of its points."""
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
        return factor_vae.compute_factor_vae(*arguments, *sizes, round(NUM_TRAIN * share))
    return beta_vae.compute_beta_vae_sklearn(*arguments, *sizes)


def time_ours(flags, data, encode):
    """Seconds and scores by metric, each image encoded once."""
    represent = encode
    if encode_once.can_encode_once(data):
        represent = encode_once.EncodedOnce(data, encode)
        data = encode_once.IndexObservations(data)
    return {name: timed(name, data, lambda x: represent(x)[0]) for name in flags.metrics}


def time_reference(flags, data, encode):
    """Seconds and scores by metric, each batch encoded as it comes."""
    found = {}
    for name in flags.metrics:
        scaled = flags.share if name in (*SHARED_BY_POINTS, "dci") else 1.0
        with reference_way(), fewer_rounds(flags.share):
            seconds, scores = timed(name, data, lambda x: encode(x)[0], scaled)
        found[name] = (seconds / scaled, scores if scaled == 1 else None)
    return found


@contextlib.contextmanager
def fewer_rounds(share):
    """Within it, scikit-learn's trees grow a share of their 100 rounds."""
    original = predictors.gradient_boosting_classifier

    def make(seed):
        return original(seed).set_params(n_estimators=max(1, round(100 * share)))

    predictors.gradient_boosting_classifier = make
    try:
        yield
    finally:
        predictors.gradient_boosting_classifier = original


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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB (of this process, both ways together)")


def largest_difference(scores, others):
    """Largest difference of two results over their numbers."""
    numbers = [key for key, value in scores.items() if isinstance(value, (int, float))]
    return max(abs(scores[key] - others[key]) for key in numbers)


if __name__ == "__main__":
    main()
