import numpy as np
import pytest
import torch

from dlib.methods.shared import optimizers
from dlib.utils.errors import DlibError


def tensorflow_adam(p, gradients, lr, beta1, beta2, eps):
    """Adam as TensorFlow documents it: epsilon outside the bias correction."""
    m = v = 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        p = p - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps)
    return p


def take_steps(optimizer, parameter, gradients):
    for gradient in gradients:
        parameter.grad = torch.tensor([gradient], dtype=parameter.dtype)
        optimizer.step()


GRADIENTS = [0.3, -0.02, 0.001, 0.5]


@pytest.mark.parametrize("eps", [1e-8, 1e-3])
def test_adam_has_tensorflow_s_epsilon(eps):
    p = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer = optimizers.AdamOptimizer([p], learning_rate=0.1, beta1=0.8, beta2=0.9, epsilon=eps)
    take_steps(optimizer, p, GRADIENTS)
    assert p.item() == pytest.approx(tensorflow_adam(1.0, GRADIENTS, 0.1, 0.8, 0.9, eps), abs=1e-12)


def test_adam_counts_its_updates_across_a_restored_state():
    p = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer = optimizers.AdamOptimizer([p], learning_rate=0.1, epsilon=1e-3)
    take_steps(optimizer, p, GRADIENTS[:2])
    again = optimizers.AdamOptimizer([p], learning_rate=0.1, epsilon=1e-3)
    again.state[p] = optimizer.state[p]
    take_steps(again, p, GRADIENTS[2:])
    assert p.item() == pytest.approx(
        tensorflow_adam(1.0, GRADIENTS, 0.1, 0.9, 0.999, 1e-3), abs=1e-12
    )


def test_adam_starts_anew_when_its_moments_are_cleared():
    p = torch.nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer = optimizers.AdamOptimizer([p], learning_rate=0.1, epsilon=1e-3)
    take_steps(optimizer, p, GRADIENTS[:2])
    optimizer.state.clear()
    start = p.item()
    take_steps(optimizer, p, GRADIENTS[2:])
    assert p.item() == pytest.approx(
        tensorflow_adam(start, GRADIENTS[2:], 0.1, 0.9, 0.999, 1e-3), abs=1e-12
    )


def test_gradient_descent():
    p = torch.nn.Parameter(torch.tensor([1.0]))
    take_steps(optimizers.GradientDescentOptimizer([p], learning_rate=0.5), p, [1.0, 0.2])
    assert p.item() == pytest.approx(1.0 - 0.5 - 0.1)


def test_the_scoped_names_of_the_reference_bind(configured):
    bindings = [
        "vae_optimizer.optimizer_fn = @vae/AdamOptimizer",
        "discriminator_optimizer.optimizer_fn = @discriminator/AdamOptimizer",
        "vae/AdamOptimizer.learning_rate = 0.25",
        "discriminator/AdamOptimizer.beta1 = 0.5",
        "vae/AdamOptimizer.use_locking = False",
        "vae/AdamOptimizer.name = 'Adam'",
    ]
    p = torch.nn.Parameter(torch.zeros(1))
    with configured(bindings=bindings):
        vae = optimizers.make_vae_optimizer([p])
        discriminator = optimizers.make_discriminator_optimizer([p])
    assert vae.param_groups[0]["lr"] == 0.25
    assert vae.param_groups[0]["schedule"](global_step=7) == 0.25
    assert discriminator.param_groups[0]["betas"] == (0.5, 0.999)


def test_learning_rate_as_a_number_and_as_a_decay():
    p = torch.nn.Parameter(torch.zeros(1))
    make = optimizers.make_vae_optimizer
    number = make([p], optimizer_fn=optimizers.AdamOptimizer, learning_rate=0.5)
    assert number.param_groups[0]["schedule"](global_step=3) == 0.5
    decay = make(
        [p],
        optimizer_fn=optimizers.GradientDescentOptimizer,
        learning_rate=lambda global_step: 2.0**-global_step,
    )
    assert decay.param_groups[0]["schedule"](global_step=3) == 0.125


ADAM = "vae_optimizer.optimizer_fn = @AdamOptimizer"


@pytest.mark.parametrize(
    ("bindings", "message"),
    [
        ([ADAM, "AdamOptimizer.beta1 = 2.0"], "AdamOptimizer.beta1 must .* < 1, got 2.0"),
        ([ADAM, "AdamOptimizer.beta2 = 1"], "AdamOptimizer.beta2 must .* < 1, got 1"),
        ([ADAM, "AdamOptimizer.beta1 = -0.1"], "AdamOptimizer.beta1 must be a number >= 0"),
        ([ADAM, "AdamOptimizer.epsilon = 'x'"], "AdamOptimizer.epsilon must .* got 'x'"),
        ([ADAM, "vae_optimizer.learning_rate = 'x'"], "vae_optimizer.learning_rate must .* 'x'"),
        (["vae_optimizer.optimizer_fn = @vae_optimizer"], "makes an optimizer, .*; got make_vae_"),
        (["vae_optimizer.optimizer_fn = @a/vae_optimizer"], "makes an optimizer, such as @Adam"),
        (["vae_optimizer.optimizer_fn = @vae"], "makes an optimizer, .*; got BetaVAE"),
        (
            ["vae_optimizer.optimizer_fn = @Adam", "Adam.betas = (2.0, 0.9)"],
            r"@Adam: PyTorch refuses its settings \(Invalid beta .*\): correct Adam\.\*",
        ),
        (
            ["vae_optimizer.optimizer_fn = @SGD", "SGD.momentum = 'x'"],
            "@SGD: PyTorch refuses its settings",
        ),
        (
            [
                "vae_optimizer.optimizer_fn = @MomentumOptimizer",
                "MomentumOptimizer.learning_rate = 0.1",
                "MomentumOptimizer.momentum = 'x'",
            ],
            "MomentumOptimizer.momentum must be a number >= 0, got 'x'",
        ),
        (
            [
                "vae_optimizer.optimizer_fn = @MomentumOptimizer",
                "MomentumOptimizer.learning_rate = 0.1",
                "MomentumOptimizer.momentum = 0.0",
                "MomentumOptimizer.use_nesterov = True",
            ],
            "MomentumOptimizer.momentum must be a number > 0, got 0.0",
        ),
        (
            [
                "vae_optimizer.optimizer_fn = @AdagradOptimizer",
                "AdagradOptimizer.learning_rate = 0.1",
                "AdagradOptimizer.initial_accumulator_value = -1",
            ],
            "AdagradOptimizer.initial_accumulator_value must be a number >= 0, got -1",
        ),
    ],
)
def test_wrong_values_are_one_line(configured, bindings, message):
    with pytest.raises(DlibError, match=message) as error, configured(bindings=bindings):
        optimizers.make_vae_optimizer([torch.nn.Parameter(torch.zeros(1))])
    assert "\n" not in str(error.value)


def test_a_function_that_makes_something_else_is_no_optimizer():
    def list_of(params):
        return params

    with pytest.raises(DlibError, match="makes an optimizer, such as @AdamOptimizer; got list_of"):
        optimizers.make_vae_optimizer([torch.nn.Parameter(torch.zeros(1))], list_of)


def test_a_mistake_inside_a_function_of_the_user_keeps_its_traceback():
    def own(params):
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        optimizers.make_vae_optimizer([torch.nn.Parameter(torch.zeros(1))], own)
