"""From a training on pairs to its pictures."""

import numpy as np
import pytest
import torch
from PIL import Image

import dlib
from dlib.data.ground_truth.dummy_data import DummyData
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import gin_utils
from dlib.visualize import visualize_model, visualize_pairs

TRAINING = """
dataset.name = "dummy_data"
model.model = @{method}()
model.batch_size = 2
model.training_steps = 2
model.random_seed = 0
model.eval_steps = 1
train.progress = False
dynamics.k = 2
group_vae.beta = 1.
mlvae.beta = 1.
encoder.num_latent = 10
encoder.encoder_fn = @test_encoder
decoder.decoder_fn = @test_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
"""


@pytest.fixture(scope="module", params=["group_vae_labels", "ada_ml_vae"])
def model_dir(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param) / "model"
    train_with_gin(folder, gin_bindings=[TRAINING.format(method=request.param)])
    return folder


def test_a_training_on_pairs_has_pictures_of_pairs(model_dir, tmp_path):
    visualize_model.visualize(model_dir, tmp_path, False, 1, 4, 10, 100)
    with Image.open(tmp_path / "weak/animation.gif") as animation:
        assert animation.n_frames > 1
    with Image.open(tmp_path / "weak/pairs.png") as picture:
        assert picture.height > 8 * 100  # a row for each of eight pairs


def test_what_is_drawn_is_what_the_method_trains_on(model_dir):
    model = dlib.load(model_dir)
    assert visualize_pairs.is_trained_on_pairs(model)
    random_state = np.random.RandomState(0)
    images = random_state.rand(2, 3, 64, 64, 1).astype(np.float32)
    told = random_state.rand(3, 10) < 0.5
    codes, own, distances = visualize_pairs.encode_pairs(model, images, told)
    means = np.stack([model.encode(part)[0] for part in images])
    logvars = np.stack([model.encode(part)[1] for part in images])
    # Own latents keep their mean; those that are shared have one for both.
    both = np.broadcast_to(own, codes.shape)
    np.testing.assert_allclose(codes[both], means[both], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(codes[0][~own], codes[1][~own])
    # KL of two normal distributions.
    variances = np.exp(logvars)
    kl = 0.5 * (
        logvars[1] - logvars[0] + (variances[0] + (means[0] - means[1]) ** 2) / variances[1] - 1
    )
    np.testing.assert_allclose(distances, kl, rtol=1e-3, atol=1e-5)
    if type(model.model).__name__ == "GroupVAELabels":
        np.testing.assert_array_equal(own, told)
    else:
        middle = 0.5 * (kl.min(1, keepdims=True) + kl.max(1, keepdims=True))
        np.testing.assert_array_equal(own, kl >= middle)


def test_other_models_have_none():
    class Plain:
        model = torch.nn.Identity()

    assert not visualize_pairs.is_trained_on_pairs(Plain())
    assert not visualize_pairs.is_trained_on_pairs(object())


def test_equal_states_give_equal_pictures(model_dir, tmp_path):
    model = dlib.load(model_dir)
    with gin_utils.configured(bindings=["dynamics.k = 1"]):
        points = visualize_model.sample_points(model, DummyData(), 50, np.random.RandomState(0))
        for name in "ab":
            visualize_pairs.draw_pairs_of_model(
                model, DummyData(), points.latents, tmp_path / name, np.random.RandomState(1), 2
            )
    for file in ("pairs.png", "animation.gif"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
