"""Further optimizers: two more by TensorFlow's names, and PyTorch's own by theirs.

``vae_optimizer.optimizer_fn = @MomentumOptimizer``, or ``@AdamW`` with ``AdamW.lr = 0.001``.
"""

import gin
import torch

from dlib.methods.shared.settings import above, at_least

TORCH_NAMES = (
    "Adadelta",
    "Adagrad",
    "Adam",
    "Adamax",
    "AdamW",
    "NAdam",
    "RAdam",
    "RMSprop",
    "SGD",
)

for _name in TORCH_NAMES:
    gin.external_configurable(
        getattr(torch.optim, _name), name=_name, module="torch.optim", denylist=["params"]
    )


@gin.configurable("MomentumOptimizer", module="tf.train", denylist=["params"])
def MomentumOptimizer(
    params,
    learning_rate=gin.REQUIRED,
    momentum=gin.REQUIRED,
    use_locking=False,
    name="Momentum",
    use_nesterov=False,
):
    """Momentum as TensorFlow has it: a = momentum a + g; p -= lr a, or lr (g + momentum a)."""
    del use_locking, name
    at_least("MomentumOptimizer.learning_rate", learning_rate)
    # PyTorch has no Nesterov update without momentum.
    (above if use_nesterov else at_least)("MomentumOptimizer.momentum", momentum)
    return torch.optim.SGD(params, lr=learning_rate, momentum=momentum, nesterov=use_nesterov)


@gin.configurable("AdagradOptimizer", module="tf.train", denylist=["params"])
def AdagradOptimizer(
    params,
    learning_rate=gin.REQUIRED,
    initial_accumulator_value=0.1,
    use_locking=False,
    name="Adagrad",
):
    """Adagrad as TensorFlow has it: a += g^2; p -= lr g / sqrt(a), where a starts above 0."""
    del use_locking, name
    at_least("AdagradOptimizer.learning_rate", learning_rate)
    at_least("AdagradOptimizer.initial_accumulator_value", initial_accumulator_value)
    return torch.optim.Adagrad(
        params, lr=learning_rate, initial_accumulator_value=initial_accumulator_value, eps=0.0
    )
