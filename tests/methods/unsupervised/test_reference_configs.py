"""The reference's own configuration for a VAE trains here as it is."""

import json

import numpy as np
import pytest

from dlib.methods.unsupervised.train import train_with_gin

# The bindings of the reference's shared.gin of unsupervised_study_v1 (facts, in its order).
SHARED = """
model.batch_size = 64
encoder.num_latent = 10
model.model = @vae()
dataset.name = "dsprites_full"
vae.beta = 1.
vae_optimizer.optimizer_fn = @vae/AdamOptimizer
discriminator_optimizer.optimizer_fn = @discriminator/AdamOptimizer
model.training_steps = 300000
model.random_seed = 0
vae/AdamOptimizer.beta1 = 0.9
vae/AdamOptimizer.beta2 = 0.999
vae/AdamOptimizer.epsilon = 1e-08
vae/AdamOptimizer.learning_rate = 0.0001
vae/AdamOptimizer.name = 'Adam'
vae/AdamOptimizer.use_locking = False
discriminator/AdamOptimizer.beta1 = 0.5
discriminator/AdamOptimizer.beta2 = 0.9
discriminator/AdamOptimizer.epsilon = 1e-08
discriminator/AdamOptimizer.learning_rate = 0.0001
discriminator/AdamOptimizer.name = 'Adam'
discriminator/AdamOptimizer.use_locking = False
encoder.encoder_fn = @conv_encoder
decoder.decoder_fn = @deconv_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
"""
SMALL = [
    "model.training_steps = 2",
    "model.batch_size = 4",
    "model.eval_steps = 2",
    "train.progress = False",
]
# What the reference writes for a beta-VAE of this study.
KEYS = [
    "vae/AdamOptimizer.beta1",
    "vae/AdamOptimizer.beta2",
    "vae/AdamOptimizer.epsilon",
    "vae/AdamOptimizer.learning_rate",
    "vae/AdamOptimizer.name",
    "vae/AdamOptimizer.use_locking",
    "bernoulli_loss.subtract_true_image_entropy",
    "dataset.name",
    "decoder.decoder_fn",
    "encoder.encoder_fn",
    "encoder.num_latent",
    "export_as_tf_hub.drop_collections",
    "model.batch_size",
    "model.eval_steps",
    "model.model",
    "model.model_num",
    "model.name",
    "model.random_seed",
    "model.training_steps",
    "reconstruction_loss.activation",
    "reconstruction_loss.loss_fn",
    "vae.beta",
    "vae_optimizer.learning_rate",
    "vae_optimizer.optimizer_fn",
]


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    (folder / "shared.gin").write_text(SHARED)
    train_with_gin(folder / "model", False, [str(folder / "shared.gin")], SMALL)
    return folder / "model"


def test_the_operative_configuration_has_the_reference_s_keys(model_dir):
    config = json.loads((model_dir / "results/json/train_config.json").read_text())
    assert {key for key in config if not key.startswith("train.")} == set(KEYS)
    assert config["model.model"] == "@vae()"
    assert config["vae.beta"] == "1.0"
    assert config["vae/AdamOptimizer.learning_rate"] == "0.0001"
    assert config["model.model_num"] == "None"
    assert config["dataset.name"] == "'dsprites_full'"


def test_the_saved_text_names_functions_without_parameters_too(model_dir):
    text = (model_dir / "results/gin/train.gin").read_text()
    for name in ("conv_encoder", "deconv_decoder"):
        assert f"# Parameters for {name}:\n# {'=' * 78}\n# None." in text


def test_the_results_have_the_reference_s_keys(model_dir):
    results = json.loads((model_dir / "results/json/train_results.json").read_text())
    expected = {"loss", "reconstruction_loss", "elbo", "regularizer", "kl_loss"}
    assert set(results) == expected | {"global_step", "elapsed_time", "uuid"}
    assert results["loss"] == pytest.approx(results["reconstruction_loss"] + results["kl_loss"])
    assert results["elbo"] == pytest.approx(-results["loss"])


def test_the_model_loads_and_encodes(model_dir):
    import dlib

    model = dlib.load(model_dir)
    images = np.zeros((3, 64, 64, 1), np.float32)
    assert model.observation_shape == (64, 64, 1)
    assert model.encode(images)[0].shape == (3, 10)
