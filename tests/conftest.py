"""What all tests share: a cache of their own, one thread, and networks small enough for a test."""

import os
import tempfile

import pytest

_CACHE = tempfile.TemporaryDirectory(prefix="dlib-test-cache-")
os.environ["DLIB_CACHE"] = _CACHE.name  # also for the processes that tests start
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("DISENTANGLEMENT_LIB_DATA", None)

TINY_NETWORKS = """
encoder.encoder_fn = @lite_encoder
decoder.decoder_fn = @standard_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.learning_rate = 0.001
"""


@pytest.fixture
def tiny_networks():
    """Bindings of small networks with Adam, without the number of latents."""
    return TINY_NETWORKS


@pytest.fixture
def configured():
    """The context manager that puts a configuration in place."""
    from dlib.utils.gin_utils import configured

    return configured


@pytest.fixture(scope="session")
def untrained_run(tmp_path_factory):
    """Folder of an untrained model of "translation" (``model``) and its ``mean`` representation."""
    from tiny_configs import UNTRAINED

    from dlib.methods.unsupervised.train import train_with_gin
    from dlib.postprocessing.postprocess import postprocess_with_gin

    root = tmp_path_factory.mktemp("untrained")
    train_with_gin(root / "model", False, [], [UNTRAINED])
    postprocess_with_gin(root / "model", root / "mean", False, ["postprocess/mean.gin"])
    return root
