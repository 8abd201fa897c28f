import types

import numpy as np
import pytest

from dlib.evaluation import track_record


def test_the_kl_of_each_latent_is_the_closed_form():
    mean = np.array([[1.0, 0.0], [-1.0, 0.0]])
    logvar = np.log(np.array([[1.0, 0.25], [1.0, 0.25]]))
    expected = [0.5, 0.5 * (0.25 - 1.0 - np.log(0.25))]
    np.testing.assert_allclose(track_record.kl_of_latents(mean, logvar), expected)


def made(factor_names=("a", "b"), num_points=4000):
    """z0 is factor a, z1 half of factor b, z2 nothing; posteriors far apart against their width."""
    rs = np.random.RandomState(0)
    factors = rs.randint(4, size=(num_points, 2))
    mean = np.stack([factors[:, 0], factors[:, 1] // 2, np.zeros(num_points)], axis=1) * 10.0
    logvar = np.tile(np.log([1e-2, 1e-2, 1.0]), (num_points, 1))
    factors = factors[:, : len(factor_names)]
    return track_record.record(mean, logvar, factors, factor_names, 20, 200, rs)


def test_a_record_says_which_latent_knows_what():
    found = made()
    np.testing.assert_allclose(np.array(found["nmi"])[:, 0], [1, 0, 0], atol=3e-3)
    np.testing.assert_allclose(np.array(found["nmi"])[:, 1], [0, 0.5, 0], atol=3e-3)
    assert found["factors"]["a"]["latents"][0] == 0
    assert found["factors"]["b"]["latents"][0] == 1
    assert found["factors"]["b"]["nmi1"] == pytest.approx(0.5, abs=3e-3)
    assert found["nmi1"] == pytest.approx(0.75, abs=3e-3)
    assert found["mig"] == pytest.approx(found["nmi1"] - found["nmi2"])  # equations 7 and 8
    assert found["kl_per_latent"][2] == 0.0
    assert found["kl"] == pytest.approx(sum(found["kl_per_latent"]))
    # Eight well separated clusters: the latents know log 8 nats, and nothing twice.
    assert found["mutual_information"] == pytest.approx(np.log(8), abs=0.05)
    assert found["total_correlation"] == pytest.approx(0.0, abs=0.05)


def test_noise_is_what_few_points_show_of_a_latent_that_knows_nothing():
    rs = np.random.RandomState(0)
    factors = np.stack([np.arange(8000) % 40, np.zeros(8000, int)], axis=1)
    expected = 19 * 39 / (2 * 8000) / np.log(40)
    np.testing.assert_allclose(track_record.noise(factors, 20), [expected, 0.0])
    shown = track_record.of_factors(rs.rand(8000, 5), factors, "ab", 20)
    assert np.mean(np.array(shown["nmi"])[:, 0]) == pytest.approx(expected, rel=0.1)
    assert shown["noise"] == pytest.approx([expected, 0.0])


def test_without_factors_there_is_information_only():
    found = made(factor_names=())
    assert found["factor_names"] == []
    assert {"nmi", "factors", "mig"}.isdisjoint(found)
    assert found["mutual_information"] == pytest.approx(np.log(8), abs=0.05)


class Method:
    """Two stages of five updates."""

    global_step = 5

    def stage_index(self, step):
        return step // 5

    def pressure(self):
        return [70.0, 30.0][self.stage_index(self.global_step)]


def test_the_schedule_is_that_of_the_last_update():
    method = Method()
    assert track_record.schedule(method) == {"stage": 0, "beta": 70.0, "capacity": None}
    assert method.global_step == 5
    method.capacity = types.MethodType(lambda self: self.global_step / 2, method)
    method.global_step = 6
    assert track_record.schedule(method) == {"stage": 1, "beta": 30.0, "capacity": 2.5}
