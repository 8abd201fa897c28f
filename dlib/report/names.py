"""Names of methods, data sets and metrics as the paper prints them, and in which order.

What is not listed here keeps its own name and comes after what is, in alphabetical order.
"""

import dataclasses
import re

from dlib.visualize.method_names import (
    FIGURE_ORDER,
    METHODS,
    TABLE_ORDER,
    in_order,
    method_label,
    methods_in_order,
)

__all__ = [  # the names of methods too are looked up here
    "DATASETS",
    "FIGURE_ORDER",
    "METHODS",
    "METRICS",
    "TABLE_ORDER",
    "dataset_label",
    "datasets_in_order",
    "method_label",
    "methods_in_order",
    "metric_label",
    "metrics_in_order",
]

# In the order of Table 4.
DATASETS = {
    "color_dsprites": "Color",
    "dsprites_full": "dSprites",
    "smallnorb": "SmallNORB",
    "scream_dsprites": "Scream",
    "noisy_dsprites": "Noisy dSprites",
    "dsprites_noshape": "dSprites without shape",
    "cars3d": "Cars3D",
    "shapes3d": "Shapes3D",
    "mpi3d_toy": "MPI3D toy",
    "mpi3d_realistic": "MPI3D realistic",
    "mpi3d_real": "MPI3D real",
    "triangle_correlated": "Triangle",
    "chairs3d": "3D Chairs",
}
_AVERAGE = "average of {} data sets"


@dataclasses.dataclass(frozen=True)
class Metric:
    """A score that tables and figures show.

    A ``*`` in its texts stands for a number of training points: such a score has a name for each.

    Attributes:
      name: in the column ``metric``.
      label: on paper.
      source: name of the metric's configuration and key of its result.
      is_error: whether less is better.
      in_unit: whether it lies in [0, 1], so that data sets can be taken together; a score that is
        0 for a guess may fall a little below.
    """

    name: str
    label: str
    source: tuple[str, str]
    is_error: bool = False
    in_unit: bool = True


def _of_dci(source, label):
    """The scores of a variant of DCI."""
    return [
        Metric(f"{source}_{score}", f"{label} {score}", (source, score))
        for score in ("disentanglement", "completeness")
    ]


def _of_accuracy(source, label):
    """The accuracy of predictors on the codes, for each number of training points."""
    key = "*:mean_test_accuracy"
    return [Metric(f"{source}:{key}", f"{label}, * points", (source, key))]


def _of_matrix(matrix, label):
    """Of the unified scores of a relation matrix those in [0, 1] whatever its entries are."""
    scores = ("dci_disentanglement", "dci_completeness", "modularity")
    return [
        Metric(
            f"{matrix}.{score}",
            f"{score.removeprefix('dci_').capitalize()} of {label}",
            ("unified_scores", f"{matrix}.{score}"),
        )
        for score in scores
    ]


MIG = "mig"
RECONSTRUCTION = "reconstruction_error"
_REDUCED, _STRONG = "reduced_downstream_task", "strong_downstream_task"
# In this order in tables: those of the paper, then the others that dlib ships.
_PAPER = (
    Metric("beta_vae_score", "β-VAE score", ("beta_vae_sklearn", "eval_accuracy")),
    Metric("factor_vae_score", "FactorVAE score", ("factor_vae_metric", "eval_accuracy")),
    Metric(MIG, "MIG", ("mig", "discrete_mig")),
    Metric("dci_disentanglement", "DCI disentanglement", ("dci", "disentanglement")),
    Metric("dci_completeness", "DCI completeness", ("dci", "completeness")),
    Metric("sap", "SAP", ("sap_score", "SAP_score")),
    Metric("modularity", "Modularity", ("modularity_explicitness", "modularity_score")),
    Metric("explicitness", "Explicitness", ("modularity_explicitness", "explicitness_score_test")),
    Metric("irs", "IRS", ("irs", "IRS")),
    Metric("nmi1", "NMI1", ("mig", "nmi1")),
    Metric("nmi2", "NMI2", ("mig", "nmi2"), is_error=True),
    Metric(
        RECONSTRUCTION,
        "Reconstruction error",
        ("train", "reconstruction_loss"),
        is_error=True,
        in_unit=False,
    ),
)
_FURTHER = (
    Metric("mig_sup", "MIG-sup", ("mig_sup", "mig_sup")),
    Metric("dcimig", "DCIMIG", ("dcimig", "dcimig")),
    Metric("jemmig_normalized", "JEMMIG (normalised)", ("jemmig", "jemmig_normalized")),
    Metric("rmig_normalized", "RMIG (normalised)", ("rmig", "rmig_normalized")),
    Metric("med", "MED", ("med", "med")),
    Metric("med_completeness", "MED completeness", ("med", "med_completeness")),
    *_of_dci("dci_random_forest", "DCI (random forest)"),
    *_of_dci("dci_lasso", "DCI (Lasso)"),
    *_of_dci("dci_hist_boosting", "DCI (boosted histograms)"),
    # From -1: the factors can be told only by the largest of the probes.
    Metric("dci_es_explicitness", "DCI-ES explicitness", ("dci_es", "explicitness"), in_unit=False),
    Metric("z_min_variance", "Z-min variance", ("z_min_variance", "z_min_variance")),
    Metric("z_max_variance", "Z-max variance", ("z_max_variance", "z_max_variance")),
    *_of_accuracy("downstream_task_boosted_trees", "Accuracy of boosted trees"),
    *_of_accuracy("downstream_task_logistic_regression", "Accuracy of logistic regression"),
    *_of_accuracy("downstream_task", "Downstream accuracy"),
    Metric(
        f"{_REDUCED}:*:mean_test_accuracy_reduced_factor",
        "Accuracy of the reduced factor, * points",
        (_REDUCED, "*:mean_test_accuracy_reduced_factor"),
        is_error=True,
    ),
    Metric(
        f"{_REDUCED}:*:mean_test_accuracy_other_factors",
        "Accuracy of the other factors, * points",
        (_REDUCED, "*:mean_test_accuracy_other_factors"),
    ),
    Metric(
        f"{_STRONG}:*:mean_strong_test_accuracy",
        "Accuracy after a shift, * points",
        (_STRONG, "*:mean_strong_test_accuracy"),
    ),
    Metric(  # below 0 where the shift helps
        f"{_STRONG}:*:strong_generalization_gap",
        "Generalisation gap after a shift, * points",
        (_STRONG, "*:strong_generalization_gap"),
        is_error=True,
        in_unit=False,
    ),
    Metric(
        "unfairness",
        "Unfairness",
        ("fairness", "mean_fairness:mean_pred:mean_sens"),
        is_error=True,
    ),
    *_of_matrix("importance_gbt_matrix", "importances"),
    *_of_matrix("mutual_information_matrix", "mutual information"),
    *_of_matrix("accuracy_svm_matrix", "SVM accuracies"),
    # What the other aggregates of the three matrices are worth depends on their units.
    Metric(
        "mutual_information_matrix.mig",
        "MIG of mutual information",
        ("unified_scores", "mutual_information_matrix.mig"),
    ),
    Metric(
        "accuracy_svm_matrix.sap",
        "SAP of SVM accuracies",
        ("unified_scores", "accuracy_svm_matrix.sap"),
    ),
    # Of the three scores of dependence the one that is not of a Gaussian; nats.
    Metric(
        "unsupervised:mutual_info_score",
        "Mutual information of codes",
        ("unsupervised", "mutual_info_score"),
        is_error=True,
        in_unit=False,
    ),
)
METRICS = {metric.name: metric for metric in (*_PAPER, *_FURTHER)}
# Other names of the same metric: of configurations, and of the function that computes it.
SAME_METRIC = {
    "beta_vae": "beta_vae_sklearn",
    "beta_vae_score": "beta_vae_sklearn",
    "factor_vae_score": "factor_vae_metric",
    "factor_vae": "factor_vae_metric",
    "sap": "sap_score",
    "modularity": "modularity_explicitness",
    "unsupervised_metrics": "unsupervised",
}
# Metrics that are one function with several predictors.
ONE_FUNCTION = {
    "downstream_task_boosted_trees": "downstream_task",
    "downstream_task_logistic_regression": "downstream_task",
}
# The scores of each metric that are shown, {key: name}.
OF_SOURCE = {}
for _metric in METRICS.values():
    OF_SOURCE.setdefault(_metric.source[0], {})[_metric.source[1]] = _metric.name
OF_SOURCE["mutual_information"] = {"nmi1": "nmi1", "nmi2": "nmi2"}
_POINTS = re.compile(r"(?:^|(?<=:))\d+(?=:)")  # as in "downstream_task:1000:mean_test_accuracy"


def dataset_label(name):
    """A data set as the paper prints it."""
    return DATASETS.get(name, name)


def average_of(count):
    """What stands in the place of a data set for the average over several."""
    return _AVERAGE.format(count)


def is_average(dataset):
    """Whether a name in the place of a data set's is ``average_of`` some number of them."""
    start, end = _AVERAGE.split("{}")
    return dataset.startswith(start) and dataset.endswith(end)


def metric_label(name):
    """A metric as the paper prints it."""
    metric, points = _found(name)
    return metric.label.replace("*", points) if metric else name.replace("_", " ")


def is_error(name):
    """Whether less of a score is better; of one that is not listed more is taken to be."""
    metric, _ = _found(name)
    return metric is not None and metric.is_error


def in_unit(name, values):
    """Whether a score lies in [0, 1]; one that is not listed does if all its values do.

    Args:
      name: of the score.
      values: its known values, ``[N]``; NaN are passed over.
    """
    metric, _ = _found(name)
    if metric is not None:
        return metric.in_unit
    return not any(value < 0 or value > 1 for value in values)


def without_points(text):
    """A score's name or key with ``*`` for a number of training points, and the number, or ""."""
    found = _POINTS.search(text)
    return (_POINTS.sub("*", text, count=1), found[0]) if found else (text, "")


def _found(name):
    """The ``Metric`` of a name and its number of points; None and "" for one that is not listed."""
    general, points = without_points(name)
    return (METRICS[general], points) if general in METRICS else (None, "")


def datasets_in_order(names):
    """Different data sets in the order of Table 4."""
    return in_order(names, DATASETS)


def metrics_in_order(names):
    """Different metrics, those that are known first."""
    return sorted(set(names), key=metric_rank)


def metric_rank(name):
    """What metrics are sorted by: their places in ``METRICS``, then the number of points."""
    general, points = without_points(name)
    return _METRIC_PLACES.get(general, len(_METRIC_PLACES)), general, int(points or 0)


_METRIC_PLACES = {name: place for place, name in enumerate(METRICS)}
