"""Where and how a training runs: device, precision, threads, checkpoints."""

import contextlib
import dataclasses

import gin
import torch

from dlib.methods.shared import settings
from dlib.methods.unsupervised import train_log
from dlib.methods.unsupervised.callbacks import Callback
from dlib.utils.errors import DlibError

PRECISIONS = ("float32", "bfloat16")


def resolve_device(name):
    """A device: "auto" (CUDA, else MPS, else CPU), "cpu", "cuda", "cuda:1" or "mps".

    Raises:
      DlibError: if it is not there.
    """
    if str(name) == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(str(name))
        known = device.type in ("cpu", "cuda", "mps")
    except RuntimeError:
        known = False
    if not known:
        raise DlibError(
            f"train.device must be 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps', got {name!r}."
        )
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DlibError(
            f"train.device = '{name}', but PyTorch sees {torch.cuda.device_count()} CUDA devices: "
            f"use 'auto' or 'cpu', or install a CUDA build of torch."
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DlibError(
            "train.device = 'mps', but PyTorch sees no MPS device: use 'auto' or 'cpu'."
        )
    return device


@gin.configurable("train")
@dataclasses.dataclass
class RunSettings:
    """How a training runs.

    ``order`` and ``precision`` decide what is computed and may not change between two sittings of
    one training; the rest may.

    Attributes:
      device: see ``resolve_device``.
      precision: "float32", or "bfloat16" for autocast.
      threads: CPU threads; None leaves PyTorch's choice.
      checkpoint_every: updates between checkpoints.
      log_every: updates between rows of the log.
      callbacks: ``Callback`` objects.
      tensorboard: also write the log for TensorBoard (extra ``tensorboard``).
      progress: show a progress bar.
      order: of the data, "shuffled" epochs or the "reference" stream; see ``Loader``.
      keep_checkpoint: keep the last checkpoint of a finished training.

    Raises:
      DlibError: for a value that is none of these, and for ``tensorboard`` without its package.
    """

    device: str = "auto"
    precision: str = "float32"
    threads: int | None = None
    checkpoint_every: int = 1000
    log_every: int = 50
    callbacks: tuple = ()
    tensorboard: bool = False
    progress: bool = True
    order: str = "shuffled"
    keep_checkpoint: bool = False

    def __post_init__(self):
        for name in ("checkpoint_every", "log_every"):
            settings.whole(f"train.{name}", getattr(self, name))
        if self.threads is not None:
            settings.whole("train.threads", self.threads)
        settings.one_of("train.precision", self.precision, PRECISIONS)
        for name in ("tensorboard", "progress", "keep_checkpoint"):
            settings.boolean(f"train.{name}", getattr(self, name))
        if self.tensorboard:
            train_log.tensorboard_writer()  # a missing package is told before there is a folder
        if not (
            isinstance(self.callbacks, list | tuple)
            and all(isinstance(callback, Callback) for callback in self.callbacks)
        ):
            raise DlibError(
                f"train.callbacks must be a list of callbacks, such as [@stage_scores()], got "
                f"{self.callbacks!r}."
            )

    def autocast(self, device):
        """The context in which losses are computed."""
        if self.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(device.type, dtype=torch.bfloat16)
