"""Times the boosted trees of DCI against scikit-learn's on synthetic codes.

    python benchmarks/dci_trees.py                            # ours, all sizes, 1 and 2 threads
    python benchmarks/dci_trees.py --sizes 10000x10 --sklearn_trees 60

Factors have 3, 6, 40, 32 and 32 values (113 trees per round, as for dSprites); 7 of 10 codes are
noisy mixtures of them and the others noise, as in a trained model. Test points are half as many
as training points. scikit-learn's whole run takes minutes (11 300 trees), so by default a few
rounds of each factor are timed and scaled to all trees, which the table says. A tree of a late
round costs scikit-learn as much as one of an early round.

N points, D codes.
"""

import argparse
import time

import numpy as np

from dlib.evaluation.metrics.boosted_trees import fit_boosted_trees

FACTOR_SIZES = (3, 6, 40, 32, 32)
NUM_ROUNDS = 100


def synthetic_points(num_points, num_codes, factor_sizes, seed=0):
    """Codes float32 ``[N, D]`` and factors ``[N, K]``."""
    random_state = np.random.RandomState(seed)
    factors = np.stack([random_state.randint(n, size=num_points) for n in factor_sizes], axis=1)
    weights = random_state.normal(size=(len(factor_sizes), num_codes))
    weights *= random_state.random_sample(weights.shape) < 0.5
    weights[:, round(0.7 * num_codes) :] = 0.0
    scaled = 3.0 * (factors / np.array(factor_sizes) - 0.5)
    codes = scaled @ weights + 0.5 * random_state.normal(size=(num_points, num_codes))
    return codes.astype(np.float32), factors


def time_ours(codes, factors, num_train, num_threads, num_rounds):
    """Seconds of one fit of all factors."""
    start = time.perf_counter()
    fit_boosted_trees(
        codes[:num_train],
        factors[:num_train],
        codes[num_train:],
        factors[num_train:],
        np.random.RandomState(0),
        num_rounds=num_rounds,
        num_threads=num_threads,
    )
    return time.perf_counter() - start


def time_sklearn(codes, factors, num_train, num_trees):
    """Seconds of fit, importances and both predictions; and the number of trees.

    ``num_trees`` is the least number per factor; 0 stands for all rounds.
    """
    from sklearn.ensemble import GradientBoostingClassifier

    seconds = trees = 0
    for factor in factors.T:
        per_round = len(np.unique(factor[:num_train]))
        per_round = 1 if per_round == 2 else per_round
        num_rounds = min(NUM_ROUNDS, -(-num_trees // per_round)) if num_trees else NUM_ROUNDS
        start = time.perf_counter()
        model = GradientBoostingClassifier(n_estimators=num_rounds, random_state=0)
        model.fit(codes[:num_train], factor[:num_train])
        model.score(codes[:num_train], factor[:num_train])
        model.score(codes[num_train:], factor[num_train:])
        seconds += time.perf_counter() - start
        trees += num_rounds * per_round
    return seconds, trees


def main():
    """Prints one line per size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sizes = ["2500x10", "5000x10", "10000x10", "10000x5", "10000x20"]
    parser.add_argument("--sizes", nargs="+", default=sizes, help="training points x codes")
    parser.add_argument("--factor_sizes", nargs="+", type=int, default=FACTOR_SIZES)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=NUM_ROUNDS, help="rounds of ours")
    parser.add_argument(
        "--sklearn_trees", type=int, help="time scikit-learn on so many trees per factor; 0 = all"
    )
    arguments = parser.parse_args()

    warm_up = synthetic_points(60, 3, (2, 3))
    print(f"first call (import, compile or load): {time_ours(*warm_up, 40, 1, 1):.1f} s")
    for size in arguments.sizes:
        num_train, num_codes = map(int, size.split("x"))
        points = synthetic_points(num_train * 3 // 2, num_codes, arguments.factor_sizes)
        print_size(points, num_train, arguments)


def print_size(points, num_train, arguments):
    """Times one size."""
    codes, factors = points
    all_trees = NUM_ROUNDS * sum(1 if n == 2 else n for n in arguments.factor_sizes)
    scale = NUM_ROUNDS / arguments.rounds
    ours = [
        time_ours(codes, factors, num_train, threads, arguments.rounds) * scale
        for threads in arguments.threads
    ]
    line = f"N {num_train:6d}  D {codes.shape[1]:3d}  {all_trees} trees"
    for threads, seconds in zip(arguments.threads, ours, strict=True):
        line += f"  {threads} thread: {seconds:6.2f} s"
    if scale != 1:
        line += f" (scaled from {arguments.rounds} rounds)"
    if arguments.sklearn_trees is not None:
        seconds, trees = time_sklearn(codes, factors, num_train, arguments.sklearn_trees)
        total = seconds * all_trees / trees
        line += f"  scikit-learn: {total:6.1f} s"
        line += "" if trees == all_trees else f" (scaled from {trees} trees)"
        line += "  ratio " + ", ".join(f"{total / ours_seconds:.0f}" for ours_seconds in ours)
    print(line, flush=True)


if __name__ == "__main__":
    main()
