"""Where and how a training runs: device, precision, threads, checkpoints. None of it is science."""

import contextlib
import dataclasses

import gin
import torch

from dlib.utils.errors import DlibError

PRECISIONS = ("float32", "bfloat16")


def resolve_device(name):
    """A device: "auto" (CUDA, else MPS, else CPU), "cpu", "cuda", "cuda:1" or "mps".

    Raises:
      DlibError: if it is not there.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise DlibError(
            f"train.device must be 'auto', 'cpu', 'cuda', 'cuda:N' or 'mps', got {name!r}."
        ) from None
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
    """How a training runs; never what it computes, but for rounding.

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
            if getattr(self, name) < 1:
                raise DlibError(f"train.{name} must be at least 1, got {getattr(self, name)}.")
        if self.precision not in PRECISIONS:
            raise DlibError(
                f"train.precision must be one of {', '.join(PRECISIONS)}; got {self.precision!r}."
            )

    def autocast(self, device):
        """The context in which losses are computed."""
        if self.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(device.type, dtype=torch.bfloat16)
