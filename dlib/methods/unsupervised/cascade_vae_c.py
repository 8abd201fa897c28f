"""CascadeVAE-C: latents are relieved of their pressure one after another.

Axes: B batch, D latents.
"""

import gin
import torch

from dlib.methods.shared.gaussian import gaussian_kl_per_latent
from dlib.methods.shared.settings import at_least, whole
from dlib.methods.unsupervised.base_vae import BaseVAE, Stage


@gin.configurable("cascade_vae_c")
class CascadeVAEC(BaseVAE):
    """CascadeVAE-C (Jeong & Song 2019; eq. 5 of the DEFT paper).

    In stage i = 1, 2, ..., D: reconstruction + beta_l KL(z_1..i) + beta_h KL(z_i+1..D), each KL a
    mean over the batch. The last stage lasts until the training ends.

    Args:
      beta_l: pressure on the latents that are open, >= 0.
      beta_h: pressure on the others, >= 0.
      stage_steps: updates of a stage.
      reset_optimizer: start each stage with fresh moments, as the original code does.
    """

    def __init__(
        self,
        beta_l=gin.REQUIRED,
        beta_h=gin.REQUIRED,
        stage_steps=gin.REQUIRED,
        reset_optimizer=False,
    ):
        super().__init__()
        self.beta_l = at_least("cascade_vae_c.beta_l", beta_l)
        self.beta_h = at_least("cascade_vae_c.beta_h", beta_h)
        self.stage_steps = whole("cascade_vae_c.stage_steps", stage_steps)
        self.reset_optimizer = reset_optimizer

    def stages(self):
        """One stage a latent; fewer where the training is shorter."""
        total, length = self.training_steps, self.stage_steps
        starts = range(0, min(total, length * self.num_latent), length)
        ends = [*starts[1:], total]
        return [
            Stage(start, end, f"latent {i + 1}/{self.num_latent}")
            for i, (start, end) in enumerate(zip(starts, ends, strict=True))
        ]

    def num_open(self):
        """Latents that are open at the current step: the paper's i."""
        return min(self.global_step // self.stage_steps + 1, self.num_latent)

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """beta_l KL(z_1..i) + beta_h KL(z_i+1..D)."""
        del kl_loss, z_sampled
        kl_per_latent = gaussian_kl_per_latent(z_mean, z_logvar).mean(0)  # [D]
        open_kl, closed_kl = torch.tensor_split(kl_per_latent, [self.num_open()])
        return self.beta_l * open_kl.sum() + self.beta_h * closed_kl.sum()
