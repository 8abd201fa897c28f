"""Names of methods, data sets and metrics as the paper prints them, and in which order.

What is not listed here keeps its own name and comes after what is, in alphabetical order.
"""

import dataclasses

METHODS = {
    "deft": "DEFT",
    "beta_vae": "β-VAE",
    "vae": "β-VAE (vae)",
    "beta_tc_vae": "β-TCVAE",
    "annealed_vae": "AnnealedVAE",
    "cascade_vae_c": "CascadeVAEC",
    "factor_vae": "FactorVAE",
    "dip_vae_i": "DIP-VAE-I",
    "dip_vae_ii": "DIP-VAE-II",
    "dip_vae": "DIP-VAE",
    "control_vae": "ControlVAE",
    "dynamic_vae": "DynamicVAE",
    "ada_gvae": "Ada-GVAE",
    "ada_ml_vae": "Ada-ML-VAE",
}
# The columns of Table 4, and the positions 0 to 4 of figures 10 and 11.
TABLE_ORDER = ("deft", "beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c")
FIGURE_ORDER = ("beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c", "deft")

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
AVERAGE = "average"


@dataclasses.dataclass(frozen=True)
class Metric:
    """A score that tables and figures show.

    Attributes:
      name: in the column ``metric``.
      label: on paper.
      source: name of the metric's configuration and key of its result.
      is_error: whether less is better.
      in_unit: whether it lies in [0, 1].
    """

    name: str
    label: str
    source: tuple[str, str]
    is_error: bool = False
    in_unit: bool = True


MIG = "mig"
RECONSTRUCTION = "reconstruction_error"
METRICS = {
    metric.name: metric
    for metric in (
        Metric("beta_vae_score", "β-VAE score", ("beta_vae_sklearn", "eval_accuracy")),
        Metric("factor_vae_score", "FactorVAE score", ("factor_vae_metric", "eval_accuracy")),
        Metric(MIG, "MIG", ("mig", "discrete_mig")),
        Metric("dci_disentanglement", "DCI disentanglement", ("dci", "disentanglement")),
        Metric("dci_completeness", "DCI completeness", ("dci", "completeness")),
        Metric("sap", "SAP", ("sap_score", "SAP_score")),
        Metric("modularity", "Modularity", ("modularity_explicitness", "modularity_score")),
        Metric(
            "explicitness", "Explicitness", ("modularity_explicitness", "explicitness_score_test")
        ),
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
}
# Other names that configurations of the same metric have.
SAME_METRIC = {
    "beta_vae": "beta_vae_sklearn",
    "beta_vae_score": "beta_vae_sklearn",
    "factor_vae_score": "factor_vae_metric",
    "factor_vae": "factor_vae_metric",
    "sap": "sap_score",
    "modularity": "modularity_explicitness",
}
# The scores of further metrics: those of each that are shown.
OF_SOURCE = {}
for _metric in METRICS.values():
    OF_SOURCE.setdefault(_metric.source[0], {})[_metric.source[1]] = _metric.name
OF_SOURCE["mutual_information"] = {"nmi1": "nmi1", "nmi2": "nmi2"}
OF_SOURCE["unsupervised"] = {"mutual_info_score": "unsupervised:mutual_info_score"}
OF_SOURCE["unsupervised_metrics"] = OF_SOURCE["unsupervised"]


def method_label(name):
    """A method as the paper prints it."""
    return METHODS.get(name, name)


def dataset_label(name):
    """A data set as the paper prints it."""
    return DATASETS.get(name, name)


def metric_label(name):
    """A metric as the paper prints it."""
    return METRICS[name].label if name in METRICS else name.replace("_", " ")


def methods_in_order(names, order=FIGURE_ORDER):
    """Different methods, those of ``order`` first."""
    return _in_order(names, (*order, *METHODS))


def datasets_in_order(names):
    """Different data sets in the order of Table 4."""
    return _in_order(names, DATASETS)


def metrics_in_order(names):
    """Different metrics, those that are known first."""
    return _in_order(names, METRICS)


def _in_order(names, order):
    rank = {name: number for number, name in reversed(list(enumerate(order)))}
    return sorted(set(names), key=lambda name: (rank.get(name, len(rank)), name))
