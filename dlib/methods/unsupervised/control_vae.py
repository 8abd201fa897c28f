"""ControlVAE and DynamicVAE: a controller holds the KL at a set point.

The controller's memory changes once an update, when the losses are asked for, and is saved with
the checkpoint; evaluating a model changes nothing.
"""

import gin

from dlib.methods.shared.settings import above, at_least, whole
from dlib.methods.unsupervised import controller
from dlib.methods.unsupervised.base_vae import BaseVAE


class ControlledVAE(BaseVAE):
    """Reconstruction + beta(t) KL, where ``control`` gives beta(t) from the batch's KL.

    Args:
      name: of the method in gin.
      c_max: the last set point of the KL in nats, >= 0.
      ramp_steps: updates until the set point is c_max.
      k_p, k_i: gains of the proportional and of the integral part, >= 0.
      beta_min: lower limit of beta, >= 0.

    Attributes:
      memory: the controller's numbers after the last update; the first is beta.
    """

    memory = (None,)

    def __init__(self, name, c_max, ramp_steps, k_p, k_i, beta_min):
        super().__init__()
        self.c_max = at_least(f"{name}.c_max", c_max)
        self.ramp_steps = whole(f"{name}.ramp_steps", ramp_steps)
        self.k_p = at_least(f"{name}.k_p", k_p)
        self.k_i = at_least(f"{name}.k_i", k_i)
        self.beta_min = at_least(f"{name}.beta_min", beta_min)

    def control(self, kl):
        """The memory after an update whose KL is ``kl`` nats."""
        raise NotImplementedError(f"{type(self).__name__} defines no controller.")

    def losses(self, images):
        """As ``BaseVAE.losses``; the controller takes note of the batch."""
        losses = super().losses(images)
        self.memory = self._next_memory
        return losses

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """beta(t) KL; no gradient flows through beta."""
        del z_mean, z_logvar, z_sampled
        self._next_memory = self.control(kl_loss.item())
        beta = self._next_memory[0]
        self.reported = {"beta": kl_loss.new_tensor(beta)}
        return beta * kl_loss

    def pressure(self):
        """beta of the last update."""
        return self.memory[0]

    def extra_state(self):
        """The controller's memory."""
        return {"controller": list(self.memory)}

    def load_extra_state(self, state):
        """Takes the memory back."""
        self.memory = tuple(state["controller"])


@gin.configurable("control_vae")
class ControlVAE(ControlledVAE):
    """ControlVAE (Shao et al. 2020): beta by a PI controller whose set point rises in steps.

    Args:
      c_max: the last set point of the KL in nats, >= 0.
      ramp_steps: updates until the set point is c_max.
      c_start: the first set point.
      ramp_every: updates between rises.
      k_p, k_i: gains of the error's sigmoid and of its sum, >= 0.
      beta_min, beta_max: limits of beta.
    """

    def __init__(
        self,
        c_max=gin.REQUIRED,
        ramp_steps=gin.REQUIRED,
        c_start=0.5,
        ramp_every=5000,
        k_p=0.01,
        k_i=0.001,
        beta_min=1.0,
        beta_max=100.0,
    ):
        super().__init__("control_vae", c_max, ramp_steps, k_p, k_i, beta_min)
        self.c_start = at_least("control_vae.c_start", c_start)
        self.ramp_every = whole("control_vae.ramp_every", ramp_every)
        self.beta_max = at_least("control_vae.beta_max", beta_max, beta_min)
        self.memory = (beta_min, 0.0, beta_min)  # beta, integral, beta before its limits

    def control(self, kl):
        """beta, integral, and beta before its limits."""
        error = (
            controller.set_point(
                self.c_start, self.c_max, self.ramp_steps, self.ramp_every, self.global_step
            )
            - kl
        )
        _, integral, wanted = self.memory
        return controller.position_form(
            error, integral, wanted, self.k_p, self.k_i, self.beta_min, self.beta_max
        )


@gin.configurable("dynamic_vae")
class DynamicVAE(ControlledVAE):
    """DynamicVAE (Shao et al. 2022): beta falls from a large value by an incremental PI controller.

    The KL is smoothed, y = smoothing KL + (1 - smoothing) y(t - 1), and the set point rises
    linearly from 0, as in the code of DEFT's authors.

    Args:
      c_max: the last set point of the KL in nats, >= 0.
      ramp_steps: updates until the set point is c_max.
      k_p, k_i: gains of the error's sigmoid and of the error, >= 0.
      beta_init: beta before the first update, >= beta_min.
      beta_min: lower limit of beta, >= 0.
      smoothing: weight of the newest KL, in (0, 1].
    """

    def __init__(
        self,
        c_max=gin.REQUIRED,
        ramp_steps=gin.REQUIRED,
        k_p=0.01,
        k_i=0.005,
        beta_init=150.0,
        beta_min=1.0,
        smoothing=0.95,
    ):
        super().__init__("dynamic_vae", c_max, ramp_steps, k_p, k_i, beta_min)
        self.smoothing = above("dynamic_vae.smoothing", smoothing)
        at_least("1 - dynamic_vae.smoothing", 1 - smoothing)
        beta_init = at_least("dynamic_vae.beta_init", beta_init, beta_min)
        self.memory = (beta_init, 0.0, 0.0)  # beta, error, smoothed KL

    def control(self, kl):
        """beta, error, and smoothed KL."""
        beta_before, error_before, smoothed = self.memory
        smoothed = self.smoothing * kl + (1 - self.smoothing) * smoothed
        wanted = controller.set_point(0.0, self.c_max, self.ramp_steps, 1, self.global_step)
        error = wanted - smoothed
        beta = controller.incremental_form(
            error, error_before, beta_before, self.k_p, self.k_i, self.beta_min
        )
        return beta, error, smoothed
