"""Checkpoints: everything that a training needs to go on as if it had not stopped.

One safetensors file a checkpoint: weights, optimizer moments and the state of the noise generator
as tensors; step, position in the data and configuration as JSON in the file's header. A file gets
its name only when it is whole, and the one before it is removed only then.
"""

import json
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from dlib.methods.unsupervised.weights import fill
from dlib.utils import files
from dlib.utils.errors import DlibError

_FORMAT = 1


def save(directory, model, optimizers, state):
    """Writes the checkpoint of ``model.global_step`` and removes earlier ones.

    Args:
      directory: the checkpoints' folder; made if it is missing.
      model: a bound method.
      optimizers: ``{name: torch optimizer}``.
      state: whatever else must be kept, as JSON values.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    tensors = {f"model/{key}": value.contiguous() for key, value in model.state_dict().items()}
    tensors["generator"] = model.generator.get_state()
    for name, optimizer in optimizers.items():
        for index, moments in optimizer.state_dict()["state"].items():
            for key, value in moments.items():
                tensors[f"optimizer/{name}/{index}/{key}"] = torch.as_tensor(value).contiguous()
    header = {"format": _FORMAT, "step": model.global_step, "model": model.extra_state(), **state}
    path = directory / f"step_{model.global_step:010d}.safetensors"
    files.write_bytes(path, safetensors.torch.save(tensors, {"dlib": json.dumps(header)}))
    for other in directory.glob("step_*.safetensors"):
        if other != path:
            other.unlink()


def latest(directory):
    """Path of the last checkpoint in ``directory``, or None."""
    return max(Path(directory).glob("step_*.safetensors"), default=None)


def read_header(path):
    """The JSON part of a checkpoint.

    Raises:
      DlibError: if the file is not a whole checkpoint.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return json.loads(file.metadata()["dlib"])
    except (safetensors.SafetensorError, TypeError, KeyError, ValueError) as error:
        raise DlibError(
            f"{path} is not a whole checkpoint ({error}): remove it, or use --overwrite."
        ) from None


def copy(path, directory, **changes):
    """Writes a checkpoint into ``directory`` too, with other entries of its JSON part.

    Raises:
      DlibError: if the file is not a whole checkpoint.
    """
    header = read_header(path) | changes
    content = safetensors.torch.save(
        safetensors.torch.load_file(path), {"dlib": json.dumps(header)}
    )
    files.write_bytes(Path(directory) / Path(path).name, content)


def restore(path, model, optimizers):
    """Puts a checkpoint's tensors back in place and returns its JSON part.

    On another kind of device (``state["device"]``) the generator's state means nothing; it starts
    anew there, seeded by its first seed and the step.

    Raises:
      DlibError: if the file is not a whole checkpoint, or one of another model.
    """
    header = read_header(path)
    tensors = safetensors.torch.load_file(path)
    weights = {k.removeprefix("model/"): v for k, v in tensors.items() if k.startswith("model/")}
    fill(
        model, weights, path, "it was made with other settings; use --overwrite, or another folder"
    )
    model.global_step = header["step"]
    if header["device"] == model.generator.device.type:
        model.generator.set_state(tensors["generator"])
    else:
        model.generator.manual_seed((model.generator.initial_seed() + header["step"]) % 2**63)
    model.load_extra_state(header["model"])
    for name, optimizer in optimizers.items():
        _restore_moments(optimizer, tensors, f"optimizer/{name}/")
    return header


def _restore_moments(optimizer, tensors, prefix):
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    fused = optimizer.defaults.get("fused")
    for key, value in tensors.items():
        if key.startswith(prefix):
            index, moment = key.removeprefix(prefix).split("/")
            parameter = parameters[int(index)]
            if value.shape == parameter.shape:
                # The parameter's memory order, so that the update runs the very same loop.
                value = torch.empty_like(parameter).copy_(value)
            elif fused:  # then the count of updates lies where the parameter does
                value = value.to(parameter.device)
            optimizer.state[parameter][moment] = value
