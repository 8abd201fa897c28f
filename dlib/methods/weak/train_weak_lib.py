"""The reference's names of this module; there is one training function for all methods."""

from dlib.methods.unsupervised.train import train, train_with_gin
from dlib.methods.weak.dynamics import simple_dynamics

__all__ = ["simple_dynamics", "train", "train_with_gin"]
