import json

import numpy as np

from dlib.postprocessing import methods

MEAN = np.array([[1.0, -2.0], [0.5, 3.0]], dtype=np.float32)
LOGVAR = np.log(np.array([[4.0, 1.0], [0.25, 9.0]], dtype=np.float32))


def encoder(observations):
    return MEAN[observations], LOGVAR[observations]


def test_the_mean_is_the_mean_and_is_recorded(tmp_path):
    representation = methods.mean_representation(None, encoder, np.random.RandomState(0), tmp_path)
    assert np.array_equal(representation(np.array([1, 0])), MEAN[[1, 0]])
    assert json.loads((tmp_path / "representation.json").read_text()) == {
        "code_function": "dlib.postprocessing.methods:mean_codes"
    }


def test_a_sample_is_the_mean_plus_scaled_noise(tmp_path):
    representation = methods.sampled_representation(
        None, encoder, np.random.RandomState(7), tmp_path
    )
    noise = np.random.RandomState(7).standard_normal((4, 2))
    codes = np.concatenate([representation(np.array([0, 1])), representation(np.array([0, 1]))])
    deviation = np.array([[2.0, 1.0], [0.5, 3.0]])  # square roots of the variances above
    expected = np.tile(MEAN, (2, 1)) + np.tile(deviation, (2, 1)) * noise
    np.testing.assert_allclose(codes, expected, rtol=1e-6)
    assert codes.dtype == np.float32
    assert json.loads((tmp_path / "representation.json").read_text()) == {
        "code_function": "dlib.postprocessing.methods:sampled_codes"
    }


def test_samples_have_the_posteriors_moments():
    rows = np.zeros(200_000, dtype=int)
    codes = methods.sampled_codes(MEAN[rows], LOGVAR[rows], np.random.RandomState(1))
    # Standard errors: 2 / sqrt(200 000) = 0.0045 of the mean, 0.0032 of the deviation.
    np.testing.assert_allclose(codes.mean(0), [1.0, -2.0], atol=0.02)
    np.testing.assert_allclose(codes.std(0), [2.0, 1.0], atol=0.015)
