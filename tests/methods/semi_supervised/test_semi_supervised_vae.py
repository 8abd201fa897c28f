"""Semi-supervised methods: their terms, the reference's configurations, the command."""

import json
import math

import gin
import numpy as np
import pytest
import torch
from tiny_configs import REFERENCE_TEST

from dlib.commands import train_semi_supervised
from dlib.methods.semi_supervised.mine_vae import MutualInformationEstimator
from dlib.methods.unsupervised import gaussian_encoder_model
from dlib.methods.unsupervised.base_vae import TrainingSetup, built
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

# The reference's semi-supervised test configuration, in our own words.
CONFIG = f"""{REFERENCE_TEST}
model.model = @s2_vae
model.num_labelled_samples = 100
model.train_percentage = 0.9
model.model_seed = 0
model.unsupervised_data_seed = 0
model.supervised_data_seed = 0
s2_vae.beta = 4
s2_vae.gamma_sup = 4
annealer.iteration_threshold = 1
annealer.anneal_fn = @fixed
labeller.labeller_fn = @perfect_labeller
supervised_loss.loss_fn = @xent
"""
SHORT = """
model.eval_steps = 1
train.device = "cpu"
train.progress = False
"""
METHODS = {
    "s2_vae": ["s2_vae.beta = 4", "s2_vae.gamma_sup = 4"],
    "supervised": [],
    "s2_factor_vae": [
        "s2_factor_vae.gamma = 4",
        "s2_factor_vae.gamma_sup = 4",
        "discriminator.discriminator_fn = @fc_discriminator",
        "discriminator_optimizer.optimizer_fn = @AdamOptimizer",
    ],
    "s2_dip_vae": [
        "s2_dip_vae.lambda_d_factor = 10",
        "s2_dip_vae.lambda_od = 10.",
        "s2_dip_vae.gamma_sup = 4",
    ],
    "s2_beta_tc_vae": ["s2_beta_tc_vae.beta = 10.", "s2_beta_tc_vae.gamma_sup = 4"],
    "s2_mine_vae": ["s2_mine_vae.beta = 4", "s2_mine_vae.gamma_sup = 4"],
    "vae": ["vae.beta = 10."],
}
ANNEAL_AND_LOSS = {
    "xent": ["annealer.anneal_fn = @fixed"],
    "xent fine": ["annealer.anneal_fn = @fine_tune"],
    "xent anneal": ["annealer.anneal_fn = @anneal"],
    "l2": ["supervised_loss.loss_fn = @l2"],
    "cov": ["supervised_loss.loss_fn = @cov"],
    "embed": ["supervised_loss.loss_fn = @embed", "embed.sigma = 1"],
    "embed learn": ["supervised_loss.loss_fn = @embed", "embed.sigma = 'learn'"],
    "partial": [
        "labeller.labeller_fn = @partial_labeller",
        "partial_labeller.num_observed_factors = 2",
    ],
}
CASES = [(method, "xent") for method in METHODS]
CASES += [("s2_vae", case) for case in list(ANNEAL_AND_LOSS)[1:]]
CASES += [("supervised", "embed learn"), ("s2_factor_vae", "l2"), ("s2_mine_vae", "partial")]


def train(folder, *lines):
    train_with_gin(folder, True, [], [CONFIG, *lines, SHORT])
    results = json.loads((folder / "results/json/train_results.json").read_text())
    config = json.loads((folder / "results/json/train_config.json").read_text())
    return results, config


@pytest.mark.parametrize(("method", "case"), CASES)
def test_the_references_test_configurations_train(method, case, tmp_path):
    lines = [f"model.model = @{method}", *METHODS[method], *ANNEAL_AND_LOSS[case]]
    results, config = train(tmp_path / "model", *lines)
    assert results["global_step"] == 2
    names = ["loss", "reconstruction_loss", "regularizer", "kl_loss", "elbo"]
    names += ["supervised_loss"] if method != "vae" else []
    assert all(math.isfinite(results[name]) for name in names)
    assert config["model.model"] == f"@{method}"
    assert {
        f"model.{name}"
        for name in (
            "batch_size",
            "model_seed",
            "name",
            "num_labelled_samples",
            "supervised_data_seed",
            "train_percentage",
            "training_steps",
            "unsupervised_data_seed",
        )
    } <= set(config)
    assert "model.random_seed" not in config
    if method == "s2_vae":
        assert "s2_vae.factor_sizes" not in config
        assert config["s2_vae.gamma_sup"] == "4"
        assert "annealer.anneal_fn" in config
    loaded = gaussian_encoder_model.load(tmp_path / "model")
    assert loaded.encode(np.zeros((2, 64, 64, 1), np.float32))[0].shape == (2, 10)


def bound(method, *lines):
    setup = TrainingSetup((4, 4, 1), 3, 9, num_images=50, factor_sizes=(5, 3))
    with gin_utils.configured(
        bindings=[CONFIG, f"model.model = @{method}", *METHODS[method], *lines]
    ):
        return built(gin.get_bindings("model")["model"]).bind(setup, seed=1)


def batch(seed=0):
    draw = np.random.RandomState(seed)
    images = [torch.from_numpy(draw.rand(3, 1, 4, 4).astype(np.float32)) for _ in range(2)]
    return *images, torch.tensor([[0.0, 2.0], [4.0, 1.0], [1.0, 0.0]])


@pytest.mark.parametrize("method", [name for name in METHODS if name not in ("vae", "supervised")])
def test_the_supervised_term_is_added_with_its_weight(method):
    lines = ["annealer.anneal_fn = @anneal", "annealer.iteration_threshold = 8"]
    model = bound(method, *lines)
    model.global_step = 2
    with gin_utils.configured(bindings=[CONFIG, *lines]):
        terms = model.terms(batch())
        seen = model.regularizer.__self__._supervised_loss
        model.gamma_sup = 0.0
        state = torch.Generator().manual_seed(1).get_state()
        model.generator.set_state(state)
        without = model.terms(batch())
    assert torch.equal(terms["supervised_loss"], seen)
    assert seen > 0
    assert torch.isclose(
        terms["regularizer"] - 4 * 2 / 8 * terms["supervised_loss"],
        without["regularizer"],
        rtol=1e-4,
    )
    assert torch.isclose(terms["loss"], terms["reconstruction_loss"] + terms["regularizer"])


def test_unsupervised_parts_are_the_unsupervised_methods():
    torch.manual_seed(0)
    z_mean, z_logvar, z = torch.randn(3, 4, 2).unbind()
    kl = torch.tensor(5.0)
    with gin_utils.configured(bindings=[CONFIG, *sum(METHODS.values(), [])]):
        make = lambda name, *args: gin.get_configurable(name)(*args)
        lines = [
            "dip_vae.lambda_od = 10.",
            "dip_vae.lambda_d_factor = 10",
            "beta_tc_vae.beta = 10.",
        ]
        for line in lines:
            gin_utils.bind(line.split(" = ")[0], float(line.split(" = ")[1]))
        for name in ("vae", "dip_vae", "beta_tc_vae"):
            plain = make(name)
            plain.setup = TrainingSetup((4, 4, 1), 4, 9)
            expected = plain.regularizer(kl, z_mean, z_logvar, z)
            found = make(f"s2_{name}").unsupervised_regularizer(kl, z_mean, z_logvar, z)
            assert torch.equal(found, expected * (0.4 if name == "vae" else 1.0))


def test_supervised_only_trains_the_encoder_by_the_labels():
    model = bound("supervised")
    with gin_utils.configured(bindings=[CONFIG]):
        terms = model.terms(batch())
    encoder = list(model.encoder.parameters())
    reached = torch.autograd.grad(
        terms["reconstruction_loss"], encoder, allow_unused=True, retain_graph=True
    )
    assert all(gradient is None for gradient in reached)
    assert any(
        gradient is not None
        for gradient in torch.autograd.grad(terms["loss"], encoder, allow_unused=True)
    )


def test_what_the_supervised_loss_learns_is_trained_with_the_vae():
    for method in ("s2_vae", "s2_factor_vae"):
        groups = bound(method, "supervised_loss.loss_fn = @l2").parameter_groups()
        assert len(groups["vae"]["supervision"]) == 1
        assert "supervision" not in bound(method).parameter_groups()["vae"]


def test_mine_finds_the_information_of_a_sign():
    # y = +-1, x = y + N(0, 0.2): I(x; y) = 0.6589 nats (the reference's case). Below it stand an
    # independent latent, and above the other way round.
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    estimator = MutualInformationEstimator(1, 2)
    optimizer = torch.optim.Adam(estimator.parameters(), lr=0.01)
    for _ in range(200):
        labels = torch.randint(2, (1000, 1), generator=generator) * 2.0 - 1.0
        noise = torch.randn(1000, 2, generator=generator)
        latents = torch.cat([labels + math.sqrt(0.2) * noise[:, :1], noise[:, 1:]], dim=1)
        information = estimator(latents, labels, generator)
        optimizer.zero_grad()
        (-information.sum()).backward()
        optimizer.step()
    assert information[0, 0].item() == pytest.approx(0.65, abs=0.08)
    assert information[0, 1].item() == pytest.approx(0.0, abs=0.05)


def test_mine_by_hand():
    estimator = MutualInformationEstimator(1, 1)
    with torch.no_grad():
        for parameter in estimator.parameters():
            parameter.zero_()
        estimator.of_latent[0, 0, 0] = 1.0
        estimator.out[0, 0, 0] = 2.0
        estimator.out_bias[0, 0] = 0.5
    latents, labels = torch.tensor([[1.0], [-1.0]]), torch.zeros(2, 1)
    scores = [2 * 1.0 + 0.5, 2 * (math.exp(-1) - 1) + 0.5]
    expected = sum(scores) / 2 - math.log(sum(map(math.exp, scores)) / 2)
    found = estimator(latents, labels, torch.Generator())
    assert found.item() == pytest.approx(expected)


def test_mine_losses_reach_their_own_parameters():
    model = bound("s2_mine_vae")
    with gin_utils.configured(bindings=[CONFIG]):
        losses = model.losses(batch())
    groups = model.parameter_groups()
    assert set(losses) == set(groups) == {"vae", "mine"}
    assert set(groups["vae"]) == {"encoder", "decoder"}
    assert groups["mine"]["mine"] == list(model.supervision.parameters())
    assert losses["mine"].item() == model.last_terms["mine_loss"].item()


def test_labels_are_asked_for_in_one_line(tmp_path):
    without = "\n".join(
        line
        for line in CONFIG.splitlines()
        if not any(name in line for name in ("num_labelled", "percentage", "supervised_data_seed"))
    )
    without += "\nmodel.random_seed = 0\n"
    with pytest.raises(DlibError, match="S2BetaVAE needs labelled examples: bind model.num_lab"):
        train_with_gin(tmp_path / "run", gin_bindings=[without, SHORT])
    lines = ["model.num_labelled_samples = 5", "model.train_percentage = 1.0"]
    with pytest.raises(DlibError, match="model.supervised_data_seed is not set"):
        train_with_gin(tmp_path / "run", gin_bindings=[without, *lines, SHORT])
    config = CONFIG.replace("model.model_seed = 0", "")
    with pytest.raises(DlibError, match="model.random_seed is not set"):
        train_with_gin(tmp_path / "run", gin_bindings=[config, SHORT])
    with pytest.raises(DlibError, match="model.model_seed must lie in"):
        train_with_gin(tmp_path / "run", gin_bindings=[CONFIG, "model.model_seed = -1", SHORT])
    assert not (tmp_path / "run").exists()


def test_the_seeds_are_the_three(tmp_path):
    first, _ = train(tmp_path / "a")
    again, _ = train(tmp_path / "b")
    others = [
        train(tmp_path / name, f"model.{name} = 1")[0]
        for name in ("model_seed", "supervised_data_seed", "unsupervised_data_seed")
    ]
    assert first["loss"] == again["loss"]
    assert len({first["loss"], *(other["loss"] for other in others)}) == 4


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labels.gin").write_text(CONFIG + SHORT)
    assert train_semi_supervised.main(["--gin_config=labels.gin"]) == 0
    assert (tmp_path / "output/labels/0/model/module/module.json").exists()
    assert train_semi_supervised.main(["--nonsense"]) == 2
    assert "dlib_train_semi_supervised: unknown argument" in capsys.readouterr().err
