import json

import numpy as np
import pytest
import torch

import dlib
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.gaussian_encoder_model import load, save_module
from dlib.methods.unsupervised.vae import BetaVAE
from dlib.utils.errors import DlibError

CONFIG = """
model.model = @vae()
vae.beta = 2.0
encoder.num_latent = 3
encoder.encoder_fn = @lite_encoder
decoder.decoder_fn = @standard_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
"""
SETUP = TrainingSetup((16, 16, 3), batch_size=4, training_steps=10, num_images=50)


@pytest.fixture
def saved(configured, tmp_path):
    with configured(bindings=[CONFIG]):
        model = BetaVAE().bind(SETUP, seed=4)
        model.global_step = 7
        save_module(model, tmp_path / "run/model/module", CONFIG)
    return model, tmp_path / "run"


def images(number):
    return np.random.RandomState(0).random_sample((number, 16, 16, 3)).astype(np.float32)


def test_a_loaded_model_is_the_saved_one(saved):
    model, run = saved
    loaded = load(run)
    assert loaded.model.global_step == 7
    assert loaded.num_latent == 3
    for a, b in zip(model.parameters(), loaded.model.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("place", ["", "model", "model/module"])
def test_the_module_is_found_from_the_run_the_model_and_itself(saved, place):
    assert load(saved[1] / place).observation_shape == (16, 16, 3)


def test_numpy_in_numpy_out_and_torch_in_torch_out(saved):
    loaded, x = dlib.load(saved[1]), images(5)
    mean, logvar = loaded.encode(x)
    assert isinstance(mean, np.ndarray)
    assert mean.dtype == logvar.dtype == np.float32
    as_torch = torch.from_numpy(x).permute(0, 3, 1, 2)
    torch_mean, _ = loaded.encode(as_torch)
    assert isinstance(torch_mean, torch.Tensor)
    np.testing.assert_allclose(mean, torch_mean.numpy(), rtol=1e-5, atol=1e-6)
    decoded = loaded.decode(mean)
    assert decoded.shape == (5, 16, 16, 3)
    assert decoded.min() >= 0
    assert decoded.max() <= 1
    np.testing.assert_allclose(decoded, loaded.reconstruct(x), rtol=1e-5)
    torch_decoded = loaded.decode(torch_mean)
    assert torch_decoded.shape == (5, 3, 16, 16)
    np.testing.assert_allclose(
        decoded, torch_decoded.permute(0, 2, 3, 1).numpy(), rtol=1e-4, atol=1e-5
    )


def test_more_images_than_a_batch_are_encoded_in_order(saved):
    loaded, x = load(saved[1]), images(150)
    together = loaded.encode(x)[0]
    assert together.shape == (150, 3)
    np.testing.assert_allclose(together[140:], loaded.encode(x[140:])[0], rtol=1e-4, atol=1e-5)


def test_no_images_give_no_codes(saved):
    assert load(saved[1]).encode(images(0))[0].shape == (0, 3)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(DlibError, match="holds no trained model"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            np.zeros((2, 16, 16), np.float32),
            r"shape \[2, 16, 16\], this model takes \[N, 16, 16, 3\]",
        ),
        (np.zeros((2, 3, 16, 16), np.float32), r"this model takes \[N, 16, 16, 3\]"),
        (torch.zeros(2, 16, 16, 3), r"this model takes \[N, 3, 16, 16\]"),
        (np.full((2, 16, 16, 3), 255, np.uint8), r"from 255 to 255, expected \[0, 1\]: scale"),
        (torch.full((2, 3, 16, 16), 255, dtype=torch.uint8), r"values from 255 to 255"),
        (np.full((2, 16, 16, 3), 254.5, np.float32), r"values from 254.5 to 254.5, expected"),
        (torch.full((2, 3, 16, 16), -0.5), r"values from -0.5 to -0.5, expected \[0, 1\]"),
        (np.full((2, 16, 16, 3), np.nan, np.float32), "values from nan to nan"),
    ],
)
def test_images_that_the_model_does_not_take(saved, wrong, message):
    with pytest.raises(DlibError, match=message):
        load(saved[1]).encode(wrong)


@pytest.mark.parametrize("wrong", [np.zeros((5, 4)), np.zeros(3), torch.zeros(5, 2)])
def test_latents_that_the_model_does_not_take(saved, wrong):
    with pytest.raises(DlibError) as error:
        load(saved[1]).decode(wrong)
    assert str(error.value) == (f"latents have shape {list(wrong.shape)}, this model takes [N, 3].")


def test_rounding_of_resized_images_is_let_through(saved):
    x = np.full((1, 16, 16, 3), 1 + 1e-5, np.float32)
    assert load(saved[1]).encode(x)[0].shape == (1, 3)


def test_black_and_white_bytes_are_images(saved):
    x = images(3).round()
    loaded = load(saved[1])
    np.testing.assert_array_equal(loaded.encode(x.astype(np.uint8))[0], loaded.encode(x)[0])


def test_weights_of_another_model_are_named(saved, configured):
    _, run = saved
    with configured(bindings=[CONFIG, "encoder.num_latent = 5"]):
        save_module(BetaVAE().bind(SETUP), run / "other", CONFIG)
    with pytest.raises(DlibError, match="weights.safetensors does not fit the model") as error:
        load(run / "other")
    assert "\n" not in str(error.value)


def test_a_device_by_name(saved):
    assert load(saved[1], "cpu").device.type == "cpu"
    with pytest.raises(DlibError, match="got 'gpu'"):
        load(saved[1], "gpu")


def test_damaged_weights_are_named(saved):
    path = saved[1] / "model/module/weights.safetensors"
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DlibError, match="weights.safetensors cannot be read"):
        load(saved[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: {}, "'observation_shape' is missing"),
        (lambda d: [], "it is no JSON object"),
        (lambda d: 3, "it is no JSON object"),
        (lambda d: d | {"observation_shape": 3}, "'observation_shape' is 3"),
        (lambda d: d | {"global_step": "7"}, "'global_step' is '7'"),
        (lambda d: d | {"config": None}, "'config' is None"),
    ],
)
def test_a_description_of_something_else_is_named(saved, change, message):
    path = saved[1] / "model/module/module.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(DlibError) as error:
        load(saved[1])
    assert str(error.value) == f"{path} describes no model ({message}): train it again."


def test_a_configuration_without_a_model_is_told(saved):
    path = saved[1] / "model/module/module.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"config": "vae.beta = 2.0"}))
    with pytest.raises(DlibError, match="model.model must be a method, .* got None"):
        load(saved[1])
