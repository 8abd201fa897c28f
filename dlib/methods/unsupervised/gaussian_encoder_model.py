"""Trained models on disk: weights as safetensors, everything else as JSON.

A module is a folder with ``weights.safetensors`` and ``module.json``. The JSON holds the
configuration's text, so loading builds the method again by gin and then fills in the weights.

Axes: N images, C H W image, D latents.
"""

from pathlib import Path

import gin
import numpy as np
import safetensors
import safetensors.torch
import torch

from dlib.methods.shared.losses import activate
from dlib.methods.unsupervised.base_vae import TrainingSetup, built, export_options
from dlib.methods.unsupervised.device import resolve_device
from dlib.methods.unsupervised.weights import fill
from dlib.utils import files, gin_utils
from dlib.utils.errors import DlibError

# Whole images are encoded equally fast in batches of 64, 128 and 256, images with blank margins in
# 128 by a tenth faster than in 64 (benchmarks/train_step.py prints it); more take more memory.
BATCH = 128

_ROUNDING = 1e-3  # by which resized or decoded images may leave [0, 1]

# What must be in module.json for a model to be built.
_DESCRIPTION = {
    "observation_shape": list,
    "batch_size": int,
    "training_steps": int | None,
    "num_images": int | None,
    "global_step": int,
    "config": str,
}


def save_module(model, directory, config):
    """Writes a bound method as a module, whole or not at all.

    Args:
      model: a bound method; its current step is kept, since stages may decide what it encodes.
      directory: the module's folder; an earlier module there is replaced.
      config: the configuration's text.
    """
    export_options()
    setup = model.setup
    description = {
        "format": 1,
        "method": type(model).__name__,
        "observation_shape": list(setup.observation_shape),
        "num_latent": model.num_latent,
        "batch_size": setup.batch_size,
        "training_steps": setup.training_steps,
        "num_images": setup.num_images,
        "factor_sizes": setup.factor_sizes,
        "global_step": model.global_step,
        "state": model.extra_state(),
        "config": config,
    }
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    with files.replacing_folder(directory) as temporary:
        (temporary / "weights.safetensors").write_bytes(safetensors.torch.save(weights))
        files.write_json(temporary / "module.json", description)


def load(directory, device="cpu"):
    """Loads a trained model.

    Args:
      directory: a run, its ``model`` folder, a postprocessed representation, or a module itself.
      device: where to compute: "cpu", "cuda", "mps", or "auto" for the best of them.

    Returns:
      A ``LoadedModel``.

    Raises:
      DlibError: if there is no module or it cannot be read, or the device is not there.
    """
    device = resolve_device(device)
    module_dir = _find_module(Path(directory))
    description = _description(module_dir / "module.json")
    setup = TrainingSetup(
        tuple(description["observation_shape"]),
        description["batch_size"],
        description["training_steps"],
        description["num_images"],
        description.get("factor_sizes"),
    )
    with gin_utils.configured(bindings=[description["config"]]):
        model = built(gin.get_bindings("model").get("model")).bind(setup, device=device)
        activation = gin_utils.query("reconstruction_loss.activation", "logits")
    path = module_dir / "weights.safetensors"
    try:
        weights = safetensors.torch.load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise DlibError(f"{path} cannot be read ({error}): train the model again.") from None
    fill(model, weights, path, "it is not the one that module.json describes; train it again")
    model.global_step = description["global_step"]
    if description.get("state"):  # of methods that remember something
        model.load_extra_state(description["state"])
    return LoadedModel(model.eval(), activation, device)


def _description(path):
    """The content of a ``module.json``, if it describes a model."""
    description = files.read_json(path)
    if not isinstance(description, dict):
        raise DlibError(f"{path} describes no model (it is no JSON object): train it again.")
    for name, kinds in _DESCRIPTION.items():
        if name not in description or not isinstance(description[name], kinds):
            found = repr(description[name]) if name in description else "missing"
            raise DlibError(f"{path} describes no model ('{name}' is {found}): train it again.")
    return description


def _find_module(directory):
    for candidate in (directory, directory / "module", directory / "model" / "module"):
        if (candidate / "module.json").is_file():
            return candidate
    raise DlibError(
        f"{directory} holds no trained model (no module/module.json): give a run's folder, its "
        f"'model' folder, or a representation's folder."
    )


class LoadedModel:
    """A trained model as functions of arrays.

    Images are numpy ``[N, H, W, C]`` or torch ``[N, C, H, W]`` in [0, 1]; results come back as
    the same kind. Nothing here keeps gradients or draws random numbers. Images of another shape or
    with values outside [0, 1], and latents of another number, are a ``DlibError``.

    Attributes:
      model: the method itself.
      observation_shape: ``(H, W, C)``.
      num_latent: D.
    """

    def __init__(self, model, activation="logits", device="cpu"):
        self.model = model
        self.activation = activation
        self.device = device
        self.observation_shape = tuple(model.setup.observation_shape)
        self.num_latent = model.num_latent

    @torch.inference_mode()
    def encode(self, images):
        """Mean and log-variance of the posterior, float32 ``[N, D]`` each."""
        as_given = _Kind(images)
        self._check(images, as_given.is_torch)
        batches = [self.model.encode(batch) for batch in self._batches(as_given.to_torch(images))]
        means, logvars = zip(*batches, strict=True) if batches else ((), ())
        return tuple(as_given.vectors(self._joined(part)) for part in (means, logvars))

    @torch.inference_mode()
    def decode(self, latents):
        """Images in [0, 1] of latents ``[N, D]``, numpy or torch."""
        as_given = _Kind(latents)
        tensor = torch.as_tensor(latents, dtype=torch.float32)
        if tensor.ndim != 2 or tensor.shape[1] != self.num_latent:
            raise DlibError(
                f"latents have shape {list(tensor.shape)}, this model takes [N, {self.num_latent}]."
            )
        outputs = [
            activate(self.model.decode(batch), self.activation) for batch in self._batches(tensor)
        ]
        return as_given.images(torch.cat(outputs).cpu())

    def reconstruct(self, images):
        """Images decoded from the posterior's mean; shape as given."""
        return self.decode(self.encode(images)[0])

    def _check(self, images, is_torch):
        """That images have the model's shape, and that bytes were scaled to [0, 1]."""
        height, width, channels = self.observation_shape
        expected = (channels, height, width) if is_torch else (height, width, channels)
        if tuple(images.shape[1:]) != expected:
            raise DlibError(
                f"images have shape {list(images.shape)}, this model takes "
                f"[N, {', '.join(map(str, expected))}]."
            )
        if not len(images):
            return
        lowest, highest = images.min().item(), images.max().item()
        if not (lowest >= -_ROUNDING and highest <= 1 + _ROUNDING):  # NaN is neither
            raise DlibError(
                f"images have values from {lowest:g} to {highest:g}, expected [0, 1]: scale them."
            )

    def _batches(self, tensor):
        for batch in tensor.split(BATCH):
            if batch.ndim == 4:
                batch = batch.contiguous(memory_format=torch.channels_last)
            yield batch.to(self.device)

    def _joined(self, parts):
        return torch.cat(parts).cpu() if parts else torch.empty(0, self.num_latent)


class _Kind:
    """Whether an argument was numpy or torch, and how to go between them."""

    def __init__(self, argument):
        self.is_torch = isinstance(argument, torch.Tensor)

    def to_torch(self, images):
        if self.is_torch:
            return images.float()
        return torch.from_numpy(np.ascontiguousarray(images, dtype=np.float32)).permute(0, 3, 1, 2)

    def vectors(self, tensor):
        return tensor if self.is_torch else tensor.numpy()

    def images(self, tensor):
        return tensor if self.is_torch else tensor.permute(0, 2, 3, 1).numpy()
