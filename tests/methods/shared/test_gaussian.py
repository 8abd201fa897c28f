import math

import pytest
import torch

from dlib.methods.shared.gaussian import (
    compute_gaussian_kl,
    gaussian_kl_per_latent,
    sample_from_gaussian,
)


def test_kl_of_each_latent_in_closed_form():
    mean = torch.tensor([[0.0, 1.0, 0.0]])
    logvar = torch.tensor([[0.0, 0.0, math.log(4.0)]])
    # 0; 1/2 mean^2; 1/2 (4 - ln 4 - 1)
    expected = [[0.0, 0.5, 0.5 * (3 - math.log(4.0))]]
    assert gaussian_kl_per_latent(mean, logvar).tolist() == [pytest.approx(expected[0])]


def test_kl_sums_over_latents_and_means_over_the_batch():
    mean = torch.tensor([[1.0, 1.0], [3.0, 1.0]])  # 0.5 + 0.5 and 4.5 + 0.5
    assert compute_gaussian_kl(mean, torch.zeros(2, 2)).item() == pytest.approx((1 + 5) / 2)


def test_samples_have_the_posterior_s_moments_and_repeat_with_the_generator():
    mean = torch.full((20000, 1), 2.0)
    logvar = torch.full((20000, 1), math.log(9.0))
    draws = [
        sample_from_gaussian(mean, logvar, torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    ]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert draws[0].mean().item() == pytest.approx(2.0, abs=0.1)
    assert draws[0].std().item() == pytest.approx(3.0, rel=0.05)


def test_sampling_leaves_the_global_state_alone():
    before = torch.random.get_rng_state()
    sample_from_gaussian(torch.zeros(3, 2), torch.zeros(3, 2), torch.Generator().manual_seed(0))
    assert torch.equal(torch.random.get_rng_state(), before)
