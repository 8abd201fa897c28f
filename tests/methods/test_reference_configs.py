"""The reference's configurations, in our own words, parse and train here unchanged.

``SHARED`` holds the settings of its unsupervised_study_v1, ``TEST`` those of its training tests.
Only what makes a run short is added: two updates, noise for images.
"""

import json

import numpy as np
import pytest
from tiny_configs import REFERENCE_TEST

import dlib
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import files

SHARED = """
dataset.name = "dsprites_full"
model.model = @vae()
model.batch_size = 64
model.training_steps = 300000
model.random_seed = 0
vae.beta = 1.
encoder.num_latent = 10
encoder.encoder_fn = @conv_encoder
decoder.decoder_fn = @deconv_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @vae/AdamOptimizer
discriminator_optimizer.optimizer_fn = @discriminator/AdamOptimizer
vae/AdamOptimizer.learning_rate = 0.0001
vae/AdamOptimizer.beta1 = 0.9
vae/AdamOptimizer.beta2 = 0.999
vae/AdamOptimizer.epsilon = 1e-08
vae/AdamOptimizer.name = 'Adam'
vae/AdamOptimizer.use_locking = False
discriminator/AdamOptimizer.learning_rate = 0.0001
discriminator/AdamOptimizer.beta1 = 0.5
discriminator/AdamOptimizer.beta2 = 0.9
discriminator/AdamOptimizer.epsilon = 1e-08
discriminator/AdamOptimizer.name = 'Adam'
discriminator/AdamOptimizer.use_locking = False
"""
# The six models of the study's sweep, each with its first setting.
STUDY = {
    "beta_vae": ["model.name = 'beta_vae'", "model.model = @vae()", "vae.beta = 1."],
    "factor_vae": [
        "model.name = 'factor_vae'",
        "model.model = @factor_vae()",
        "discriminator.discriminator_fn = @fc_discriminator",
        "factor_vae.gamma = 10.",
    ],
    "dip_vae_i": [
        "model.name = 'dip_vae_i'",
        "model.model = @dip_vae()",
        "dip_vae.lambda_od = 1.",
        "dip_vae.lambda_d_factor = 10.",
        "dip_vae.dip_type = 'i'",
    ],
    "dip_vae_ii": [
        "model.name = 'dip_vae_ii'",
        "model.model = @dip_vae()",
        "dip_vae.lambda_od = 1.",
        "dip_vae.lambda_d_factor = 1.",
        "dip_vae.dip_type = 'ii'",
    ],
    "beta_tc_vae": [
        "model.name = 'beta_tc_vae'",
        "model.model = @beta_tc_vae()",
        "beta_tc_vae.beta = 1.",
    ],
    "annealed_vae": [
        "model.name = 'annealed_vae'",
        "model.model = @annealed_vae()",
        "annealed_vae.c_max = 5.",
        "annealed_vae.iteration_threshold = 100000",
        "annealed_vae.gamma = 1000.",
    ],
}
TEST = f"""{REFERENCE_TEST}
model.random_seed = 0
model.model = @vae()
vae.beta = 1.
"""
TESTED = {
    "annealed_vae": STUDY["annealed_vae"],
    "factor_vae": [
        *STUDY["factor_vae"],
        "discriminator_optimizer.optimizer_fn = @AdamOptimizer",
    ],
    "dip_vae_i": STUDY["dip_vae_i"],
    "dip_vae_ii": STUDY["dip_vae_ii"],
    "beta_tc_vae": STUDY["beta_tc_vae"],
    **{
        f"{loss} {activation} {encoder}": [
            f"reconstruction_loss.loss_fn = @{loss}",
            f"reconstruction_loss.activation = '{activation}'",
            f"encoder.encoder_fn = @{encoder}",
            f"decoder.decoder_fn = @{decoder}",
            "vae.beta = 10.",
        ]
        for loss in ("bernoulli_loss", "l2_loss")
        for activation in ("logits", "tanh")
        for encoder, decoder in [("fc_encoder", "fc_decoder"), ("conv_encoder", "deconv_decoder")]
    },
}
SHORT = """
dataset.name = "dummy_data"
model.training_steps = 2
model.eval_steps = 1
train.device = "cpu"
train.progress = False
"""
ADAM = {"beta1", "beta2", "epsilon", "learning_rate", "name", "use_locking"}
# What the reference records for a beta-VAE of the study.
KEYS = {
    *(f"vae/AdamOptimizer.{name}" for name in ADAM),
    "bernoulli_loss.subtract_true_image_entropy",
    "dataset.name",
    "decoder.decoder_fn",
    "encoder.encoder_fn",
    "encoder.num_latent",
    "export_as_tf_hub.drop_collections",
    "reconstruction_loss.activation",
    "reconstruction_loss.loss_fn",
    "vae_optimizer.learning_rate",
    "vae_optimizer.optimizer_fn",
    *(
        f"model.{name}"
        for name in (
            "batch_size",
            "eval_steps",
            "model",
            "model_num",
            "name",
            "random_seed",
            "training_steps",
        )
    ),
}
KEYS_OF_MODEL = {
    "beta_vae": {"vae.beta"},
    "factor_vae": {
        "factor_vae.gamma",
        "discriminator.discriminator_fn",
        "discriminator_optimizer.learning_rate",
        "discriminator_optimizer.optimizer_fn",
        *(f"discriminator/AdamOptimizer.{name}" for name in ADAM),
    },
    "dip_vae_i": {"dip_vae.lambda_od", "dip_vae.lambda_d_factor", "dip_vae.dip_type"},
    "dip_vae_ii": {"dip_vae.lambda_od", "dip_vae.lambda_d_factor", "dip_vae.dip_type"},
    "beta_tc_vae": {"beta_tc_vae.beta"},
    "annealed_vae": {
        "annealed_vae.c_max",
        "annealed_vae.gamma",
        "annealed_vae.iteration_threshold",
    },
}
# Options of ours, with their defaults.
KEYS_OF_OURS = {
    "factor_vae": {"factor_vae.permutation", "factor_vae.clip", "factor_vae.halve_steps"},
    "beta_tc_vae": {"beta_tc_vae.estimator"},
}


def train(tmp_path, *lines):
    """Trains, and gives the recorded results, configuration and its text."""
    train_with_gin(str(tmp_path / "model"), True, [], list(lines))
    folder = tmp_path / "model" / "results"
    results = json.loads((folder / "json/train_results.json").read_text())
    config = json.loads((folder / "json/train_config.json").read_text())
    return results, config, (folder / "gin/train.gin").read_text()


@pytest.mark.parametrize("name", STUDY)
def test_the_study_trains_and_records_the_references_keys(name, tmp_path):
    results, config, text = train(tmp_path, SHARED, *STUDY[name], SHORT)
    assert results["global_step"] == 2
    recorded = {key for key in config if not key.startswith("train.")}
    assert recorded == KEYS | KEYS_OF_MODEL[name] | KEYS_OF_OURS.get(name, set())
    for unbound in ("conv_encoder", "deconv_decoder"):
        assert f"# Parameters for {unbound}:\n# {'=' * 78}\n# None." in text
    assert config["model.name"] == f"'{name}'"
    assert config["model.model_num"] == "None"
    assert config["vae_optimizer.optimizer_fn"] == "@vae/AdamOptimizer"
    assert config["vae/AdamOptimizer.learning_rate"] == "0.0001"


@pytest.mark.parametrize("name", TESTED)
def test_the_test_configuration_trains(name, tmp_path):
    results, config, _ = train(tmp_path, TEST, *TESTED[name], SHORT)
    assert results["global_step"] == 2
    assert config["AdamOptimizer.epsilon"] == "0.001"


def test_keys_of_the_results(tmp_path):
    results, _, _ = train(tmp_path, TEST, SHORT)
    expected = {"loss", "reconstruction_loss", "elbo", "regularizer", "kl_loss"}
    assert set(results) == expected | {"global_step", "elapsed_time", "uuid"}


def test_the_shared_file_trains_as_it_is_on_its_own_data(tmp_path):
    """On dSprites, from a file, beta 1: the loss is the negative ELBO; and the model loads."""
    (tmp_path / "shared.gin").write_text(SHARED)
    short = ["model.training_steps = 2", "model.batch_size = 4", "model.eval_steps = 2"]
    model_dir = tmp_path / "model"
    train_with_gin(
        model_dir, False, [str(tmp_path / "shared.gin")], [*short, "train.progress = False"]
    )
    config = files.read_json(model_dir / "results/json/train_config.json")
    assert {k for k in config if not k.startswith("train.")} == KEYS | {"vae.beta"}
    assert config["dataset.name"] == "'dsprites_full'"
    assert config["model.model"] == "@vae()"
    assert config["vae.beta"] == "1.0"
    results = files.read_json(model_dir / "results/json/train_results.json")
    assert results["loss"] == pytest.approx(results["reconstruction_loss"] + results["kl_loss"])
    assert results["elbo"] == pytest.approx(-results["loss"])
    model = dlib.load(model_dir)
    assert model.observation_shape == (64, 64, 1)
    assert model.encode(np.zeros((3, 64, 64, 1), np.float32))[0].shape == (3, 10)
