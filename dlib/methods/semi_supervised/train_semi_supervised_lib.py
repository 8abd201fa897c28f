"""The reference's names of this module; there is one training function for all methods."""

from dlib.methods.unsupervised.train import train, train_with_gin

__all__ = ["train", "train_with_gin"]
