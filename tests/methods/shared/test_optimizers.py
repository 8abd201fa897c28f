import numpy as np
import pytest
import torch

from dlib.methods.shared import optimizers


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
