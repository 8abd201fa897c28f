import math

import pytest
import torch

from dlib.methods.unsupervised.finite_loss import FiniteLoss, sees_at_once


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_first_of_several_is_remembered(dtype):
    losses = FiniteLoss(torch.device("cpu"))
    for step, loss in enumerate([1.5, math.inf, math.nan, 2.5], start=1):
        losses.note(step, torch.tensor(loss, dtype=dtype))
    assert losses.first_bad() == (2, math.inf)


def test_finite_losses_are_none():
    losses = FiniteLoss(torch.device("cpu"))
    assert losses.first_bad() is None
    losses.note(1, torch.tensor(3e38))
    assert losses.first_bad() is None


def test_taking_note_never_looks():
    # A device without data gives no number back: whoever asks for one raises.
    device = torch.device("meta")
    losses = FiniteLoss(device)
    losses.note(1, torch.tensor(1.0, device=device))
    with pytest.raises(RuntimeError, match="meta"):
        losses.first_bad()


def test_only_on_the_cpu_a_look_costs_nothing():
    assert sees_at_once(torch.device("cpu"))
    assert not sees_at_once(torch.device("cuda"))
    assert not sees_at_once(torch.device("mps"))
