"""dlib: the disentanglement benchmark on PyTorch, with DEFT at its heart.

Distribution ``deft-dlib``. (The C++ toolkit on the package index is also imported as ``dlib``; the
attribute ``IS_DEFT_DLIB`` tells the two apart.)
"""

from dlib.version import __version__

IS_DEFT_DLIB = True

__all__ = ["IS_DEFT_DLIB", "__version__", "load"]


def load(directory, device="cpu"):
    """Loads a trained model; see ``dlib.methods.unsupervised.gaussian_encoder_model.load``."""
    from dlib.methods.unsupervised import gaussian_encoder_model  # torch is not needed by metrics

    return gaussian_encoder_model.load(directory, device)
