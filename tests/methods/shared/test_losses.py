import math

import pytest
import torch

from dlib.methods.shared import losses
from dlib.utils.errors import DlibError

# Two examples of two pixels.
IMAGES = torch.tensor([[1.0, 0.0], [0.5, 1.0]]).reshape(2, 1, 1, 2)
OUTPUTS = torch.tensor([[0.0, math.log(3.0)], [0.0, -math.log(3.0)]]).reshape(2, 1, 1, 2)
# sigmoid: 1/2, 3/4; 1/2, 1/4
HAND = [math.log(2) + math.log(4), math.log(2) + math.log(4)]


def test_bernoulli_loss_by_hand():
    # -ln 1/2 - ln(1 - 3/4);  -(ln 1/2)/2 - (ln 1/2)/2 - ln 1/4
    assert losses.bernoulli_loss(IMAGES, OUTPUTS).tolist() == pytest.approx(HAND)


def test_bernoulli_loss_less_the_images_entropy():
    # Only the pixel 0.5 has an entropy: ln 2. Clipping at 1e-6 leaves 1.5e-5 a pixel.
    loss = losses.bernoulli_loss(IMAGES, OUTPUTS, subtract_true_image_entropy=True)
    assert loss.tolist() == pytest.approx([HAND[0], HAND[1] - math.log(2)], abs=5e-5)


def test_bernoulli_loss_of_tanh_outputs():
    # tanh(ln(3)/2) = 1/2, so the pixel's value is 3/4.
    outputs = torch.full((1, 1, 1, 2), math.log(3.0) / 2)
    loss = losses.bernoulli_loss(torch.tensor([1.0, 0.0]).reshape(1, 1, 1, 2), outputs, "tanh")
    assert loss.item() == pytest.approx(-math.log(3 / 4) - math.log(1 / 4))


def test_l2_loss_is_a_sum_of_squares_without_one_half():
    # (1 - 1/2)^2 + (3/4)^2;  0 + (1 - 1/4)^2
    assert losses.l2_loss(IMAGES, OUTPUTS).tolist() == pytest.approx([0.25 + 0.5625, 0.5625])


def test_tanh_activation_stays_off_the_ends():
    values = losses.activate(torch.tensor([-50.0, 0.0, 50.0]), "tanh")
    assert values.tolist() == pytest.approx([1e-6, 0.5, 1 - 1e-6])


def test_unknown_activation_is_named():
    with pytest.raises(DlibError, match="'logits' or 'tanh', got 'relu'"):
        losses.activate(torch.zeros(1), "relu")


def test_the_configured_loss_is_used(configured):
    bindings = ["reconstruction_loss.loss_fn = @l2_loss"]
    with configured(bindings=bindings):
        loss = losses.make_reconstruction_loss(IMAGES, OUTPUTS)
    torch.testing.assert_close(loss, losses.l2_loss(IMAGES, OUTPUTS))
