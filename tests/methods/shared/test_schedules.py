"""Learning rates that fall, and further optimizers."""

import gin
import pytest
import torch

from dlib.methods.shared import more_optimizers, schedules
from dlib.methods.shared.optimizers import make_vae_optimizer
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError


def test_piecewise_constant_changes_after_its_boundaries():
    rates = [
        schedules.piecewise_constant(step, boundaries=(3, 5), values=(0.2, 0.1, 0.01))
        for step in (0, 3, 4, 5, 6, 100)
    ]
    assert rates == [0.2, 0.2, 0.1, 0.1, 0.01, 0.01]


@pytest.mark.parametrize("boundaries", [(3,), (5, 3), (3, 3)])
def test_piecewise_constant_needs_rising_boundaries_and_one_value_more(boundaries):
    with pytest.raises(DlibError, match="piecewise_constant needs rising boundaries"):
        schedules.piecewise_constant(0, boundaries=boundaries, values=(0.2, 0.1, 0.01))


def test_exponential_decay():
    decay = lambda step, **more: schedules.exponential_decay(
        step, learning_rate=0.1, decay_steps=4, decay_rate=0.25, **more
    )
    assert [decay(step) for step in (0, 2, 4)] == pytest.approx([0.1, 0.05, 0.025])
    assert [decay(step, staircase=True) for step in (0, 3, 4)] == pytest.approx([0.1, 0.1, 0.025])


@pytest.mark.parametrize(
    ("lines", "rate"),
    [
        # The reference's cases: the rate after ten updates.
        (["GradientDescentOptimizer.learning_rate = 0.1"], 0.1),
        (["vae_optimizer.learning_rate = 0.1"], 0.1),
        (["vae_optimizer.learning_rate = @piecewise_constant",
          "piecewise_constant.boundaries = (3, 5)",
          "piecewise_constant.values = (0.2, 0.1, 0.01)"], 0.01),
        (["vae_optimizer.learning_rate = @exponential_decay",
          "exponential_decay.learning_rate = 0.1", "exponential_decay.decay_steps = 1",
          "exponential_decay.decay_rate = 0.9"], 0.03486784401),
    ],
)  # fmt: skip
def test_schedules_by_name(lines, rate):
    lines = ["vae_optimizer.optimizer_fn = @GradientDescentOptimizer", *lines]
    with gin_utils.configured(bindings=lines):
        optimizer = make_vae_optimizer([torch.nn.Parameter(torch.zeros(1))])
        (group,) = optimizer.param_groups
        assert group["schedule"](global_step=10) == pytest.approx(rate)
        assert group["lr"] == pytest.approx(group["schedule"](global_step=0))


@pytest.mark.parametrize("name", more_optimizers.TORCH_NAMES)
def test_pytorchs_optimizers_by_name(name):
    parameter = torch.nn.Parameter(torch.ones(2))
    lines = [f"vae_optimizer.optimizer_fn = @vae/{name}", f"vae/{name}.lr = 0.25"]
    with gin_utils.configured(bindings=lines):
        optimizer = make_vae_optimizer([parameter])
        assert isinstance(optimizer, getattr(torch.optim, name))
        assert optimizer.param_groups[0]["lr"] == 0.25
    with gin_utils.configured(bindings=[*lines, "vae_optimizer.learning_rate = 0.5"]):
        optimizer = make_vae_optimizer([parameter])
        assert optimizer.param_groups[0]["lr"] == 0.5
    parameter.sum().backward()
    optimizer.step()
    assert (parameter < 1).all()


def test_momentum_as_tensorflow_has_it():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = more_optimizers.MomentumOptimizer([parameter], learning_rate=0.1, momentum=0.5)
    nesterov = torch.nn.Parameter(torch.zeros(1))
    other = more_optimizers.MomentumOptimizer(
        [nesterov], learning_rate=0.1, momentum=0.5, use_nesterov=True
    )
    for _ in range(2):
        parameter.grad, nesterov.grad = torch.ones(1), torch.ones(1)
        optimizer.step()
        other.step()
    # a = 1, then 1.5; with Nesterov's form the steps are 1 + 0.5 a.
    assert parameter.item() == pytest.approx(-0.1 * (1 + 1.5))
    assert nesterov.item() == pytest.approx(-0.1 * (1.5 + 1.75))


def test_adagrad_as_tensorflow_has_it():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = more_optimizers.AdagradOptimizer(
        [parameter], learning_rate=0.1, initial_accumulator_value=3.0
    )
    parameter.grad = torch.ones(1)
    optimizer.step()
    assert parameter.item() == pytest.approx(-0.1 / 2)


def test_names_are_registered():
    for name in ("tf.train.MomentumOptimizer", "torch.optim.AdamW", "tf.train.exponential_decay"):
        assert gin.get_configurable(name)
