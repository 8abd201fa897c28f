"""Scores of a pair of arrays in one call. N points, D codes, K factors."""

import numpy as np

from dlib.evaluation.metrics import checks
from dlib.utils.errors import DlibError

# Sizes of the reference's study, for the metrics that draw batches among the points.
SIZES = {"batch_size": 64, "num_train": 10000, "num_eval": 5000}


def scores(codes, factors, metrics=None, random_seed=0, test_share=1 / 3):
    """Scores of anybody's codes, from any framework.

    Metrics that fit a model take a drawn share of the points to test on; those that draw pairs or
    batches with a common factor draw them among the points. A metric that fails does not stop the
    others: its message stands in the column ``error``.

    Args:
      codes: ``[N, D]`` real numbers.
      factors: ``[N, K]`` discrete values; some of the factors of a data set will do.
      metrics: names as in gin, see `available`; by default all. RMIG takes the codes in units of
        the prior, and z-max variance needs points of every combination of factors.
      random_seed: seed of splits, draws and fits.
      test_share: share of the points that models are tested on, above 0 and below 1.

    Returns:
      a ``pandas.DataFrame``, one row per score: ``metric``, ``score``, ``value`` (NaN if the metric
      failed) and ``error`` (empty if it did not).

    Raises:
      DlibError: arrays that no metric accepts, or an unknown metric.
    """
    import pandas as pd

    codes, factors = checks.check_points(codes, factors)
    metrics = list(_METRICS) if metrics is None else list(metrics)
    unknown = [name for name in metrics if name not in _METRICS]
    if unknown:
        raise DlibError(f"unknown metrics {unknown}, expected some of {list(_METRICS)}")
    rows = []
    for name in metrics:
        points = Points(codes, factors, test_share, random_seed)
        rows += [{"metric": name, **row} for row in _rows(_METRICS[name], points)]
    return pd.DataFrame(rows, columns=["metric", "score", "value", "error"])


def available():
    """Names of the metrics that `scores` knows."""
    return list(_METRICS)


class Points:
    """All points, their split in two, and a random state: what a metric below asks for."""

    def __init__(self, codes, factors, test_share, random_seed):
        self.codes, self.factors = codes, factors
        self.random_state = np.random.RandomState(random_seed)
        num_test = int(round(len(codes) * test_share))
        if not 0 < num_test < len(codes):
            raise DlibError(
                f"test_share {test_share} of {len(codes)} points leaves {len(codes) - num_test} to "
                f"train and {num_test} to test on, expected at least one of each"
            )
        order = self.random_state.permutation(len(codes))
        self._train, self._test = order[num_test:], order[:num_test]

    @property
    def split(self):
        """Codes and factors to train on, codes and factors to test on."""
        return (
            self.codes[self._train],
            self.factors[self._train],
            self.codes[self._test],
            self.factors[self._test],
        )


def _rows(metric, points):
    try:
        results = metric(points)
    except DlibError as error:
        return [{"score": "", "value": float("nan"), "error": str(error)}]
    except Exception as error:  # whatever it is, the other metrics go on
        message = f"{type(error).__name__}: {error}"
        return [{"score": "", "value": float("nan"), "error": message}]
    return [
        {"score": score, "value": value, "error": ""}
        for score, value in results.items()
        if isinstance(value, (int, float))  # matrices do not fit into a table of scores
    ]


def _mig(points):
    from dlib.evaluation.metrics import mig, mutual_information

    matrix = mutual_information.nmi_matrix(points.codes, points.factors)
    varies = checks.check_varying(points.factors)
    summary = mutual_information.summary(matrix, varies)
    return {"discrete_mig": mig.gap(matrix, varies), **summary}


def _dci(points):
    from dlib.evaluation.metrics import dci

    return dci.dci(*points.split, random_state=points.random_state)


def _sap(points):
    from dlib.evaluation.metrics import sap_score

    return sap_score.sap(*points.split)


def _modularity_explicitness(points):
    from dlib.evaluation.metrics import discretization
    from dlib.evaluation.metrics import modularity_explicitness as metric

    bins = discretization.histogram_bins(points.split[0])
    return metric.scores_of_points(bins, *points.split)


def _irs(points):
    from dlib.evaluation.metrics import discretization, information, irs

    values, _ = information.value_indices(points.factors)
    return {"IRS": irs.irs(points.codes, discretization.histogram_bins(values))}


def _unsupervised(points):
    from dlib.evaluation.metrics import discretization, unsupervised_metrics

    bins = discretization.histogram_bins(points.codes)
    return unsupervised_metrics.dependence(points.codes, bins)


def _mig_sup(points):
    from dlib.evaluation.metrics import mig_sup

    return {"mig_sup": mig_sup.mig_sup(points.codes, points.factors)}


def _dcimig(points):
    from dlib.evaluation.metrics import dcimig

    return {"dcimig": dcimig.dcimig(points.codes, points.factors)}


def _jemmig(points):
    from dlib.evaluation.metrics import jemmig

    return jemmig.jemmig(points.codes, points.factors)


def _med(points):
    from dlib.evaluation.metrics import med

    return med.med(points.codes, points.factors)


def _rmig(points):
    from dlib.evaluation.metrics import rmig

    return rmig.rmig(points.codes, points.factors)


def _dci_es(points):
    from dlib.evaluation.metrics import dci_es

    return dci_es.explicitness_and_size(*points.split, random_state=points.random_state)


def _dci_by(fit_name):
    """DCI with another predictor, named as in `dci_variants`."""

    def metric(points):
        from dlib.evaluation.metrics import dci_variants

        fit = getattr(dci_variants, fit_name)
        return dci_variants.dci_with(fit, *points.split, random_state=points.random_state)

    return metric


def _beta_vae(points):
    from dlib.evaluation.metrics import beta_vae, point_data

    return beta_vae.compute_beta_vae_sklearn(
        point_data.PointData(points.codes, points.factors),
        _identity,
        points.random_state,
        **SIZES,
    )


def _factor_vae(points):
    from dlib.evaluation.metrics import factor_vae

    return _of_variances(factor_vae.compute_factor_vae, points)


def _z_min_variance(points):
    from dlib.evaluation.metrics import z_min_variance

    return _of_variances(z_min_variance.compute_z_min_variance, points)


def _z_max_variance(points):
    from dlib.evaluation.metrics import z_max_variance

    return _of_variances(z_max_variance.compute_z_max_variance, points)


def _of_variances(compute, points):
    from dlib.evaluation.metrics import point_data

    return compute(
        point_data.PointData(points.codes, points.factors),
        _identity,
        points.random_state,
        num_variance_estimate=SIZES["num_train"],
        **SIZES,
    )


def _identity(codes):
    return codes


_METRICS = {
    "mig": _mig,
    "dci": _dci,
    "sap_score": _sap,
    "modularity_explicitness": _modularity_explicitness,
    "beta_vae_sklearn": _beta_vae,
    "factor_vae_score": _factor_vae,
    "irs": _irs,
    "unsupervised_metrics": _unsupervised,
    "mig_sup": _mig_sup,
    "dcimig": _dcimig,
    "jemmig": _jemmig,
    "med": _med,
    "rmig": _rmig,
    "dci_es": _dci_es,
    "dci_random_forest": _dci_by("fit_random_forest"),
    "dci_lasso": _dci_by("fit_lasso"),
    "dci_hist_boosting": _dci_by("fit_hist_boosting"),
    "z_min_variance": _z_min_variance,
    "z_max_variance": _z_max_variance,
}
