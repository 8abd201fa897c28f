import copy

import pytest
import torch

from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.deft import DEFT
from dlib.methods.unsupervised.device import RunSettings
from dlib.methods.unsupervised.training_loop import TrainingLoop
from dlib.methods.unsupervised.vae import BetaVAE
from dlib.utils.errors import DlibError

SETUP = TrainingSetup((16, 16, 1), batch_size=8, num_images=64)
STAGE = 4  # updates
BETAS = [8.0, 2.0, 0.5]
SGD = """
vae_optimizer.optimizer_fn = @GradientDescentOptimizer
GradientDescentOptimizer.learning_rate = 0.001
"""


class RandomImages:
    """Batches of random black and white images, the same for the same seed."""

    batch_size = 8

    def __init__(self):
        self.generator = torch.Generator().manual_seed(1)

    def next_batch(self):
        return torch.rand(8, 1, 16, 16, generator=self.generator, dtype=torch.float64).round()

    def state_dict(self):
        return {}


def make_deft(**settings):
    values = {"betas": BETAS, "group_size": 2, "gamma": 0.1, "stage_steps": STAGE, **settings}
    return DEFT(**values).bind(SETUP, seed=3).double()


def run(model, folder, callbacks=()):
    settings = RunSettings(progress=False, log_every=1, callbacks=callbacks)
    loop = TrainingLoop(
        model, None, RandomImages(), settings, torch.device("cpu"), folder, config=""
    )
    loop.run()
    return loop


@pytest.fixture
def networks(configured, tiny_networks):
    with configured(bindings=[tiny_networks, "encoder.num_latent = 6"]):
        yield


@pytest.fixture
def networks_with_sgd(configured, tiny_networks):
    with configured(bindings=[tiny_networks, "encoder.num_latent = 6", SGD]):
        yield


def weights(model):
    return [p.detach().clone() for p in model.parameters()]


def trained(folder, **settings):
    model = make_deft(**settings)
    run(model, folder)
    return weights(model)


def largest_difference(one, other):
    return max((a - b).abs().max().item() for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("scaling", ["gradient_hook", "parameter_gradient"])
def test_without_momentum_the_three_scalings_are_one(networks_with_sgd, tmp_path, scaling):
    algorithm_1 = trained(tmp_path / "a")
    assert largest_difference(algorithm_1, trained(tmp_path / "b", scaling=scaling)) < 1e-12
    assert largest_difference(algorithm_1, trained(tmp_path / "c", gamma=1.0)) > 1e-6


@pytest.mark.parametrize("scaling", ["gradient_hook", "parameter_gradient"])
def test_for_a_power_of_two_they_are_one_to_the_bit(networks_with_sgd, tmp_path, scaling):
    algorithm_1 = trained(tmp_path / "a", gamma=0.25)
    assert (
        largest_difference(algorithm_1, trained(tmp_path / "b", gamma=0.25, scaling=scaling)) == 0
    )


def test_adam_normalises_a_scaled_gradient_away(networks, tmp_path):
    algorithm_1 = trained(tmp_path / "a")
    hook = trained(tmp_path / "b", scaling="gradient_hook")
    parameter = trained(tmp_path / "c", scaling="parameter_gradient")
    assert largest_difference(hook, parameter) < 1e-9
    assert largest_difference(algorithm_1, hook) > 1e-4


class PressureOfStages(Callback):
    """Gives a beta-VAE the pressures of DEFT's stages."""

    def on_update(self, loop):
        loop.model.beta = BETAS[min(loop.step // STAGE, len(BETAS) - 1)]


def test_gamma_1_is_a_beta_vae_with_the_pressures_of_the_stages(networks, tmp_path):
    deft = make_deft(gamma=1.0)
    vae = BetaVAE(beta=BETAS[0])
    vae.setup = TrainingSetup((16, 16, 1), 8, training_steps=3 * STAGE)
    vae.encoder, vae.decoder = copy.deepcopy(deft.encoder), copy.deepcopy(deft.decoder)
    vae.num_latent = 6
    vae.generator = torch.Generator().manual_seed(3)
    run(deft, tmp_path / "deft")
    run(vae, tmp_path / "vae", [PressureOfStages()])
    assert largest_difference(weights(deft), weights(vae)) == 0


class EncodersByStage(Callback):
    """Keeps every encoder's weights at the start and at each stage's end."""

    def __init__(self, model):
        self.seen = [self.snapshot(model)]

    def snapshot(self, model):
        return [weights(encoder) for encoder in model.encoder.encoders]

    def on_stage_end(self, loop, stage_index):
        self.seen.append(self.snapshot(loop.model))

    def moved(self, stage):
        before, after = self.seen[stage], self.seen[stage + 1]
        return [largest_difference(a, b) > 0 for a, b in zip(before, after, strict=True)]


@pytest.mark.parametrize(
    ("settings", "moved"),
    [
        # stage 1, 2, 3; in each, which of the three encoders moves
        ({"gamma": 0.1}, [[1, 1, 1], [1, 1, 1], [1, 1, 1]]),
        ({"gamma": 0.0}, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ({"gamma": 0.1, "later_groups": "frozen"}, [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        ({"gamma": 0.1, "later_groups": "silent"}, [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        ({"gamma": 0.0, "later_groups": "full"}, [[1, 1, 1], [0, 1, 1], [0, 0, 1]]),
    ],
)
def test_which_encoders_move_in_which_stage(networks, tmp_path, settings, moved):
    model = make_deft(**settings)
    encoders = EncodersByStage(model)
    decoder = weights(model.decoder)
    run(model, tmp_path, [encoders])
    assert [encoders.moved(stage) for stage in range(3)] == [
        [bool(m) for m in row] for row in moved
    ]
    assert largest_difference(decoder, weights(model.decoder)) > 0


def test_learning_rates_follow_algorithm_1(networks):
    model = make_deft(gamma=0.1)
    for stage in range(3):
        factors = [model.learning_rate_factor(f"encoder.{i}", stage * STAGE) for i in range(3)]
        assert factors == [1.0 if i == stage else 0.1 for i in range(3)]
        assert model.learning_rate_factor("decoder", stage * STAGE) == 1.0


def test_the_loss_is_the_beta_vae_s_at_the_stage_s_pressure(networks):
    model = make_deft()
    images = RandomImages().next_batch()
    for step, beta in [(0, 8.0), (STAGE - 1, 8.0), (STAGE, 2.0), (3 * STAGE - 1, 0.5), (99, 0.5)]:
        model.global_step = step
        terms = {name: term.item() for name, term in model.terms(images).items()}
        expected = terms["reconstruction_loss"] + beta * terms["kl_loss"]
        assert terms["loss"] == pytest.approx(expected, rel=1e-12)
        assert terms["elbo"] == pytest.approx(
            -terms["reconstruction_loss"] - terms["kl_loss"], rel=1e-12
        )


def test_silent_groups_are_pure_noise_until_their_stage(networks):
    model = make_deft(later_groups="silent")
    images = RandomImages().next_batch()
    mean, logvar = model.encode(images)
    assert mean[:, :2].any()
    assert not mean[:, 2:].any()
    assert not logvar[:, 2:].any()
    model.global_step = 2 * STAGE
    assert model.encode(images)[0][:, 4:].any()


def test_a_shared_encoder_is_grouped_by_its_latents(networks):
    model = make_deft(encoder="shared", scaling="gradient_hook", later_groups="frozen")
    model.global_step = STAGE
    mean, logvar = model.encode(RandomImages().next_batch())
    mean.retain_grad()
    seen = {}
    model.encoder.mean.weight.register_hook(lambda g: seen.update(weight=g))
    (mean.sum() + logvar.sum()).backward()
    rows = seen["weight"].abs().sum(1)  # of the mean's head, one row a latent
    # d mean.sum() / d weight is the sum of hidden units for every latent, scaled by its group.
    torch.testing.assert_close(rows / rows[2], torch.tensor([0.1, 0.1, 1, 1, 0, 0]).double())


def test_the_paper_s_dsprites_stages_last_20160_updates():
    model = DEFT(betas=[70, 30, 12, 4], group_size=3, epochs_per_stage=7)
    stages = model._lay_out_stages(TrainingSetup((64, 64, 1), 256, num_images=737280)).stages
    assert [(s.start, s.end) for s in stages] == [
        (0, 20160), (20160, 40320), (40320, 60480), (60480, 80640),
    ]  # fmt: skip


def test_a_short_last_batch_counts_as_an_update():
    model = DEFT(betas=[4, 1], group_size=1, epochs_per_stage=[1, 2])
    stages = model._lay_out_stages(TrainingSetup((64, 64, 1), 10, num_images=25)).stages
    assert [(s.start, s.end) for s in stages] == [(0, 3), (3, 9)]


def test_at_a_stages_end_a_loaded_model_hears_the_groups_that_have_had_their_stage(networks):
    model = make_deft(later_groups="silent")
    x = RandomImages().next_batch()
    for stage, heard in enumerate([2, 4, 6]):
        model.global_step = model.stages()[stage].end
        mean, logvar = model.eval().encode(x)
        assert (mean[:, :heard] != 0).all()
        assert (mean[:, heard:] == 0).all()
        assert (logvar[:, heard:] == 0).all()
    model.global_step = model.stages()[0].end
    assert (model.train().encode(x)[0][:, 2:4] != 0).all()  # the next update is the next stage's


def test_fresh_moments_change_what_adam_does_after_the_first_stage(networks, tmp_path):
    kept = trained(tmp_path / "a", stage_steps=[2, 1, 1])
    fresh = trained(tmp_path / "b", stage_steps=[2, 1, 1], reset_optimizer=True)
    assert largest_difference(kept, fresh) > 1e-5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"group_size": [2, 2]}, "group_size = .* has 2 values for the 3 stages"),
        ({"group_size": 0}, "group_size must be a whole number >= 1"),
        ({"group_size": None}, "group_size must be a whole number >= 1, got None"),
        ({"group_size": 2.0}, "group_size must be a whole number >= 1, got 2.0"),
        ({"stage_steps": 3.5}, "stage_steps must be a whole number >= 1, got 3.5"),
        ({"stage_steps": True}, "stage_steps must be a whole number >= 1, got True"),
        ({"adaptive_stages": True}, "None or @information_plateau"),
        ({"betas": "70"}, "one number per stage, got '70'"),
        ({"betas": ["a", 1.0, 1.0]}, "betas must be a number >= 0, got 'a'"),
        ({"gamma": "x"}, "gamma must be a number >= 0, got 'x'"),
        ({"stage_steps": [4, 4]}, "stage_steps .* has 2 values"),
        ({"stage_steps": None}, "either deft.epochs_per_stage or deft.stage_steps"),
        ({"epochs_per_stage": 1}, "either deft.epochs_per_stage or deft.stage_steps"),
        ({"betas": []}, "one number per stage"),
        ({"betas": [4.0, -1.0, 1.0]}, "betas must be a number >= 0"),
        ({"gamma": 1.5}, r"gamma must lie in \[0, 1\]"),
        ({"scaling": "momentum"}, "scaling must be one of learning_rate"),
        ({"later_groups": "loud"}, "later_groups must be one of"),
        ({"reset_optimizer": "x"}, "reset_optimizer must be True or False, got 'x'"),
        ({"encoder": "none"}, "encoder must be one of"),
        ({"encoder": "shared"}, "use 'gradient_hook'"),
        ({"group_size": 3}, "hold 9 latents"),
    ],
)
def test_contradictions_are_told_before_any_work(networks, settings, message):
    with pytest.raises(DlibError, match=message):
        make_deft(**settings)


def test_training_steps_and_stages_must_agree(networks):
    setup = TrainingSetup((16, 16, 1), 8, training_steps=100)
    with pytest.raises(DlibError, match="training_steps = 100, but the 3 stages of deft last 12"):
        DEFT(betas=BETAS, group_size=2, stage_steps=4).bind(setup)


def test_epochs_need_stored_images(networks):
    with pytest.raises(DlibError, match="bind deft.stage_steps"):
        DEFT(betas=BETAS, group_size=2, epochs_per_stage=4).bind(TrainingSetup((16, 16, 1), 8))
