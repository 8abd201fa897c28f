"""One table of scores from one matrix: DCI, MIG, SAP and modularity are aggregates of a matrix.

Each of them relates codes to factors by a matrix ``[D, K]`` and sums it up; here every matrix is
summed up in every way (Locatello et al., 2020, A sober look at unsupervised learning of
disentangled representations). N points, D codes, K factors.
"""

import importlib
from pathlib import Path

import gin
import numpy as np

from dlib.evaluation.metrics import (
    checks,
    dci,
    information,
    modularity_explicitness,
    recovery,
    relation_matrices,
    sampling,
    sap_score,
)
from dlib.evaluation.metrics.relation_matrices import (
    accuracy_svm_matrix,
    importance_gbt_matrix,
    mutual_information_matrix,
)

__all__ = [
    "accuracy_svm_matrix",
    "compute_unified_score_on_fixed_data",
    "compute_unified_scores",
    "importance_gbt_matrix",
    "matrix_scores",
    "mutual_information_matrix",
    "unified_scores",
]


@gin.configurable(
    "unified_scores",
    denylist=["ground_truth_data", "representation_function", "random_state", "artifact_dir"],
)
def compute_unified_scores(
    ground_truth_data,
    representation_function,
    random_state,
    artifact_dir=None,
    num_train=gin.REQUIRED,
    num_test=gin.REQUIRED,
    matrix_fns=gin.REQUIRED,
    batch_size=16,
):
    """All aggregates of all matrices of a representation; training points are drawn first.

    Args:
      ground_truth_data: data with at least one factor.
      representation_function: observations ``[n, ...]`` -> codes ``[n, D]``.
      random_state: the stream of all draws.
      artifact_dir: folder for the pictures of each matrix, its recovery curve and its dendrogram;
        none are drawn if it is None.
      num_train: N.
      num_test: number of test points, for matrices that are made of test scores.
      matrix_fns: functions as in `relation_matrices`.
      batch_size: points drawn together.

    Returns:
      dict of ``<matrix>.<key>``, the keys those of `matrix_scores`.
    """
    checks.check_has_factors(ground_truth_data, "unified_scores")
    fit_state = sampling.fit_random_state(random_state)
    draw = (ground_truth_data, representation_function)
    train = sampling.sample_codes(*draw, num_train, random_state, batch_size)
    test = sampling.sample_codes(*draw, num_test, random_state, batch_size)
    names = getattr(ground_truth_data, "factor_names", None)
    points = (array.T for array in (*train, *test))
    return unified_scores(*points, matrix_fns, artifact_dir, names, fit_state)


def unified_scores(
    mus_train,
    ys_train,
    mus_test,
    ys_test,
    matrix_fns,
    artifact_dir=None,
    factor_names=None,
    random_state=None,
):
    """`compute_unified_scores` of given points: codes ``[D, N]`` and factors ``[K, N]``.

    Factors with a single training value are left out of every mean; their columns and their own
    scores are 0.
    """
    checks.check_points(mus_train.T, ys_train.T)
    checks.check_points(mus_test.T, ys_test.T)
    varies = checks.check_varying(ys_train.T)
    entropies = information.entropies(ys_train.T)
    points = (mus_train, ys_train[varies], mus_test, ys_test[varies])
    scores = {}
    for matrix_fn in matrix_fns:
        name = relation_matrices.name_of(matrix_fn)
        matrix = np.zeros([len(mus_train), len(ys_train)])
        matrix[:, varies] = relation_matrices.relate(matrix_fn, *points, random_state)
        scores |= {
            f"{name}.{key}": value for key, value in matrix_scores(matrix, entropies).items()
        }
        if artifact_dir is not None:
            _draw(matrix, Path(artifact_dir), name, factor_names)
    return scores


def matrix_scores(matrix, entropies):
    """Every aggregate of one relation matrix.

    Args:
      matrix: ``[D, K]``, finite and not negative.
      entropies: ``[K]`` of the factors, nats; a factor with 0 is left out of all means.

    Returns:
      dict of ``dci`` (= ``dci_disentanglement``), ``dci_disentanglement``, ``dci_completeness``,
      ``mig``, ``sap`` and ``modularity``, the means; each code's or factor's own value under
      ``dci_disentanglement.code_I``, ``dci_completeness.code_I`` (of factor I: the reference's
      name), ``mig.factor_I``, ``sap.factor_I`` and ``modularity.code_I``; ``area_precision`` and
      ``max_precision`` of the recovery curve; and ``merge_I_J``, at which entry in falling order
      factors I and J become one group.
    """
    curve = recovery.recovery_curve(matrix)
    varies = entropies > 0
    gaps = _gaps(matrix)  # [K]
    relative_gaps = np.where(varies, gaps / np.where(varies, entropies, 1.0), 0.0)
    live = matrix[:, varies]
    completeness = np.zeros(len(varies))
    completeness[varies] = dci.concentrations(live.T)
    disentanglement = dci.concentrations(live)
    modularity = np.array([modularity_explicitness.modularity(row[None]) for row in live])
    return {
        "dci": dci.disentanglement(live),
        "dci_disentanglement": dci.disentanglement(live),
        "dci_completeness": dci.completeness(live),
        "mig": float(relative_gaps[varies].mean()),
        "sap": sap_score.compute_avg_diff_top_two(live),
        "modularity": modularity_explicitness.modularity(live),
        "area_precision": curve.area,
        "max_precision": int(curve.groups.max()),
        **_numbered("dci_disentanglement.code", disentanglement),
        **_numbered("dci_completeness.code", completeness),
        **_numbered("mig.factor", relative_gaps),
        **_numbered("sap.factor", gaps),
        **_numbered("modularity.code", modularity),
        **recovery.merge_positions(recovery.merges(matrix)),
    }


def _gaps(matrix):
    """Best minus second best entry of each column of ``[D, K]``; with one code the second is 0."""
    ordered = np.sort(matrix, axis=0)
    return ordered[-1] - (ordered[-2] if len(ordered) > 1 else 0.0)


def _numbered(prefix, values):
    return {f"{prefix}_{i}": float(value) for i, value in enumerate(values)}


def _draw(matrix, folder, name, factor_names):
    # Pictures are a layer above the metrics, and matplotlib is not needed for numbers.
    pictures = importlib.import_module("dlib.visualize.relation_pictures")
    pictures.draw_relation(matrix, folder, name, factor_names)


@gin.configurable(
    "unified_score_validation", denylist=["observations", "labels", "representation_function"]
)
def compute_unified_score_on_fixed_data(
    observations,
    labels,
    representation_function,
    train_percentage=gin.REQUIRED,
    matrix_fns=gin.REQUIRED,
    batch_size=100,
):
    """`unified_scores` of given observations; see `validation_forms` for the arguments."""
    from dlib.evaluation.metrics import validation_forms

    points = validation_forms.split_points(
        observations, labels, representation_function, train_percentage, batch_size
    )
    return unified_scores(*points, matrix_fns)
