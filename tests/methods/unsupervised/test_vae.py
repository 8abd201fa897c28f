import pytest
import torch

from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.vae import BaseVAE, BetaVAE
from dlib.utils.errors import DlibError

SETUP = TrainingSetup((16, 16, 1), batch_size=6, training_steps=10)


@pytest.fixture
def networks(configured, tiny_networks):
    with configured(bindings=[tiny_networks, "encoder.num_latent = 3"]):
        yield


def images():
    return torch.rand(6, 1, 16, 16, generator=torch.Generator().manual_seed(0)).double()


def test_the_loss_is_reconstruction_plus_beta_kl(networks):
    model = BetaVAE(beta=4.0).bind(SETUP, seed=1).double()
    terms = {name: term.item() for name, term in model.terms(images()).items()}
    assert terms["regularizer"] == pytest.approx(4 * terms["kl_loss"], rel=1e-12)
    assert terms["loss"] == pytest.approx(
        terms["reconstruction_loss"] + terms["regularizer"], rel=1e-12
    )


def test_terms_follow_their_formulas_from_the_parts(networks):
    model = BetaVAE(beta=2.0).bind(SETUP, seed=1).double()
    x = images()
    mean, logvar = model.encode(x)
    noise = torch.empty_like(mean).normal_(generator=torch.Generator().manual_seed(1))
    p = torch.sigmoid(model.decode(mean + (logvar / 2).exp() * noise))
    nll = -(x * p.log() + (1 - x) * (1 - p).log()).sum() / 6  # sum over pixels, mean over batch
    kl = 0.5 * (mean**2 + logvar.exp() - logvar - 1).sum() / 6
    terms = model.terms(x)
    torch.testing.assert_close(terms["reconstruction_loss"], nll)
    torch.testing.assert_close(terms["kl_loss"], kl)


def test_the_gradient_of_the_loss_is_the_sum_of_its_terms_gradients(networks):
    def gradients(*names):
        model = BetaVAE(beta=3.0).bind(SETUP, seed=1).double()
        terms = model.terms(images())
        sum(terms[name] for name in names).backward()
        return [p.grad for p in model.parameters()]

    for a, b in zip(
        gradients("loss"), gradients("reconstruction_loss", "regularizer"), strict=True
    ):
        torch.testing.assert_close(a, b)


def test_seed_decides_the_start_and_leaves_the_global_state_alone(networks):
    state = torch.random.get_rng_state()
    models = [BetaVAE(beta=1.0).bind(SETUP, seed=seed) for seed in (5, 5, 6)]
    weights = [torch.cat([p.flatten() for p in m.parameters()]) for m in models]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(torch.random.get_rng_state(), state)


def test_losses_keep_the_terms_detached(networks):
    model = BetaVAE(beta=1.0).bind(SETUP, seed=1).double()
    losses = model.losses(images())
    assert list(losses) == ["vae"]
    assert losses["vae"].item() == model.last_terms["loss"].item()
    assert not model.last_terms["loss"].requires_grad


def test_one_group_each_for_encoder_and_decoder(networks):
    model = BetaVAE(beta=1.0).bind(SETUP)
    groups = model.parameter_groups()["vae"]
    assert list(groups) == ["encoder", "decoder"]
    assert sum(len(g) for g in groups.values()) == len(list(model.parameters()))
    assert model.learning_rate_factor("encoder", 3) == 1.0


def test_a_negative_pressure_is_refused():
    with pytest.raises(DlibError, match="vae.beta must be a number >= 0, got -1"):
        BetaVAE(beta=-1)


def test_a_method_without_regularizer_says_so(networks):
    with pytest.raises(NotImplementedError, match="BaseVAE defines no regularizer"):
        BaseVAE().bind(SETUP).double().terms(images())
