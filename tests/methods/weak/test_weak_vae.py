"""Weakly supervised methods: pairs, averages, what is shared, and two steps of training."""

import json
import math

import gin
import numpy as np
import pytest
import torch
from tiny_configs import REFERENCE_TEST

from dlib.commands import train_weakly_supervised
from dlib.data.ground_truth.dummy_data import DummyData
from dlib.methods.shared.gaussian import compute_gaussian_kl
from dlib.methods.unsupervised import gaussian_encoder_model
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.train import train_with_gin
from dlib.methods.weak import weak_vae
from dlib.methods.weak.pair_loader import sample_pairs
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

# The reference's weakly supervised test configuration, in our own words.
CONFIG = f"""{REFERENCE_TEST}
model.model = @group_vae_argmax()
model.random_seed = 0
dynamics.k = -1
group_vae.beta = 1.
"""
SHORT = """
model.eval_steps = 1
train.device = "cpu"
train.progress = False
"""
METHODS = {
    "group_vae_labels": "group_vae",
    "group_vae_argmax": "group_vae",
    "mlvae_labels": "mlvae",
    "mlvae_argmax": "mlvae",
    "ada_gvae": "group_vae",
    "ada_ml_vae": "mlvae",
}
MEANS = (torch.tensor([[0.0, 2.0, 1.0]]), torch.tensor([[4.0, 2.0, 0.0]]))
LOGVARS = (torch.log(torch.tensor([[1.0, 2.0, 4.0]])), torch.log(torch.tensor([[3.0, 2.0, 1.0]])))


def test_equal_states_give_equal_pairs():
    with gin_utils.configured(bindings=["dynamics.k = -1"]):
        one, two = (sample_pairs(DummyData(), 3, np.random.RandomState(7)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert one[0].shape == one[1].shape == (3, 64, 64, 1)
    assert one[2].shape == (3, 10)


def test_average_of_moments():
    mean, logvar = weak_vae.average_of_moments(MEANS, LOGVARS)
    assert torch.allclose(mean, torch.tensor([[2.0, 2.0, 0.5]]))
    assert torch.allclose(logvar.exp(), torch.tensor([[2.0, 2.0, 2.5]]))


def test_product_of_posteriors():
    mean, logvar = weak_vae.product_of_posteriors(MEANS, LOGVARS)
    # 2 v1 v2 / (v1 + v2); means weighted by the other's variance.
    assert torch.allclose(logvar.exp(), torch.tensor([[6 / 4, 2.0, 8 / 5]]))
    assert torch.allclose(mean, torch.tensor([[(0 * 3 + 4 * 1) / 4, 2.0, (1 * 1 + 0 * 4) / 5]]))


def test_distance_is_twice_the_kl():
    # KL(N(m1, v1) || N(m2, v2)) = (log(v2 / v1) + (v1 + (m1 - m2)^2) / v2 - 1) / 2
    values = [(0, 1, 4, 3), (2, 2, 2, 2), (1, 4, 0, 1)]
    expected = [math.log(v2 / v1) + (v1 + (m1 - m2) ** 2) / v2 - 1 for m1, v1, m2, v2 in values]
    found = weak_vae.distance_per_latent(MEANS, LOGVARS)
    assert found[0].tolist() == pytest.approx(expected, abs=1e-5)


def test_upper_half():
    distances = torch.tensor([[0.0, 1.0, 0.4, 0.5], [3.0, 3.0, 3.0, 3.0]])
    expected = torch.tensor([[False, True, False, True], [False] * 4])
    assert torch.equal(weak_vae.upper_half(distances), expected)


def bound(name, *lines):
    setup = TrainingSetup((4, 4, 1), batch_size=3, training_steps=9)
    base = METHODS[name]
    lines = [CONFIG, f"model.model = @{name}()", f"{base}.beta = 4.", *lines]
    with gin_utils.configured(bindings=lines):
        return gin.get_bindings("model")["model"].bind(setup, seed=1)


@pytest.mark.parametrize("name", METHODS)
def test_terms_by_hand(name):
    model = bound(name)
    assert model.beta == 4.0
    draw = np.random.RandomState(0)
    first, second = (torch.from_numpy(draw.rand(3, 1, 4, 4).astype(np.float32)) for _ in range(2))
    changed = torch.zeros(3, 10, dtype=torch.bool)
    changed[torch.arange(3), torch.tensor([2, 0, 9])] = True
    with gin_utils.configured(bindings=[CONFIG]):
        terms = model.terms((first, second, changed))
    encoded = [model.encode(images) for images in (first, second)]
    means, logvars = zip(*encoded, strict=True)
    average = weak_vae.average_of_moments if "g" in name[:5] else weak_vae.product_of_posteriors
    shared_mean, shared_logvar = average(means, logvars)
    own = changed if "labels" in name else weak_vae.upper_half(
        weak_vae.distance_per_latent(means, logvars)
    )  # fmt: skip
    kl = [
        compute_gaussian_kl(
            torch.where(own, mean, shared_mean), torch.where(own, logvar, shared_logvar)
        )
        for mean, logvar in encoded
    ]
    assert own.any()
    assert not own.all()
    assert torch.isclose(terms["kl_loss"], 0.5 * (kl[0] + kl[1]))
    assert torch.isclose(terms["regularizer"], 4 * terms["kl_loss"])
    assert torch.isclose(terms["loss"], terms["reconstruction_loss"] + terms["regularizer"])


def test_gradient_of_the_loss_is_that_of_its_terms():
    model = bound("group_vae_argmax")
    images = torch.rand(2, 3, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    with gin_utils.configured(bindings=[CONFIG]):
        terms = model.terms((*images, None))
    parameters = list(model.encoder.parameters())
    names = ("loss", "reconstruction_loss", "regularizer")
    loss, *parts = (
        torch.autograd.grad(terms[name], parameters, retain_graph=True) for name in names
    )
    for total, one, two in zip(loss, *parts, strict=True):
        assert torch.allclose(total, one + two, atol=1e-5)


def test_labels_share_latents_beyond_the_factors():
    model = bound("group_vae_labels")
    kept = model.kept((torch.zeros(2, 10), None), None, torch.ones(2, 4, dtype=torch.bool))
    assert kept.sum(1).tolist() == [4, 4]
    assert kept[:, :4].all()


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("k", [1, -1, 2])
def test_the_references_test_configurations_train(name, k, tmp_path):
    base = METHODS[name]
    lines = [f"model.model = @{name}()", f"{base}.beta = 1.", f"dynamics.k = {k}"]
    train_with_gin(tmp_path / "model", True, [], [CONFIG, *lines, SHORT])
    folder = tmp_path / "model" / "results/json"
    results = json.loads((folder / "train_results.json").read_text())
    config = json.loads((folder / "train_config.json").read_text())
    assert results["global_step"] == 2
    assert all(math.isfinite(results[key]) for key in ("loss", "elbo", "regularizer", "kl_loss"))
    assert config[f"{base}.beta"] == "1.0"
    assert config["dynamics.k"] == str(k)
    recorded = {key for key in config if key.startswith("model.")}
    assert recorded >= {f"model.{n}" for n in ("batch_size", "model", "name", "random_seed")}
    loaded = gaussian_encoder_model.load(tmp_path / "model")
    assert loaded.encode(np.zeros((2, 64, 64, 1), np.float32))[0].shape == (2, 10)


def test_the_references_stream_is_one_by_one_and_resumes():
    model = bound("group_vae_argmax")
    with gin_utils.configured(bindings=[CONFIG]):
        loader = model.make_loader(DummyData(), np.random.RandomState(0), "reference")
        state = json.loads(json.dumps(loader.state_dict()))
        first, second, changed = loader.next_batch()
        expected = sample_pairs(DummyData(), 1, np.random.RandomState(0))
        assert np.array_equal(first[0].permute(1, 2, 0), expected[0][0])
        assert np.array_equal(second[0].permute(1, 2, 0), expected[1][0])
        assert changed.shape == (3, 10)
        loader.load_state_dict(state)
        assert torch.equal(loader.next_batch()[0], first)


def test_too_few_latents_for_the_labels(tmp_path):
    lines = ["model.model = @group_vae_labels()", "encoder.num_latent = 4", SHORT]
    with pytest.raises(DlibError, match="num_latent = 4, but the data set has 10 factors"):
        train_with_gin(tmp_path / "run", False, [], [CONFIG, *lines])
    assert not (tmp_path / "run").exists()


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.gin").write_text(CONFIG + SHORT)
    assert train_weakly_supervised.main(["--gin_config=pairs.gin"]) == 0
    assert (tmp_path / "output/pairs/0/model/module/module.json").exists()
    assert train_weakly_supervised.main(["--nonsense"]) == 2
    assert "dlib_train_weakly_supervised: unknown argument" in capsys.readouterr().err
