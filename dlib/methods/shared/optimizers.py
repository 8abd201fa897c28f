"""Optimizers by gin name, with TensorFlow's argument names.

An optimizer function takes parameter groups and gives a ``torch.optim.Optimizer``; everything else
is bound by gin, as in ``vae_optimizer.optimizer_fn = @vae/AdamOptimizer``.
"""

import inspect
import math

import gin
import torch

from dlib.methods.shared.settings import at_least, function
from dlib.utils.errors import DlibError
from dlib.utils.gin_errors import message_of


class TensorFlowAdam(torch.optim.Adam):
    """Adam with epsilon where TensorFlow has it.

    TensorFlow: p -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps). PyTorch adds its
    epsilon after the correction of v, so ours is eps / sqrt(1 - beta2^t) there. The two differ
    visibly only for a large epsilon or in the first steps.
    """

    def __init__(self, params, lr, betas, eps):
        super().__init__(params, lr=lr, betas=betas, eps=eps)
        devices = {p.device.type for group in self.param_groups for p in group["params"]}
        if devices <= {"cpu", "cuda"}:  # elsewhere PyTorch has not had it for long
            self.defaults["fused"] = True
            for group in self.param_groups:
                group["fused"] = True
        self.epsilon = eps
        self._updates = None  # t; not read from the state each time, which would wait for a GPU

    def step(self, closure=None):
        """One update."""
        if not self.state:
            self._updates = 0
        elif self._updates is None:  # the state was restored
            self._updates = int(max(moments["step"] for moments in self.state.values()))
        self._updates += 1
        for group in self.param_groups:
            group["eps"] = self.epsilon / math.sqrt(1 - group["betas"][1] ** self._updates)
        return super().step(closure)


@gin.configurable("AdamOptimizer", module="tf.train", denylist=["params"])
def AdamOptimizer(
    params,
    learning_rate=0.001,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    use_locking=False,
    name="Adam",
):
    """Adam (Kingma & Ba 2015) as TensorFlow has it; ``use_locking`` and ``name`` change nothing."""
    del use_locking, name
    at_least("AdamOptimizer.learning_rate", learning_rate)
    _decay("AdamOptimizer.beta1", beta1)
    _decay("AdamOptimizer.beta2", beta2)
    at_least("AdamOptimizer.epsilon", epsilon)
    return TensorFlowAdam(params, lr=learning_rate, betas=(beta1, beta2), eps=epsilon)


@gin.configurable("GradientDescentOptimizer", module="tf.train", denylist=["params"])
def GradientDescentOptimizer(
    params, learning_rate=gin.REQUIRED, use_locking=False, name="GradientDescent"
):
    """Plain gradient descent: p -= lr g."""
    del use_locking, name
    at_least("GradientDescentOptimizer.learning_rate", learning_rate)
    return torch.optim.SGD(params, lr=learning_rate)


def _decay(name, value):
    """Checks that the decay rate of a moment lies in [0, 1)."""
    if at_least(name, value) >= 1:
        raise DlibError(f"{name} must be a number >= 0 and < 1, got {value!r}.")


def _make_optimizer(params, optimizer_fn, learning_rate, name="optimizer"):
    """An optimizer whose groups remember their ``schedule``: the learning rate by global step."""
    function(f"{name}.optimizer_fn", optimizer_fn, "@AdamOptimizer")
    calls_one = "optimizer_fn" in inspect.signature(optimizer_fn).parameters  # even itself
    if calls_one or (isinstance(optimizer_fn, type) and not _is_torch(optimizer_fn)):
        raise _no_optimizer(name, optimizer_fn)
    settings = {}
    if learning_rate is not None:
        first = learning_rate(global_step=0) if callable(learning_rate) else learning_rate
        at_least(f"{name}.learning_rate", first)
        settings = {_name_of_learning_rate(optimizer_fn): first}
    try:
        optimizer = optimizer_fn(params, **settings)
    except (TypeError, ValueError) as error:
        if not _is_torch(optimizer_fn):
            raise
        raise DlibError(
            f"{name}.optimizer_fn = @{optimizer_fn.__name__}: PyTorch refuses its settings "
            f"({message_of(error)}): correct {optimizer_fn.__name__}.* in the configuration."
        ) from error
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise _no_optimizer(name, optimizer_fn)
    for group in optimizer.param_groups:
        base = group["lr"]
        group["schedule"] = learning_rate if callable(learning_rate) else _constant(base)
    return optimizer


def _no_optimizer(name, optimizer_fn):
    return DlibError(
        f"{name}.optimizer_fn must be a function that makes an optimizer, such as @AdamOptimizer; "
        f"got {getattr(optimizer_fn, '__name__', optimizer_fn)}."
    )


def _name_of_learning_rate(optimizer_fn):
    """PyTorch's own classes say ``lr``, the functions by TensorFlow's names ``learning_rate``."""
    return "lr" if _is_torch(optimizer_fn) else "learning_rate"


def _is_torch(optimizer_fn):
    return isinstance(optimizer_fn, type) and issubclass(optimizer_fn, torch.optim.Optimizer)


def _constant(value):
    return lambda global_step: value


@gin.configurable("vae_optimizer", denylist=["params"])
def make_vae_optimizer(params, optimizer_fn=gin.REQUIRED, learning_rate=None):
    """The optimizer of encoder and decoder.

    Args:
      params: parameter groups.
      optimizer_fn: an optimizer function.
      learning_rate: None for the function's own, a number, or a decay called with ``global_step=``.
    """
    return _make_optimizer(params, optimizer_fn, learning_rate, "vae_optimizer")


@gin.configurable("discriminator_optimizer", denylist=["params"])
def make_discriminator_optimizer(params, optimizer_fn=gin.REQUIRED, learning_rate=None):
    """The optimizer of FactorVAE's discriminator; arguments as ``make_vae_optimizer``."""
    return _make_optimizer(params, optimizer_fn, learning_rate, "discriminator_optimizer")
