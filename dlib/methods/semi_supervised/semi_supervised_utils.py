"""The reference's names of this module."""

from dlib.methods.semi_supervised.labelled_subset import sample_supervised_data, train_test_split
from dlib.methods.semi_supervised.labellers import (
    bin_labeller,
    filter_factors,
    make_labeller,
    noisy_labeller,
    partial_labeller,
    perfect_labeller,
    permute,
    permuted_labeller,
)

__all__ = ["bin_labeller", "filter_factors", "make_labeller", "noisy_labeller"]
__all__ += ["partial_labeller", "perfect_labeller", "permute", "permuted_labeller"]
__all__ += ["sample_supervised_data", "train_test_split"]
