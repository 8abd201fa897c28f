"""Every unsupervised objective: its value by hand, its gradient, and two steps of training."""

import json
import math

import gin
import numpy as np
import pytest
import torch

from dlib.methods.shared.gaussian import compute_gaussian_kl
from dlib.methods.unsupervised import controller, vae
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.cascade_vae_c import CascadeVAEC
from dlib.methods.unsupervised.control_vae import ControlVAE, DynamicVAE
from dlib.methods.unsupervised.factorized_support import (
    FactorizedSupportVAE,
    hausdorff_factorized_support,
)
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError

TINY = """
encoder.encoder_fn = @test_encoder
decoder.decoder_fn = @test_decoder
encoder.num_latent = 3
reconstruction_loss.loss_fn = @bernoulli_loss
discriminator.discriminator_fn = @fc_discriminator
vae_optimizer.optimizer_fn = @AdamOptimizer
discriminator_optimizer.optimizer_fn = @AdamOptimizer
"""
SETUP = TrainingSetup((4, 4, 1), batch_size=5, training_steps=30, num_images=100)
MEAN = torch.tensor([[0.0, 2.0, -1.0], [1.0, 0.0, 1.0]])
LOGVAR = torch.tensor([[0.0, 0.0, 1.0], [-1.0, 0.5, 0.0]])

BINDINGS = {
    "annealed_vae": [
        "annealed_vae.gamma = 10.",
        "annealed_vae.c_max = 5",
        "annealed_vae.iteration_threshold = 7",
    ],
    "beta_tc_vae": ["beta_tc_vae.beta = 4."],
    "factor_vae": ["factor_vae.gamma = 10."],
    "dip_vae": ["dip_vae.lambda_od = 2.", "dip_vae.lambda_d_factor = 10."],
    "cascade_vae_c": [
        "cascade_vae_c.beta_l = 1.",
        "cascade_vae_c.beta_h = 10.",
        "cascade_vae_c.stage_steps = 1",
    ],
    "control_vae": ["control_vae.c_max = 10.", "control_vae.ramp_steps = 100"],
    "dynamic_vae": ["dynamic_vae.c_max = 10.", "dynamic_vae.ramp_steps = 100"],
    "factorized_support": ["factorized_support.beta = 1.", "factorized_support.gamma = 2."],
}
VARIANTS = {
    **BINDINGS,
    "dip_vae ii": [*BINDINGS["dip_vae"], "dip_vae.dip_type = 'ii'"],
    "factor_vae same": [
        *BINDINGS["factor_vae"],
        "factor_vae.permutation = 'same_batch'",
        "factor_vae.clip = 1e-6",
    ],
    "beta_tc_vae stratified": [*BINDINGS["beta_tc_vae"], "beta_tc_vae.estimator = 'stratified'"],
}


def bound(name, setup=SETUP):
    """The method of a variant's name, with tiny networks."""
    lines = [TINY, *VARIANTS[name], f"model.model = @{name.split()[0]}()"]
    with gin_utils.configured(bindings=lines):
        return gin.get_bindings("model")["model"].bind(setup, seed=3)


def batch_of(model, seed=0):
    """A batch as the method takes it."""
    images = torch.from_numpy(np.random.RandomState(seed).rand(2, 5, 1, 4, 4).astype(np.float32))
    return tuple(images) if getattr(model, "permutation", "") == "second_batch" else images[0]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_loss_and_its_gradient_are_those_of_its_terms(name):
    model = bound(name)
    with gin_utils.configured(bindings=[TINY]):
        noise = model.generator.get_state()
        terms = model.terms(batch_of(model))
        parts = [terms["reconstruction_loss"], terms["regularizer"]]
        assert torch.equal(terms["loss"], parts[0] + parts[1])
        parameters = [p for group in model.parameter_groups()["vae"].values() for p in group]
        of_parts = [torch.autograd.grad(p, parameters, retain_graph=True) for p in parts[:1]]
        of_parts.append(
            torch.autograd.grad(parts[1], parameters, retain_graph=True, allow_unused=True)
        )
        of_loss = torch.autograd.grad(terms["loss"], parameters)
        for total, one, two in zip(of_loss, *of_parts, strict=True):
            assert torch.allclose(total, one + (0 if two is None else two), rtol=1e-4, atol=1e-5)
        assert torch.equal(terms["elbo"], -(terms["reconstruction_loss"] + terms["kl_loss"]))
        model.generator.set_state(noise)
        again = model.losses(batch_of(model))["vae"]
        assert torch.equal(again, terms["loss"])


CONFIG = (
    TINY.replace("num_latent = 3", "num_latent = 4")
    + """
dataset.name = "dummy_data"
model.batch_size = 3
model.training_steps = 2
model.random_seed = 0
model.eval_steps = 2
train.device = "cpu"
train.progress = False
"""
)


@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "beta_tc_vae stratified"])
def test_two_steps_of_training(name, tmp_path):
    lines = [CONFIG, *VARIANTS[name], f"model.model = @{name.split()[0]}()"]
    train_with_gin(tmp_path, gin_bindings=lines)
    results = json.loads((tmp_path / "results/json/train_results.json").read_text())
    assert results["global_step"] == 2
    names = ("loss", "reconstruction_loss", "regularizer", "kl_loss", "elbo")
    assert all(math.isfinite(results[term]) for term in names)
    key = f"{name.split()[0]}.{BINDINGS[name.split()[0]][0].split(' ')[0].split('.')[1]}"
    assert key in json.loads((tmp_path / "results/json/train_config.json").read_text())


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["model.model = @annealed_vae()"], "annealed_vae.gamma and annealed_vae.c_max and"),
        (
            ["model.model = @dip_vae()", "dip_vae.lambda_od = -1", "dip_vae.lambda_d_factor = 1"],
            "dip_vae.lambda_od must be a number >= 0, got -1.",
        ),
        (
            ["model.model = @dip_vae()", *BINDINGS["dip_vae"], "dip_vae.dip_type = 'iii'"],
            "dip_vae.dip_type must be one of i, ii; got 'iii'.",
        ),
        (
            ["model.model = @beta_tc_vae()", "beta_tc_vae.beta = 'six'"],
            "beta_tc_vae.beta must be a number >= 0, got 'six'.",
        ),
        (
            ["model.model = @beta_tc_vae()", *VARIANTS["beta_tc_vae stratified"]],
            "this one is a sampler: use 'minibatch_weighted'.",
        ),
        (
            [
                "model.model = @annealed_vae()",
                *BINDINGS["annealed_vae"],
                "annealed_vae.iteration_threshold = 0",
            ],
            "annealed_vae.iteration_threshold must be a number > 0, got 0.",
        ),
        (
            [
                "model.model = @cascade_vae_c()",
                *BINDINGS["cascade_vae_c"],
                "cascade_vae_c.stage_steps = 0",
            ],
            "cascade_vae_c.stage_steps must be a whole number >= 1, got 0.",
        ),
        (
            [
                "model.model = @factorized_support()",
                *BINDINGS["factorized_support"],
                "encoder.num_latent = 1",
            ],
            "encoder.num_latent of at least 2, got 1",
        ),
        (
            ["model.model = @dynamic_vae()", *BINDINGS["dynamic_vae"], "dynamic_vae.smoothing = 2"],
            "1 - dynamic_vae.smoothing must be a number >= 0, got -1.",
        ),
    ],
)
def test_bad_settings_are_told_in_one_line_before_any_work(lines, said, tmp_path):
    with pytest.raises(DlibError) as error:
        train_with_gin(tmp_path / "run", gin_bindings=[CONFIG, *lines])
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


# --- AnnealedVAE ---------------------------------------------------------------------------------


def test_annealed_capacity_rises_linearly_and_stops():
    # The reference's own cases.
    assert [vae.anneal(100.0, step, 100) for step in (0, 10, 100, 101)] == [0.0, 10.0, 100.0, 100.0]


def test_annealed_modulus_is_taken_of_the_batch_mean():
    model = vae.AnnealedVAE(gamma=10.0, c_max=8.0, iteration_threshold=4)
    model.global_step = 1  # C = 2
    kl = compute_gaussian_kl(torch.tensor([[0.0], [4.0]]), torch.zeros(2, 1))  # (0 + 8) / 2 = 4
    assert kl == 4
    assert model.regularizer(kl, None, None, None) == 10.0 * (4 - 2)
    model.global_step = 3  # C = 6; the mean of |KL_i - C| would be (6 + 2) / 2 = 4
    assert model.regularizer(kl, None, None, None) == 10.0 * (6 - 4)


def test_annealed_capacity_is_of_the_step_not_of_the_calls():
    model = bound("annealed_vae")
    with gin_utils.configured(bindings=[TINY]):
        for _ in range(3):
            model.losses(batch_of(model))
    assert model.capacity() == 0.0


# --- CascadeVAE-C --------------------------------------------------------------------------------


def test_cascade_opens_one_latent_a_stage():
    model = bound("cascade_vae_c")
    kl = torch.tensor([0.5, 2.0, 4.5])  # mean^2 / 2 of the means below
    z_mean, z_logvar = torch.tensor([[1.0, 2.0, 3.0]]), torch.zeros(1, 3)
    weights = {0: [1, 10, 10], 1: [1, 1, 10], 2: [1, 1, 1], 29: [1, 1, 1]}
    for step, weight in weights.items():
        model.global_step = step
        expected = (torch.tensor(weight) * kl).sum()
        assert torch.isclose(model.regularizer(None, z_mean, z_logvar, None), expected)


def test_cascade_stages_last_until_the_end_and_are_cut_by_it():
    model = CascadeVAEC(1.0, 10.0, stage_steps=8)
    model.num_latent = 3
    for steps, ends in [(30, [8, 16, 30]), (24, [8, 16, 24]), (12, [8, 12]), (5, [5])]:
        model.setup = TrainingSetup((4, 4, 1), 5, steps)
        assert [stage.end for stage in model.stages()] == ends
        assert model.stages()[0].start == 0


# --- ControlVAE, DynamicVAE ----------------------------------------------------------------------


def test_set_point_rises_in_steps():
    points = [controller.set_point(0.5, 18.5, 20, 5, step) for step in (0, 4, 5, 19, 20, 1000)]
    assert points == [0.5, 0.5, 5.0, 14.0, 18.5, 18.5]


def test_position_form_by_hand():
    # e = 0: half of k_p, no change of the sum.
    assert controller.position_form(0.0, 0.25, 1.0, 0.5, 0.1, 1.0, 9.0) == (1.5, 0.25, 1.5)
    # e = -2 (the KL is above its set point): the pressure rises.
    beta, integral, wanted = controller.position_form(-2.0, 0.0, 1.0, 1.0, 0.1, 1.0, 9.0)
    assert integral == pytest.approx(0.2)
    assert beta == wanted == pytest.approx(1 / (1 + math.exp(-2)) + 0.2 + 1)
    # Beta was above its limit: the sum waits, and beta is cut.
    assert controller.position_form(-2.0, 9.0, 9.5, 0.0, 0.1, 1.0, 9.0) == (9.0, 9.0, 10.0)


def test_incremental_form_by_hand():
    sigmoid = lambda x: 1 / (1 + math.exp(-x))
    expected = 150 + 0.5 * (sigmoid(3) - sigmoid(1)) + 0.25 * 3
    assert controller.incremental_form(-3.0, -1.0, 150.0, 0.5, 0.25, 1.0) == pytest.approx(expected)
    assert controller.incremental_form(900.0, 0.0, 2.0, 0.5, 0.25, 1.0) == 1.0


@pytest.mark.parametrize("name", ["control_vae", "dynamic_vae"])
def test_controllers_change_once_an_update_and_are_saved(name):
    model, resumed = bound(name), bound(name)
    with gin_utils.configured(bindings=[TINY]):
        before = model.memory
        model.terms(batch_of(model))
        assert model.memory == before
        losses = [model.losses(batch_of(model, seed))["vae"].item() for seed in (1, 2)]
        assert model.memory != before
        resumed.losses(batch_of(resumed, 0))  # takes the noise of model.terms
        resumed.memory = before
        resumed.losses(batch_of(resumed, 1))
        state = json.loads(json.dumps(resumed.extra_state()))
        resumed.memory = (None,)
        resumed.load_extra_state(state)
        assert resumed.losses(batch_of(resumed, 2))["vae"].item() == losses[1]
        assert resumed.pressure() == model.pressure()


def test_control_vae_weighs_the_kl_by_its_pressure():
    model = ControlVAE(c_max=2.0, ramp_steps=1, c_start=2.0, k_p=0.5, k_i=0.1)
    # e = 2 - 5 = -3
    value = model.regularizer(torch.tensor(5.0), None, None, None)
    assert value.item() == pytest.approx(5 * (0.5 / (1 + math.exp(-3)) + 0.3 + 1))


def test_dynamic_vae_starts_high_and_smooths():
    model = DynamicVAE(c_max=4.0, ramp_steps=2, k_p=0.0, k_i=0.1, beta_init=50.0, smoothing=0.75)
    model.global_step = 1  # the set point is 2
    value = model.regularizer(torch.tensor(8.0), None, None, None)  # y = 6, e = -4
    assert value.item() == pytest.approx(8 * 50.4)
    assert model._next_memory == pytest.approx((50.4, -4.0, 6.0))


# --- factorized support --------------------------------------------------------------------------


def test_support_distance_of_a_diagonal_and_of_a_product():
    # Points (0, 0) and (1, 1): the combination (0, 1) is 1 away from either.
    points = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    every = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert hausdorff_factorized_support(points, every) == 1.0
    assert hausdorff_factorized_support(points, every[[0, 3]]) == 0.0
    # A grid's support is a product.
    grid = torch.cartesian_prod(torch.arange(3.0), torch.arange(3.0))
    pairs = torch.cartesian_prod(torch.arange(9), torch.arange(9))
    assert hausdorff_factorized_support(grid, pairs) == 0.0


def test_support_distances_of_pairs_add_up():
    # Columns 0 and 1 are equal, column 2 is constant: only the first pair is not a product.
    points = torch.tensor([[0.0, 0.0, 7.0], [2.0, 2.0, 7.0]])
    every = torch.cartesian_prod(*[torch.arange(2)] * 3)
    assert hausdorff_factorized_support(points, every) == 4.0


def test_support_regularizer_adds_its_terms():
    model = FactorizedSupportVAE(beta=3.0, gamma=2.0)
    model.generator = torch.Generator().manual_seed(0)
    points = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    value = model.regularizer(torch.tensor(5.0), points, None, None)
    assert model.reported["support_distance"] == 1.0  # 100 draws of 4 combinations miss none
    assert value == 3 * 5 + 2 * 1
