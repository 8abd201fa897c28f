import numpy as np
import pytest

from dlib.evaluation.metrics.kl_decomposition import kl_decomposition
from dlib.utils.errors import DlibError

PARTS = ("mutual_information", "total_correlation", "dimension_wise_kl")


def direct(mean, logvar, z):
    """The definition on one-dimensional loops, float64 throughout."""
    density = np.exp(-0.5 * (z[:, None] - mean) ** 2 / np.exp(logvar)) / np.sqrt(
        2 * np.pi * np.exp(logvar)
    )  # [S, N, D]
    own = np.log(density[np.arange(len(z)), np.arange(len(z))]).sum(axis=1)
    joint = np.log(density.prod(axis=2).mean(axis=1))
    product = np.log(density.mean(axis=1)).sum(axis=1)
    prior = np.log(np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)).sum(axis=1)
    return [np.mean(own - joint), np.mean(joint - product), np.mean(product - prior)]


def test_parts_are_those_of_the_definition_and_sum_to_the_kl():
    random = np.random.RandomState(0)
    mean, logvar, z = random.randn(200, 3), random.randn(200, 3) - 1, random.randn(200, 3)
    found = kl_decomposition(mean, logvar, samples=z)
    assert [found[part] for part in PARTS] == pytest.approx(direct(mean, logvar, z), abs=1e-6)
    assert sum(found[part] for part in PARTS) == pytest.approx(found["kl"], abs=1e-10)


def test_an_encoder_that_ignores_its_input_has_no_kl():
    found = kl_decomposition(np.zeros((50, 4)), np.zeros((50, 4)), np.random.RandomState(0))
    assert [found[part] for part in PARTS] == pytest.approx([0.0] * 3, abs=1e-6)
    assert found["kl_closed_form"] == 0.0


def test_one_shifted_gaussian_is_dimension_wise_kl_only():
    mean = np.full((4000, 2), [1.0, -0.5])
    found = kl_decomposition(mean, np.zeros((4000, 2)), np.random.RandomState(0))
    assert found["mutual_information"] == pytest.approx(0.0, abs=1e-6)
    assert found["total_correlation"] == pytest.approx(0.0, abs=1e-6)
    assert found["kl_closed_form"] == pytest.approx((1.0 + 0.25) / 2)
    assert found["dimension_wise_kl"] == pytest.approx(0.625, abs=0.06)


def test_points_far_apart_carry_log_n():
    mean = np.array([[-50.0], [0.0], [50.0], [100.0]])
    found = kl_decomposition(mean, np.zeros((4, 1)), samples=mean)
    assert found["mutual_information"] == pytest.approx(np.log(4))
    assert found["total_correlation"] == pytest.approx(0.0, abs=1e-12)


def test_a_repeated_code_has_the_total_correlation_of_one():
    mean = np.repeat(np.array([[-50.0], [50.0]]), 2, axis=1)
    found = kl_decomposition(mean, np.zeros((2, 2)), samples=mean)
    assert found["total_correlation"] == pytest.approx(np.log(2))


def test_several_chunks_are_one(monkeypatch):
    random = np.random.RandomState(0)
    arrays = random.randn(3, 100, 2)
    whole = kl_decomposition(arrays[0], arrays[1], samples=arrays[2])
    monkeypatch.setattr("dlib.evaluation.metrics.kl_decomposition.CHUNK_BYTES", 8 * 100 * 7)
    assert kl_decomposition(arrays[0], arrays[1], samples=arrays[2]) == pytest.approx(whole)


def test_bad_input_is_one_error():
    good = np.zeros((5, 2))
    with pytest.raises(DlibError, match="no samples"):
        kl_decomposition(good, good)
    with pytest.raises(DlibError, match="expected the same"):
        kl_decomposition(good, good, samples=np.zeros((5, 3)))
    with pytest.raises(DlibError, match="NaN or infinite"):
        kl_decomposition(good, good + np.inf, samples=good)


def test_fewer_samples_are_of_the_first_points_against_all():
    random = np.random.RandomState(0)
    mean, logvar, z = random.randn(200, 3), random.randn(200, 3) - 1, random.randn(200, 3)
    found = kl_decomposition(mean, logvar, samples=z[:50])
    density = np.exp(-0.5 * (z[:50, None] - mean) ** 2 / np.exp(logvar))
    density /= np.sqrt(2 * np.pi * np.exp(logvar))
    own = np.log(density[np.arange(50), np.arange(50)]).sum(axis=1)
    joint = np.log(density.prod(axis=2).mean(axis=1))
    assert found["mutual_information"] == pytest.approx(np.mean(own - joint), abs=1e-6)
    drawn = kl_decomposition(mean, logvar, np.random.RandomState(1), num_samples=50)
    z = mean[:50] + np.exp(0.5 * logvar[:50]) * np.random.RandomState(1).randn(50, 3)
    assert drawn == pytest.approx(kl_decomposition(mean, logvar, samples=z))
