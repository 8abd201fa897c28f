"""What must hold for every method: going on where it stopped, and 16 bits near 32."""

import json

import gin
import pytest

from dlib.methods.unsupervised import checkpoint
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.gaussian_encoder_model import load
from dlib.methods.unsupervised.train import train_with_gin

CONFIG = """
dataset.name = "dummy_data"
model.batch_size = 3
model.training_steps = 5
model.random_seed = 0
model.eval_steps = 1
encoder.num_latent = 10
encoder.encoder_fn = @test_encoder
decoder.decoder_fn = @test_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
discriminator_optimizer.optimizer_fn = @AdamOptimizer
discriminator.discriminator_fn = @fc_discriminator
dynamics.k = -1
labeller.labeller_fn = @perfect_labeller
supervised_loss.loss_fn = @embed
embed.sigma = "learn"
annealer.anneal_fn = @anneal
annealer.iteration_threshold = 3
train.device = "cpu"
train.progress = False
train.checkpoint_every = 2
"""
LABELS = """
model.num_labelled_samples = 7
model.train_percentage = 0.8
model.supervised_data_seed = 0
"""
METHODS = {
    "vae": "vae.beta = 4.",
    "annealed_vae": """
annealed_vae.gamma = 10.
annealed_vae.c_max = 5.
annealed_vae.iteration_threshold = 4""",
    "beta_tc_vae": "beta_tc_vae.beta = 4.",
    "factor_vae": "factor_vae.gamma = 4.",
    "dip_vae": "dip_vae.lambda_od = 2.\ndip_vae.lambda_d_factor = 1.\ndip_vae.dip_type = 'ii'",
    "cascade_vae_c": """
cascade_vae_c.beta_l = 1.
cascade_vae_c.beta_h = 10.
cascade_vae_c.stage_steps = 1
cascade_vae_c.reset_optimizer = True""",
    "control_vae": "control_vae.c_max = 9.\ncontrol_vae.ramp_steps = 4\ncontrol_vae.k_i = 0.5",
    "dynamic_vae": "dynamic_vae.c_max = 9.\ndynamic_vae.ramp_steps = 4",
    "factorized_support": "factorized_support.beta = 1.\nfactorized_support.gamma = 1.",
    "group_vae_labels": "group_vae.beta = 1.",
    "ada_gvae": "group_vae.beta = 1.",
    "ada_ml_vae": "mlvae.beta = 1.",
    "s2_vae": "s2_vae.beta = 1.\ns2_vae.gamma_sup = 2." + LABELS,
    "s2_factor_vae": "s2_factor_vae.gamma = 1.\ns2_factor_vae.gamma_sup = 2." + LABELS,
    "s2_mine_vae": "s2_mine_vae.beta = 1.\ns2_mine_vae.gamma_sup = 2." + LABELS,
    "supervised": LABELS,
}


@gin.configurable("every_method_test_stop")
class StopAtThree(Callback):
    """Falls over after the third update, one after a checkpoint."""

    def on_update(self, loop):
        if loop.step == 3:
            raise OverflowError


def train(folder, name, *lines):
    train_with_gin(folder, gin_bindings=[CONFIG, METHODS[name], f"model.model = @{name}()", *lines])
    return json.loads((folder / "results/json/train_results.json").read_text())


@pytest.mark.parametrize("name", METHODS)
def test_going_on_is_the_same_to_the_bit(name, tmp_path):
    whole = train(tmp_path / "whole", name)
    with pytest.raises(OverflowError):
        train(tmp_path / "halves", name, "train.callbacks = [@every_method_test_stop()]")
    assert checkpoint.read_header(checkpoint.latest(tmp_path / "halves/checkpoint"))["step"] == 2
    halves = train(tmp_path / "halves", name)
    for key in set(whole) - {"uuid", "elapsed_time"}:
        assert halves[key] == whole[key], key
    states = [load(tmp_path / run).model.state_dict() for run in ("whole", "halves")]
    assert all(states[0][key].equal(states[1][key]) for key in states[0])


@pytest.mark.parametrize("name", [name for name in METHODS if "vae" in name])
def test_bfloat16_is_near(name, tmp_path):
    exact = train(tmp_path / "float32", name)
    near = train(tmp_path / "bfloat16", name, "train.precision = 'bfloat16'")
    for key in ("loss", "regularizer", "kl_loss"):
        assert near[key] == pytest.approx(exact[key], rel=0.1, abs=0.5), key
