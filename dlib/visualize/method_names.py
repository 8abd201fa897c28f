"""Names of methods as the paper prints them, and their order, for all pictures and tables.

What is not listed here keeps its own name and comes after what is, in alphabetical order.
"""

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
    "deft_fork": "DEFT (authors' code)",
}
# The columns of Table 4, and the positions 0 to 4 of figures 10 and 11.
TABLE_ORDER = ("deft", "beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c")
FIGURE_ORDER = ("beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c", "deft")


def method_label(name):
    """A method as the paper prints it."""
    return METHODS.get(name, name)


def methods_in_order(names, order=FIGURE_ORDER):
    """Different methods, those of ``order`` first."""
    return in_order(names, (*order, *METHODS))


def in_order(names, order):
    """Different names, those of ``order`` first, the others by the alphabet."""
    rank = {name: number for number, name in reversed(list(enumerate(order)))}
    return sorted(set(names), key=lambda name: (rank.get(name, len(rank)), name))
