"""How the time of our metrics grows with points, codes and classes: three sizes each.

Codes are synthetic (noisy mixtures of five factors), so no encoder takes part.
"""

import time

import numpy as np

from dlib.evaluation.metrics import dci, discretization, mig, sap_score
from dlib.evaluation.metrics import modularity_explicitness as modularity

BASE = {"points": 2500, "codes": 5, "classes": 8}  # classes of each of five factors
SIZES = (1, 2, 4)  # times the base


def main():
    """Prints seconds at three sizes, and the growth per doubling (2 is linear)."""
    warm_up = make_points(200, 3, 3)
    for compute in METRICS.values():
        compute(*warm_up)
    print(
        f"{'metric':<26}{'grows':<9}" + "".join(f"{f'x{n} s':>9}" for n in SIZES) + f"{'x4/x1':>8}"
    )
    for name, compute in METRICS.items():
        for what in BASE:
            seconds = [fastest(compute, make_points(**grown(what, n))) for n in SIZES]
            numbers = "".join(f"{s:>9.3f}" for s in seconds)
            print(f"{name:<26}{what:<9}{numbers}{seconds[-1] / seconds[0]:>8.2f}")


def grown(what, times):
    """The base sizes with one of them multiplied."""
    return BASE | {what: BASE[what] * times}


def make_points(points, codes, classes):
    """Codes ``[N, D]`` and factors ``[N, 5]``."""
    random = np.random.RandomState(0)
    factors = random.randint(classes, size=(points, 5))
    mixture = (factors / classes - 0.5) @ random.randn(5, codes)
    return np.tanh(mixture) + 0.1 * random.randn(points, codes), factors


def fastest(compute, arrays, repeats=3):
    """Least seconds of a few runs."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        compute(*arrays)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def _dci(codes, factors):
    return dci.dci(codes, factors, codes, factors, np.random.RandomState(0))


def _sap(codes, factors):
    return sap_score.sap(codes, factors, codes, factors)


def _modularity_explicitness(codes, factors):
    bins = discretization.histogram_bins(codes)
    return modularity.scores_of_points(bins, codes, factors, codes, factors)


METRICS = {
    "mig": mig.mig,
    "sap_score": _sap,
    "modularity_explicitness": _modularity_explicitness,
    "dci": _dci,
}
