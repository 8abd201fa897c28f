"""DEFT: distilling entangled factors (Wu et al.), Algorithm 1.

G groups of latents with an encoder each are trained in G stages of falling pressure. In stage j
the loss is the beta-VAE's with beta_j, and the learning rate of every encoder but the j-th is
multiplied by gamma, so that information that an earlier group holds does not diffuse into others.
The decoder always has the full rate.

Axes: B batch, D latents, G groups; the paper's K, latents per group, is ``group_size`` here.
"""

import gin
import torch

from dlib.methods.shared import architectures, settings
from dlib.methods.shared.gaussian import compute_gaussian_kl
from dlib.methods.unsupervised.base_vae import BaseVAE
from dlib.methods.unsupervised.deft_stages import DeftStages, one_per_stage, stage_lengths
from dlib.methods.unsupervised.information_plateau import InformationPlateau
from dlib.utils.errors import DlibError

SCALINGS = ("learning_rate", "gradient_hook", "parameter_gradient")
LATER_GROUPS = ("scaled", "full", "frozen", "silent")
ENCODERS = ("groups", "shared")


@gin.configurable("deft")
class DEFT(BaseVAE):
    """The DEFT objective and its schedule.

    Args:
      betas: the pressure of each stage; their number is G.
      group_size: latents of each group, an int or one per group.
      gamma: factor on the learning rate of the groups that are not at work, in [0, 1].
      epochs_per_stage: length of the stages in epochs, an int or one per stage; or
      stage_steps: their length in updates.
      adaptive_stages: None for stages of that length, as in the paper, or an
        ``InformationPlateau``: a stage then ends when the KL of its group has stopped growing, and
        the length above is the most that it lasts.
      scaling: what gamma scales. "learning_rate": Algorithm 1. "gradient_hook": the gradient
        that enters the group's mean and log-variance. "parameter_gradient": the gradient of the
        group's parameters. Without momentum the three are one; Adam normalises a scaled gradient
        away, so the last two (the authors' published code) are another method there.
      later_groups: groups whose stage has not come. "scaled": by gamma, as in Algorithm 1.
        "full": not scaled, as in Figure 5. "frozen": not trained (the authors' code of 2021-04).
        "silent": mean and log-variance 0, pure noise (their code of 2021-09).
      encoder: "groups": G independent encoders. "shared": one encoder whose latents are
        grouped (the authors' early code); goes with "gradient_hook" only.
      reset_optimizer: start each stage with fresh optimizer moments.

    Raises:
      DlibError: when bound, if the values contradict each other.
    """

    def __init__(
        self,
        betas=gin.REQUIRED,
        group_size=gin.REQUIRED,
        gamma=0.1,
        epochs_per_stage=None,
        stage_steps=None,
        adaptive_stages=None,
        scaling="learning_rate",
        later_groups="scaled",
        encoder="groups",
        reset_optimizer=False,
    ):
        super().__init__()
        self.betas = _pressures(betas)
        self.group_sizes = one_per_stage("deft.group_size", group_size, len(self.betas))
        self.gamma = settings.at_least("deft.gamma", gamma)
        self.epochs_per_stage = epochs_per_stage
        self.stage_steps = stage_steps
        self.adaptive_stages = _plateau(adaptive_stages)
        self.scaling = settings.one_of("deft.scaling", scaling, SCALINGS)
        self.later_groups = settings.one_of("deft.later_groups", later_groups, LATER_GROUPS)
        self.encoder_kind = settings.one_of("deft.encoder", encoder, ENCODERS)
        self.reset_optimizer = settings.boolean("deft.reset_optimizer", reset_optimizer)
        if gamma > 1:
            raise DlibError(f"deft.gamma must lie in [0, 1], got {gamma}.")
        if self.encoder_kind == "shared" and scaling != "gradient_hook":
            raise DlibError(
                f"deft.encoder = 'shared' has no learning rates of its groups, but deft.scaling = "
                f"'{scaling}': use 'gradient_hook'."
            )

    def bind(self, setup, seed=0, device="cpu"):
        """As ``BaseVAE.bind``; also lays out the stages."""
        self._schedule = self._lay_out_stages(setup)
        return super().bind(setup, seed, device)

    def make_encoder(self, setup):
        """One encoder a group, or one that the groups share."""
        if self.encoder_kind == "groups":
            return architectures.make_gaussian_encoder(setup.observation_shape, self.group_sizes)
        return architectures.make_gaussian_encoder(setup.observation_shape)

    def _lay_out_stages(self, setup):
        plateau = self.adaptive_stages
        lengths = stage_lengths(
            setup, len(self.betas), self.epochs_per_stage, self.stage_steps, plateau
        )
        return DeftStages(lengths, plateau)

    @property
    def training_steps(self):
        """Updates of all stages; the most that there may be while adaptive ones have not ended."""
        return self._schedule.stages[-1].end

    def stages(self):
        """The G stages."""
        return self._schedule.stages

    def pressure(self):
        """beta of the current stage."""
        return self.betas[self.stage_index(self.global_step)]

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """beta_j KL, j being the current stage."""
        del z_sampled
        if self.adaptive_stages:
            own = self._latents_of(self.stage_index(self.global_step))
            self._group_kl = compute_gaussian_kl(z_mean.detach()[:, own], z_logvar.detach()[:, own])
        return self.pressure() * kl_loss

    def losses(self, images):
        """As ``BaseVAE.losses``; adaptive stages take note of what their group knows."""
        losses = super().losses(images)
        if self.adaptive_stages:
            self._schedule.take_note(self.global_step, self._group_kl.item())
        return losses

    def _latents_of(self, group):
        first = sum(self.group_sizes[:group])
        return slice(first, first + self.group_sizes[group])

    def stage_ending(self, stage):
        """How long an adaptive stage lasted, why it ended, and what its group then knew."""
        return self._schedule.ended[stage] if self.adaptive_stages else {}

    def extra_state(self):
        """Which adaptive stages have ended, and how the running one stands."""
        return self._schedule.state()

    def load_extra_state(self, state):
        """Takes the stages back."""
        self._schedule.load_state(state)

    def group_factor(self, group, step):
        """What the updates of encoder ``group`` are scaled by at ``step``: 1, gamma, or 0."""
        active = self.stage_index(step)
        if group == active:
            return 1.0
        if group > active and self.later_groups != "scaled":
            return 1.0 if self.later_groups == "full" else 0.0
        return self.gamma

    def parameter_groups(self):
        """One group of parameters an encoder, and the decoder's."""
        if self.encoder_kind == "shared":
            return super().parameter_groups()
        groups = {
            f"encoder.{index}": list(encoder.parameters())
            for index, encoder in enumerate(self.encoder.encoders)
        }
        return {"vae": {**groups, "decoder": list(self.decoder.parameters())}}

    def learning_rate_factor(self, group, step):
        """Algorithm 1's factor for an encoder; 1 for the decoder and for the other scalings."""
        if self.scaling == "learning_rate" and group.startswith("encoder."):
            return self.group_factor(int(group.removeprefix("encoder.")), step)
        return 1.0

    def scale_gradients(self, step):
        """The scaling "parameter_gradient", between backward pass and optimizer."""
        if self.scaling != "parameter_gradient":
            return
        for index, encoder in enumerate(self.encoder.encoders):
            factor = self.group_factor(index, step)
            for parameter in encoder.parameters():
                parameter.grad.mul_(factor)

    def encode(self, images):
        """Mean and log-variance, ``[B, D]``; with the scaling "gradient_hook", scaled backwards.

        While it trains, the stage is that of the next update; otherwise (``eval()``) that of the
        last one, so that a model at a stage's end is what this stage has made of it.
        """
        z_mean, z_logvar = self.encoder(images)
        step = self.global_step if self.training else max(self.global_step - 1, 0)
        step = min(step, self.training_steps - 1)
        if self.later_groups == "silent":
            heard = sum(self.group_sizes[: self.stage_index(step) + 1])
            z_mean, z_logvar = _silence(z_mean, heard), _silence(z_logvar, heard)
        if self.scaling == "gradient_hook" and z_mean.requires_grad:
            scale = self._latent_factors(step, z_mean)  # [D]
            z_mean.register_hook(lambda gradient: gradient * scale)
            z_logvar.register_hook(lambda gradient: gradient * scale)
        return z_mean, z_logvar

    def _latent_factors(self, step, like):
        factors = [
            self.group_factor(group, step)
            for group, size in enumerate(self.group_sizes)
            for _ in range(size)
        ]
        return torch.tensor(factors, dtype=like.dtype, device=like.device)


def _silence(values, heard):
    """Zeros in place of all columns from ``heard`` on."""
    return torch.cat([values[:, :heard], torch.zeros_like(values[:, heard:])], dim=1)


def _pressures(betas):
    values = [betas] if isinstance(betas, int | float) else betas
    if not isinstance(values, list | tuple) or not values:
        raise DlibError(f"deft.betas must hold one number per stage, got {betas!r}.")
    return [settings.at_least("deft.betas", beta) for beta in values]


def _plateau(adaptive_stages):
    if adaptive_stages is None or isinstance(adaptive_stages, InformationPlateau):
        return adaptive_stages
    raise DlibError(
        f"deft.adaptive_stages must be None or @information_plateau(), got {adaptive_stages!r}."
    )
