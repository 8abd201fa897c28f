import numpy as np
import pytest
from factor_vectors import FactorVectors

from dlib.evaluation.metrics import point_data, z_max_variance
from dlib.utils.errors import DlibError


def compute(represent, data=None, batch_size=8, threshold=0.0):
    return z_max_variance.compute_z_max_variance(
        data or FactorVectors(),
        represent,
        np.random.RandomState(0),
        None,
        batch_size,
        300,
        200,
        500,
        threshold,
    )


@pytest.mark.parametrize(
    "represent",
    [
        lambda x: x,
        lambda x: -3 * x[:, ::-1],
        lambda x: np.hstack([x, x]),
        lambda x: np.hstack([np.ones((len(x), 2)), x]),
        lambda x: np.hstack([np.full((len(x), 2), 0.1), x]).astype(np.float32),
    ],
)
def test_aligned_permuted_duplicated_and_padded_codes_are_perfect(represent):
    found = compute(represent)
    assert (found["z_max_variance_train"], found["z_max_variance"]) == (1.0, 1.0)


def test_dead_codes_score_zero():
    found = compute(np.zeros_like)
    assert found == {"z_max_variance_train": 0.0, "z_max_variance": 0.0, "num_active_dims": 0}


def test_codes_without_a_preference_are_at_chance():
    noise = np.random.RandomState(1)
    assert compute(lambda x: noise.randn(len(x), 4))["z_max_variance"] == pytest.approx(0, abs=0.2)


def test_codes_rotated_by_45_degrees_move_together():
    """Of two factors both move both codes alike: nothing tells them apart."""
    rotation = np.array([[1.0, 1.0], [1.0, -1.0]])
    found = compute(lambda x: x @ rotation, FactorVectors((6, 6)))
    assert found["z_max_variance"] == pytest.approx(0.0, abs=0.2)


def test_the_most_varying_code_votes_by_hand():
    """Code 0 varies more in absolute terms, code 1 more for its variance; code 2 is dead."""
    batches = np.array([[[0.0, 0.0, 1.0], [2.0, 1.0, 1.0]]])
    counts = z_max_variance.votes(batches, np.array([1]), np.array([100.0, 0.5, 0.0]), 2)
    assert counts.tolist() == [[0, 0, 0], [0, 1, 0]]


def test_only_one_factor_varies_in_a_batch():
    codes, varied = z_max_variance.sample_batches(
        FactorVectors(), lambda x: x, 16, 40, np.random.RandomState(0)
    )
    assert codes.shape == (40, 16, 3)
    moved = np.ptp(codes, axis=1) > 0
    np.testing.assert_array_equal(moved, np.eye(3, dtype=bool)[varied])


def test_threshold_is_on_the_standard_deviation():
    found = compute(lambda x: x * [1.0, 0.01, 1.0], threshold=0.05)
    assert found["num_active_dims"] == 2


def test_given_points_need_every_combination():
    """Codes that are the factors score 1 on points of all combinations; with one missing, none."""
    factors = np.stack(np.meshgrid(range(4), range(3), indexing="ij"), axis=-1).reshape(-1, 2)
    codes = factors.astype(float)
    found = compute(lambda x: x, point_data.PointData(codes, factors))
    assert found["z_max_variance"] == 1.0
    with pytest.raises(DlibError, match="combine freely"):
        compute(lambda x: x, point_data.PointData(codes[1:], factors[1:]))


def test_bad_input_is_named():
    class Points(FactorVectors):
        def sample_factors_given(self, column, values, random_state):
            raise AssertionError

    with pytest.raises(DlibError, match="at least two factors"):
        compute(lambda x: x, FactorVectors((6,)))
    with pytest.raises(DlibError, match="combine freely"):
        compute(lambda x: x, Points())
    with pytest.raises(DlibError, match="batch_size 1"):
        compute(lambda x: x, batch_size=1)
