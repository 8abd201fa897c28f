"""DIP-VAE against its equations."""

import numpy as np
import pytest
import torch

from dlib.methods.unsupervised.dip_vae import (
    DIPVAE,
    compute_covariance_z_mean,
    regularize_diag_off_diag_dip,
)

MEAN = torch.tensor([[0.0, 2.0], [4.0, 0.0], [2.0, 1.0]])
LOGVAR = torch.log(torch.tensor([[1.0, 4.0], [2.0, 1.0], [3.0, 1.0]]))


def test_covariance_is_that_of_the_batch():
    covariance = compute_covariance_z_mean(MEAN)
    np.testing.assert_allclose(covariance, np.cov(MEAN.T.numpy(), bias=True), rtol=1e-6)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    # The reference's cases: ones off and on the diagonal of a 10 x 10 matrix, all weights 1.
    [
        (torch.ones(10, 10), 90.0),
        (torch.zeros(10, 10), 10.0),
        (torch.eye(10), 0.0),
        (2 * torch.eye(10), 10.0),
    ],
)
def test_penalty_of_the_references_cases(matrix, expected):
    assert regularize_diag_off_diag_dip(matrix, 1, 1) == expected


# Means have variances 8/3 and 2/3 and covariance -4/3; the mean variances are 2 and 2.
@pytest.mark.parametrize(
    ("dip_type", "diagonal"), [("i", (8 / 3, 2 / 3)), ("ii", (8 / 3 + 2, 2 / 3 + 2))]
)
def test_regularizer_by_hand(dip_type, diagonal):
    model = DIPVAE(lambda_od=3.0, lambda_d_factor=5.0, dip_type=dip_type)
    value = model.regularizer(torch.tensor(7.0), MEAN, LOGVAR, None)
    on_diagonal = sum((entry - 1) ** 2 for entry in diagonal)
    # Type ii adds nothing off the diagonal.
    expected = 7 + 3 * 2 * (4 / 3) ** 2 + 15 * on_diagonal
    assert value.item() == pytest.approx(expected, rel=1e-6)
