import math

import numpy as np
import pytest
from tiny_configs import SHORT_FALL

from dlib.annealing.chunks import Chunk
from dlib.annealing.factor_tests import FactorTests
from dlib.annealing.freezing_point import Criterion, point_of, points_of_latents
from dlib.annealing.schedule import Schedule
from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.methods.shared.architectures import lite_encoder
from dlib.utils.errors import DlibError


@pytest.fixture
def tests_of(configured, tiny_networks):
    """Makes ``FactorTests`` of a data set by name, within a short fall."""
    with configured(bindings=[tiny_networks, SHORT_FALL]):

        def make(name, factors=None, **settings):
            data = get_named_ground_truth_data(name)
            settings = {"encoder_fn": lite_encoder, "device": "cpu"} | settings
            return FactorTests(data, 0, factors, **settings)

        yield make


def test_several_latents_share_the_information_of_a_test(tests_of):
    test = tests_of("annealing_squares", ["side"], num_latent=3)
    done = test.run(Chunk(1, "side", 0, 2))
    for curve in (found.curve for found in done):
        assert curve.settled
        assert curve.per_latent.shape == (len(curve.betas), 3)
        np.testing.assert_allclose(curve.per_latent.sum(1), curve.information, rtol=1e-4)
        # The whole point is not below any latent's own.
        points = [point.bound() for point in points_of_latents(curve, test.criterion)]
        assert len(points) == 3
        assert point_of(curve, test.criterion).bound() >= max(points)
    assert any(len(found.curve.betas) < 60 for found in done)  # it froze, and the test ended


def test_by_mutual_information_a_factor_of_four_values_tells_log_four_at_most(tests_of):
    chunk = Chunk(1, "side", 0, 1)
    criterion = Criterion(threshold=1.4, window=3)  # more than the four images can tell
    curves = {}
    for information in ("kl", "mutual_information"):
        test = tests_of("annealing_squares", ["side"], information=information)
        test.schedule = Schedule(start=60, end=0.1, steps=90, hold=60, settle=0)
        test.criterion = criterion
        curves[information] = test.run(chunk)[0].curve
    assert point_of(curves["kl"], criterion).outcome == "found"
    assert point_of(curves["mutual_information"], criterion).outcome == "never"
    nats = curves["mutual_information"].information
    assert max(nats) <= math.log(4) + 1e-6
    assert np.mean(nats[-10:]) == pytest.approx(math.log(4), abs=0.02)


def test_bases_with_different_numbers_of_values_run_in_one_chunk(tests_of):
    test = tests_of("triangle_correlated", ["posX"])
    test.schedule = Schedule(start=4000, end=1000, steps=3, hold=3)
    together = test.run(Chunk(0, "posX", 0, 4))
    rows = test.data.joint_table.rows
    counts = {
        int(np.sum((rows[:, 1:] == found.base[1:]).all(axis=1))) for found in together
    }  # values of posX that occur
    assert len(counts) > 1
    assert min(counts) >= 2
    assert [found.repeat for found in together] == [0, 1, 2, 3]
    for repeat in (0, 3):
        (alone,) = test.run(Chunk(0, "posX", repeat, 1))
        assert alone.base == together[repeat].base
        np.testing.assert_allclose(
            alone.curve.reconstruction, together[repeat].curve.reconstruction, rtol=1e-4
        )


def test_a_factor_that_the_others_decide_is_told_before_any_work(tests_of):
    words = "one value of orientation, .* annealing.variant = 'whole_set'"
    with pytest.raises(DlibError, match=words):
        tests_of("triangle_correlated")
    assert tests_of("triangle_correlated", ["posX", "posY"]).subjects == [(0, "posX"), (1, "posY")]
