"""beta-TCVAE: its loss, what it reports, and beta = 1."""

import itertools
import json
import math

import gin
import pytest
import torch

from dlib.methods.shared import total_correlation as tc
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.train import train_with_gin
from dlib.methods.unsupervised.vae import BetaTCVAE
from dlib.utils import gin_utils

Z = torch.tensor([[0.1, -0.4], [1.2, 0.3], [-0.5, 0.9]], dtype=torch.float64)
MEAN = torch.tensor([[0.0, 0.0], [1.0, 0.5], [-1.0, 1.0]], dtype=torch.float64)
LOGVAR = torch.tensor([[0.0, -1.0], [0.5, 0.0], [-0.5, -2.0]], dtype=torch.float64)


def test_the_loss_drops_constants_and_the_log_has_them():
    model = BetaTCVAE(beta=4.0)
    model.setup = TrainingSetup((4, 4, 1), 3, 10, num_images=50)
    value = model.regularizer(torch.tensor(2.0), MEAN, LOGVAR, Z)
    term = tc.total_correlation(Z, MEAN, LOGVAR)
    assert value.item() == pytest.approx(2 + 3 * term.item())
    constant = math.log(50 * 3)
    assert model.reported["tc_batch_estimate"].item() == pytest.approx(term.item() + constant)


@pytest.mark.parametrize("estimator", ["minibatch_weighted", "stratified"])
def test_gradients_do_not_know_the_constants(estimator):
    model = BetaTCVAE(beta=4.0, estimator=estimator)
    model.setup = TrainingSetup((4, 4, 1), 3, 10, num_images=50)
    z = Z.clone().requires_grad_()
    (loss,) = torch.autograd.grad(model.regularizer(torch.tensor(2.0), MEAN, LOGVAR, z), z)
    estimate = model.total_correlation(MEAN, LOGVAR, z) * 0 + model.reported["tc_batch_estimate"]
    (reported,) = torch.autograd.grad(estimate, z)
    assert torch.allclose(loss, 3 * reported)


CONFIG = """
encoder.encoder_fn = @test_encoder
decoder.decoder_fn = @test_decoder
encoder.num_latent = 4
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
dataset.name = "dummy_data"
model.batch_size = 3
model.training_steps = 2
model.random_seed = 0
model.eval_steps = 1
train.device = "cpu"
train.progress = False
"""


def test_beta_1_is_the_vae(tmp_path):
    # SmallNORB's cells of Table 3: beta-TCVAE 1 and beta-VAE 1 are one objective.
    losses = {}
    for name in ("vae", "beta_tc_vae"):
        lines = [CONFIG, f"model.model = @{name}()", f"{name}.beta = 1"]
        train_with_gin(tmp_path / name, gin_bindings=lines)
        path = tmp_path / name / "results/json/train_results.json"
        losses[name] = json.loads(path.read_text())["loss"]
    assert losses["vae"] == losses["beta_tc_vae"]


def test_a_batch_of_one_is_weighted(tmp_path):
    lines = ["model.model = @beta_tc_vae()", "beta_tc_vae.beta = 2.0"]
    with gin_utils.configured(bindings=[CONFIG, *lines, "beta_tc_vae.estimator = 'stratified'"]):
        model = gin.get_bindings("model")["model"]
        model.bind(TrainingSetup((4, 4, 1), 3, 10, num_images=7))
        terms = model.terms(torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(0)))
    assert math.isfinite(terms["loss"].item())
    assert list(itertools.islice(terms, 2)) == ["loss", "reconstruction_loss"]
