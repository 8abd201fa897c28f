"""Which update's loss was the first that is not finite, without waiting for the device."""

import torch


class FiniteLoss:
    """Remembers the first loss that is not finite, and its update, where the losses are.

    Taking note queues a few operations on the device; only ``first_bad`` waits for it. So the exact
    update is told however seldom one looks.

    Args:
      device: where the losses are.
    """

    def __init__(self, device):
        self._step = torch.zeros((), dtype=torch.int64, device=device)  # 0: there was none
        self._loss = torch.zeros((), device=device)

    def note(self, step, loss):
        """Takes note of the loss of update ``step`` (the first is 1), a scalar tensor."""
        is_first = (self._step == 0) & ~loss.isfinite()
        self._step = torch.where(is_first, step, self._step)
        self._loss = torch.where(is_first, loss.to(self._loss.dtype), self._loss)

    def first_bad(self):
        """``(update, loss)`` of the first loss that is not finite, or None."""
        step = int(self._step)
        return (step, self._loss.item()) if step else None


def sees_at_once(device):
    """Whether looking at a number costs nothing: elsewhere a look makes the device wait."""
    return device.type == "cpu"
