"""A representation: how the codes of an observation come from a model's posterior.

A representation's folder is self-contained: ``module/`` holds the model's weights and settings,
and ``module/representation.json`` names the function that makes codes of means and log-variances.

Axes: N observations, D codes.
"""

import importlib
from pathlib import Path

import numpy as np

from dlib.methods.unsupervised import gaussian_encoder_model
from dlib.utils import files
from dlib.utils.errors import DlibError

FILE_NAME = "representation.json"


class Representation:
    """Codes of observations, as metrics want them: ``[N, ...] -> float32 [N, D]``.

    Args:
      encode: observations to mean and log-variance of the posterior, ``[N, D]`` each.
      code_function: ``(mean, logvar, random_state) -> codes [N, D]``.
      random_state: what a drawn representation draws from; metrics do not share it.
    """

    def __init__(self, encode, code_function, random_state):
        self.encode = encode
        self.code_function = code_function
        self.random_state = random_state

    def __call__(self, observations):
        """Codes of observations."""
        codes = self.code_function(*self.encode(observations), self.random_state)
        return np.asarray(codes, dtype=np.float32)


def save_representation(save_path, code_function):
    """Writes which function makes the codes into a module's folder.

    Args:
      save_path: the module's folder.
      code_function: a function of a module's top level, so that it is found again by its name.
    """
    name = f"{code_function.__module__}:{code_function.__qualname__}"
    files.write_json(Path(save_path) / FILE_NAME, {"code_function": name})


def load_representation(directory, random_state, device="cpu"):
    """Loads the representation that ``dlib_postprocess`` wrote.

    Args:
      directory: the representation's folder, with ``module/`` inside.
      random_state: see ``Representation``.
      device: where the encoder computes.

    Raises:
      DlibError: if there is no representation, or its function is not found.
    """
    path = Path(directory) / "module" / FILE_NAME
    if not path.is_file():
        raise DlibError(
            f"{directory} holds no representation (no module/{FILE_NAME}): make one by "
            f"dlib_postprocess, and give its output folder."
        )
    code_function = _function_named(files.read_json(path)["code_function"], path)
    model = gaussian_encoder_model.load(directory, device=device)
    return Representation(model.encode, code_function, random_state)


def _function_named(name, path):
    module_name, function_name = name.split(":")
    try:
        return getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise DlibError(
            f"{path} needs {name}: {error}. Modules are looked for among the installed ones and in "
            f"the working directory."
        ) from error
