import numpy as np
import pytest

from dlib.visualize import latents


def test_kl_is_the_closed_form_in_nats():
    means = np.array([[0.0, 1.0, 0.0], [0.0, -3.0, 0.0]])
    logvars = np.log(np.array([[1.0, 1.0, 4.0], [1.0, 1.0, 4.0]]))
    # (1 + 9) / 2 / 2 = 2.5;  (4 - 1 - log 4) / 2
    expected = [0.0, 2.5, 1.5 - np.log(2)]
    np.testing.assert_allclose(latents.kl_per_latent(means, logvars), expected, atol=1e-12)


def test_latents_come_by_falling_information_with_their_best_factor():
    means = np.array([[0.1, 2.0, 1.0], [-0.1, -2.0, -1.0]])  # KL 0.005, 2, 0.5
    nmi = np.array([[0.0, 0.01], [0.2, 0.7], [0.5, 0.1]])
    found = latents.describe_latents(means, np.zeros((2, 3)), nmi, ("shape", "scale"))
    assert [z.index for z in found] == [1, 2, 0]
    assert [z.name for z in found] == ["z1", "z2", "z0"]
    assert [z.factor for z in found] == ["scale", "shape", "scale"]
    assert [z.nmi for z in found] == [0.7, 0.5, 0.01]
    assert [z.kl for z in found] == pytest.approx([2, 0.5, 0.005])
    assert [z.is_dead for z in found] == [False, False, True]


def test_without_factors_there_is_no_label():
    found = latents.describe_latents(np.ones((2, 2)), np.zeros((2, 2)), np.zeros((2, 0)))
    assert [(z.factor, z.nmi) for z in found] == [(None, None)] * 2


def test_kl_is_told_so_that_dead_latents_are_seen_to_be():
    texts = [latents.Latent(0, kl).kl_text for kl in (0.0, 0.04, 0.097, 0.104, 0.3, 2.26)]
    assert texts == ["0.0", "0.0", "0.10", "0.10", "0.3", "2.3"]
