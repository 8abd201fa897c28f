import numpy as np
import pytest

from dlib.annealing.factor_sets import factor_indices, factor_set
from dlib.data.ground_truth.dummy_data import DummyData, IdentityObservationsData
from dlib.data.ground_truth.ground_truth_data import GroundTruthData
from dlib.utils.errors import DlibError


class Tinted(GroundTruthData):
    """Factors of 1, 3 and 4 values as the first three pixels, a random tint as the fourth."""

    name = "tinted"
    factor_names = ("color", "shape", "scale")
    factors_num_values = (1, 3, 4)
    observation_shape = (1, 4, 1)

    def sample_factors(self, num, random_state):
        return np.column_stack([random_state.randint(n, size=num) for n in (1, 3, 4)])

    def sample_observations_from_factors(self, factors, random_state):
        tint = random_state.uniform(size=(len(factors), 1))
        rows = np.concatenate([factors, tint], axis=1).astype(np.float32)
        return rows.reshape(-1, 1, 4, 1)


def test_one_factor_runs_over_its_values_and_everything_else_is_held():
    drawn = factor_set(Tinted(), 2, np.random.RandomState(0))
    images = drawn.images.reshape(4, 4)
    assert images[:, 2].tolist() == [0, 1, 2, 3]
    for column in (0, 1, 3):
        assert len(set(images[:, column])) == 1
    assert images[0, 1] == drawn.base[1]
    tints = {
        float(factor_set(Tinted(), 2, np.random.RandomState(seed)).images[0, 0, 3, 0])
        for seed in range(5)
    }
    assert len(tints) == 5


@pytest.mark.parametrize(("factor", "at_least", "copies"), [(1, 16, 6), (2, 16, 4), (2, 3, 1)])
def test_images_are_repeated_to_at_least_16(factor, at_least, copies):
    assert factor_set(Tinted(), factor, np.random.RandomState(0), at_least).copies == copies


def test_factors_by_name_by_position_and_all_that_vary():
    assert factor_indices(Tinted()) == [1, 2]
    assert factor_indices(Tinted(), ["scale", 1]) == [2, 1]
    assert factor_indices(DummyData()) == list(range(10))


def test_wrong_factors_are_told():
    with pytest.raises(DlibError, match="'color' has one value"):
        factor_indices(Tinted(), ["color"])
    with pytest.raises(DlibError, match="no factor 'hue'"):
        factor_indices(Tinted(), ["hue"])


def test_unlabelled_data_is_told():
    class Unlabelled(IdentityObservationsData):
        factor_names = ()
        factors_num_values = ()

    with pytest.raises(DlibError, match="has no labels"):
        factor_indices(Unlabelled())
