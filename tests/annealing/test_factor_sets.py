import numpy as np
import pytest

from dlib.annealing.factor_sets import factor_indices, factor_set
from dlib.data.ground_truth.correlated import CorrelatedData
from dlib.data.ground_truth.dsprites import DSprites
from dlib.data.ground_truth.dummy_data import DummyData, IdentityObservationsData
from dlib.data.ground_truth.ground_truth_data import GroundTruthData
from dlib.data.ground_truth.joint_table import JointTable
from dlib.data.ground_truth.named_data import get_named_ground_truth_data
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
    for twice in (["scale", "scale"], ["scale", 2], [2, 1, 2]):
        with pytest.raises(DlibError, match="has 'scale' twice"):
            factor_indices(Tinted(), twice)
    for none in ([], "scale", 2):
        with pytest.raises(DlibError, match="must be a list of names or positions"):
            factor_indices(Tinted(), none)


def test_labels_that_never_differ_are_told():
    class Constant(Tinted):
        factors_num_values = (1, 1, 1)

    with pytest.raises(DlibError, match="no factor of tinted has more than one value"):
        factor_indices(Constant())


class Some(GroundTruthData):
    """Some combinations of three factors; the observation is the combination."""

    name = "some"
    factor_names = ("a", "b", "c")
    factors_num_values = (2, 3, 3)
    observation_shape = (1, 3, 1)
    # a and b go together freely; c is their sum, but for one combination that has two.
    ROWS = [(a, b, (a + b) % 3) for a in range(2) for b in range(3)] + [(1, 2, 1)]

    def __init__(self, rows=ROWS):
        sizes = self.factors_num_values
        self.joint_table = JointTable(self.name, np.array(rows), self.factor_names, sizes)

    def sample_factors(self, num, random_state):
        return self.joint_table.sample(num, random_state)

    def sample_factors_given(self, column, values, random_state):
        return self.joint_table.given(column, values, random_state)

    def sample_observations_from_factors(self, factors, random_state):
        self.joint_table.indices_of(factors, random_state)  # raises where there is none
        return np.asarray(factors, np.float32).reshape(-1, 1, 3, 1)


def test_only_values_that_occur_with_the_base_are_enumerated():
    drawn = factor_set(Some(), 2, np.random.RandomState(0))
    # The only two combinations that differ in c alone.
    assert drawn.images.reshape(2, 3).tolist() == [[1, 2, 0], [1, 2, 1]]
    assert drawn.copies == 8
    assert drawn.base in ((1, 2, 0), (1, 2, 1))
    # The draws of a correlated set are others, the images are those of the set below.
    correlated = CorrelatedData(Some(), None, None)
    held = factor_set(correlated, 2, np.random.RandomState(0))
    assert held.images.tolist() == drawn.images.tolist()


def test_where_all_combinations_are_in_a_table_nothing_changes():
    rows = np.indices((2, 3, 3)).reshape(3, -1).T
    drawn = factor_set(Some(rows), 1, np.random.RandomState(0))
    base = Some(rows).sample_factors(1, np.random.RandomState(0))[0]
    assert drawn.base == tuple(base)
    assert drawn.images[:, 0, 1, 0].tolist() == [0, 1, 2]


def test_what_cannot_be_enumerated_is_told():
    assert factor_indices(Some(), ["c"]) == [2]
    with pytest.raises(DlibError, match="one value of a, so .* 'whole_set'"):
        factor_indices(Some())
    # Nothing is drawn for ever.
    with pytest.raises(DlibError, match="1000 draws gave no sample in which c has two values"):
        factor_set(Some(Some.ROWS[:-1]), 2, np.random.RandomState(0))

    class Silent(Tinted):
        def sample_factors_given(self, column, values, random_state):
            raise NotImplementedError

    with pytest.raises(DlibError, match="has no joint_table .* 'whole_set'"):
        factor_indices(Silent())
    Silent.is_full_product = True
    assert factor_indices(Silent()) == [1, 2]


def test_colours_and_hidden_factors_of_dsprites_are_held():
    colored = get_named_ground_truth_data("color_dsprites")
    drawn = factor_set(colored, 3, np.random.RandomState(0))  # posX
    assert drawn.images.shape == (32, 64, 64, 3)
    pixels = drawn.images.reshape(-1, 3)
    assert len(np.unique(pixels[pixels.any(1)], axis=0)) == 1
    # Shape, scale and orientation are hidden: the sprite moves and stays what it is.
    hidden = DSprites([4, 5])
    areas = [
        factor_set(hidden, 0, np.random.RandomState(seed)).images.sum((1, 2, 3))
        for seed in range(8)
    ]
    assert all(np.ptp(area) <= 0.1 * area.mean() for area in areas)
    assert np.ptp([area.mean() for area in areas]) > 0.5 * np.mean(areas)


def test_unlabelled_data_is_told():
    class Unlabelled(IdentityObservationsData):
        factor_names = ()
        factors_num_values = ()

    with pytest.raises(DlibError, match="has no labels"):
        factor_indices(Unlabelled())
