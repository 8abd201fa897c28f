"""What all Gaussian-encoder objectives share, and what the training loop asks of a method.

Axes: B batch, C H W image, D latents.
"""

import dataclasses
import inspect

import gin
import torch
from torch import nn

from dlib.data.ground_truth.loader import Loader
from dlib.methods.shared import architectures, losses
from dlib.methods.shared.gaussian import compute_gaussian_kl, sample_from_gaussian
from dlib.utils.errors import DlibError


@dataclasses.dataclass(frozen=True)
class TrainingSetup:
    """What a method may need to know of its training before it starts.

    Attributes:
      observation_shape: ``(H, W, C)``.
      batch_size: examples of an update.
      training_steps: updates in all, or None where the method's own stages tell.
      num_images: stored images of the data set (one epoch), or None if it is a sampler.
      factor_sizes: number of values of each factor that is labelled, or None without labels.
    """

    observation_shape: tuple
    batch_size: int
    training_steps: int | None = None
    num_images: int | None = None
    factor_sizes: tuple | None = None


@dataclasses.dataclass(frozen=True)
class Stage:
    """Updates ``start`` to ``end`` (exclusive) of a training, with what to call them."""

    start: int
    end: int
    label: str = ""


class BaseVAE(nn.Module):
    """A VAE whose loss is the reconstruction plus ``regularizer``.

    Built by gin without arguments, then bound to its data by ``bind``. A method is its
    ``regularizer``; one that needs more overrides ``make_encoder``, ``terms``, or what the loop
    asks: ``losses``, ``parameter_groups``, ``learning_rate_factor``, ``stages``; one whose batches
    are more than images overrides ``make_loader`` and ``sample_batch``.

    Attributes:
      global_step: updates done so far; the training loop alone advances it, and saves it.
      generator: where the posterior's noise is drawn from; saved with a checkpoint.
      reset_optimizer: whether each stage starts with fresh optimizer moments.
      last_terms: the terms of the last ``losses``, detached.
      reported: scalars that a regularizer wants in the log beside its value.
      labelled: labelled examples that the training hands in, or None.
    """

    reset_optimizer = False

    def __init__(self):
        super().__init__()
        self.global_step = 0
        self.generator = None
        self.setup = None
        self.last_terms = {}
        self.reported = {}
        self.labelled = None

    def bind(self, setup, seed=0, device="cpu"):
        """Makes the networks for ``setup`` and checks the method's settings against it.

        Args:
          setup: a ``TrainingSetup``.
          seed: decides the initial weights and the posterior's noise.
          device: where the networks live.

        Raises:
          DlibError: if settings contradict each other.
        """
        self.setup = setup
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.encoder = self.make_encoder(setup)
            num_latent = encoder_size(self.encoder, setup.observation_shape)
            self.decoder = architectures.make_decoder(num_latent, setup.observation_shape)
        self.num_latent = num_latent
        self.to(device=device, memory_format=torch.channels_last)
        self.generator = torch.Generator(device=device).manual_seed(seed)
        return self

    def make_encoder(self, setup):
        """The encoder's module, by the configured architecture."""
        return architectures.make_gaussian_encoder(setup.observation_shape)

    @property
    def training_steps(self):
        """Updates of a whole training."""
        return self.setup.training_steps

    def make_loader(self, data, random_state, order):
        """The stream of training batches, as ``terms`` takes them.

        Args:
          data: the data set.
          random_state: every draw comes from it.
          order: see ``Loader``.
        """
        return Loader(data, self.setup.batch_size, random_state, self.generator.device, order)

    def sample_batch(self, data, random_state):
        """A batch of freshly sampled data, as ``terms`` takes it."""
        observations = data.sample_observations(self.setup.batch_size, random_state)
        return self.to_images(observations)

    def to_images(self, observations):
        """Observations ``[B, H, W, C]`` as images ``[B, C, H, W]`` where the networks live."""
        return torch.from_numpy(observations).permute(0, 3, 1, 2).to(self.generator.device)

    def encode(self, images):
        """Mean and log-variance of the posterior of ``[B, C, H, W]`` images, each ``[B, D]``."""
        return self.encoder(images)

    def posterior(self, images):
        """``encode``, in float32 at least whatever the networks compute in.

        Variances, covariances and densities lose too much in 16 bits.
        """
        return tuple(
            values.to(torch.promote_types(values.dtype, torch.float32))
            for values in self.encode(images)
        )

    def decode(self, latents):
        """Images before their activation, ``[B, C, H, W]``, of latents ``[B, D]``."""
        return self.decoder(latents)

    def regularizer(self, kl_loss, z_mean, z_logvar, z_sampled):
        """What is added to the reconstruction loss: a scalar.

        Args:
          kl_loss: KL of the posterior to the prior, sum over latents, mean over the batch.
          z_mean, z_logvar, z_sampled: the posterior and a draw from it, each ``[B, D]``.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no regularizer.")

    def terms(self, images):
        """All terms of the loss, as scalars.

        reconstruction_loss: sum over pixels, mean over the batch. kl_loss: sum over latents, mean
        over the batch. elbo: -(reconstruction_loss + kl_loss). loss = reconstruction_loss +
        regularizer.
        """
        z_mean, z_logvar = self.posterior(images)  # [B, D]
        return self.terms_of_posterior(images, z_mean, z_logvar)

    def terms_of_posterior(self, images, z_mean, z_logvar):
        """The terms of images whose posterior is known; see ``terms``."""
        z_sampled = sample_from_gaussian(z_mean, z_logvar, self.generator)
        outputs = self.decode(z_sampled)  # [B, C, H, W]
        reconstruction_loss = losses.make_reconstruction_loss(images, outputs).mean()
        kl_loss = compute_gaussian_kl(z_mean, z_logvar)
        with torch.autocast(z_mean.device.type, enabled=False):
            regularizer = self.regularizer(kl_loss, z_mean, z_logvar, z_sampled)
        return {
            "loss": reconstruction_loss + regularizer,
            "reconstruction_loss": reconstruction_loss,
            "elbo": -(reconstruction_loss + kl_loss),
            "regularizer": regularizer,
            "kl_loss": kl_loss,
            **self.reported,
        }

    def losses(self, images):
        """What each optimizer minimises at the current step: ``{optimizer name: scalar}``."""
        terms = self.terms(images)
        self.last_terms = {name: term.detach() for name, term in terms.items()}
        return {"vae": terms["loss"]}

    def parameter_groups(self):
        """Parameters by optimizer and group: ``{optimizer: {group: [parameter, ...]}}``."""
        return {
            "vae": {
                "encoder": list(self.encoder.parameters()),
                "decoder": list(self.decoder.parameters()),
            }
        }

    def learning_rate_factor(self, group, step):
        """What the learning rate of ``group`` is multiplied by at update ``step``."""
        del group, step
        return 1.0

    def scale_gradients(self, step):
        """Called between the backward pass and the optimizer's step; does nothing here."""

    def stages(self):
        """The training's stages in order; a method without stages has one.

        Those that have not ended may still change with an update.
        """
        return [Stage(0, self.training_steps)]

    def stage_index(self, step):
        """Index of the stage that update ``step`` belongs to; the last one's from then on."""
        stages = self.stages()
        for index, stage in enumerate(stages):
            if step < stage.end:
                return index
        return len(stages) - 1

    def stage_ending(self, stage):
        """What the log and the results say of a stage that has ended: a dictionary; empty here."""
        del stage
        return {}

    def pressure(self):
        """The weight of the KL at the current step, for the progress bar; None if there is none."""
        return None

    def extra_state(self):
        """What a checkpoint must hold beside the weights: a dictionary of numbers and lists."""
        return {}

    def load_extra_state(self, state):
        """Takes back what ``extra_state`` gave."""


def encoder_size(encoder, observation_shape):
    """Number of latents that an encoder's module gives for one black image."""
    height, width, channels = observation_shape
    with torch.no_grad():
        mean, _ = encoder(torch.zeros(1, channels, height, width))
    return mean.shape[1]


def built(model):
    """A method, from one or from its class: the reference's semi-supervised configurations name
    ``@s2_vae`` where the others have ``@vae()``.

    Raises:
      DlibError: if it is neither.
    """
    made = model() if inspect.isclass(model) or inspect.isfunction(model) else model
    if not isinstance(made, BaseVAE):
        raise DlibError(f"model.model must be a method, such as @vae(); got {model!r}.")
    return made


@gin.configurable("export_as_tf_hub")
def export_options(drop_collections=None):
    """The reference's export option, kept so that its configuration keys stay; must be None."""
    return drop_collections
