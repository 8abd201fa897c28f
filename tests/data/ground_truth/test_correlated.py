"""The data set ``correlated``: which distribution serves training, which evaluation."""

import gin
import numpy as np
import pytest

from dlib.data.ground_truth import registry
from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.data.ground_truth.loader import Loader
from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.utils.errors import DlibError


class Pairs(IndexedData):
    """Two factors of four values; the image of a combination is its index."""

    source = "test"
    factor_names = ("a", "b")
    factors_num_values = [4, 4]
    observation_shape = [1, 1, 1]
    num_images = 16

    def sample_factors(self, num, random_state):
        return random_state.randint(4, size=(num, 2))

    def sample_indices(self, factors, random_state):
        return factors @ np.array([4, 1])

    def observations_at(self, indices, random_state=None):
        return np.asarray(indices, np.float32).reshape(-1, 1, 1, 1)


class Unlabelled(Pairs):
    factor_names, factors_num_values = (), []


class Partial(Pairs):
    def sample_factors_given(self, column, values, random_state):
        raise NotImplementedError


@pytest.fixture(autouse=True)
def _sets(monkeypatch):
    monkeypatch.setattr(registry, "_CONSTRUCTORS", dict(registry.constructors()))
    get_named_ground_truth_data("identity")  # registers the families before ours
    for kind in (Pairs, Unlabelled, Partial):
        registry.register(kind.__name__.lower(), kind)
    yield
    gin.clear_config()


DIAGONAL = (
    "[@correlated_pairs()]\ncorrelated_pairs.pairs = [('a', 'b')]\ncorrelated_pairs.sigma = 1e-9"
)


def _open(text, base="pairs"):
    gin.parse_config(f"dataset.name = 'correlated'\ncorrelated.base = '{base}'\n{text}")
    return get_named_ground_truth_data()


def _on_diagonal(data):
    factors, observations = data.sample(200, np.random.RandomState(0))
    np.testing.assert_array_equal(observations.ravel(), factors @ np.array([4, 1]))
    return (factors[:, 0] == factors[:, 1]).all()


def _trains_on_diagonal(data):
    loader = Loader(data, 16, np.random.RandomState(0))
    images = np.concatenate([loader.next_batch().numpy().ravel() for _ in range(3)])
    return set(images) <= {0, 5, 10, 15}


def test_only_training_is_correlated():
    data = _open(f"correlated.training = {DIAGONAL}")
    assert data.name == "correlated"
    assert data.source == "test"
    assert data.num_images == 16
    assert _trains_on_diagonal(data)
    assert not _on_diagonal(data)
    assert not hasattr(data, "sample_factors_given")
    # Metrics draw as from the set itself.
    np.testing.assert_array_equal(
        data.sample_factors(9, np.random.RandomState(0)),
        Pairs().sample_factors(9, np.random.RandomState(0)),
    )


def test_only_evaluation_is_correlated():
    data = _open(f"correlated.evaluation = {DIAGONAL}")
    assert _on_diagonal(data)
    given = data.sample_factors_given(1, [3, 0], np.random.RandomState(0))
    assert given.tolist() == [[3, 3], [0, 0]]
    loader = Loader(data, 16, np.random.RandomState(0))
    assert sorted(loader.next_batch().numpy().ravel()) == list(range(16))  # a whole epoch


def test_each_has_laws_of_its_own():
    data = _open(
        "correlated.training = [@training/excluded()]\n"
        "training/excluded.pairs = [('a', 'b')]\n"
        f"correlated.evaluation = {DIAGONAL}"
    )
    assert _on_diagonal(data)
    loader = Loader(data, 400, np.random.RandomState(0))
    a, b = np.divmod(loader.next_batch().numpy().ravel(), 4)
    assert (a <= b).all()
    assert (a < b).any()


def test_no_laws_leave_the_set_as_it_is():
    data = _open("")
    assert not _on_diagonal(data)
    assert not hasattr(data, "sample_training_factors")


def test_data_without_stored_images_are_correlated_too():
    data = _open(
        "correlated.evaluation = @correlated_pairs()\n"
        "correlated_pairs.pairs = [('factor 2', 'factor 7')]\n"
        "correlated_pairs.sigma = 1e-9",
        base="identity",
    )
    factors, observations = data.sample(100, np.random.RandomState(0))
    np.testing.assert_array_equal(factors[:, 2], factors[:, 7])
    np.testing.assert_array_equal(factors, observations)
    assert not isinstance(data, IndexedData)
    assert data.observation_shape == [10]


def test_sets_that_cannot_be_correlated():
    with pytest.raises(DlibError, match="unlabelled has no factors"):
        _open("", base="unlabelled")
    gin.clear_config()
    with pytest.raises(DlibError, match="partial has a distribution of its own"):
        _open("", base="partial")


def test_the_shipped_configuration_is_valid():
    from importlib.resources import files

    text = files("gin_configs").joinpath("data/correlated_dsprites.gin").read_text()
    gin.parse_config(
        text.replace('"dsprites_full"', '"pairs"').replace('("scale", "posX")', '("a", "b")')
    )
    assert hasattr(get_named_ground_truth_data(), "sample_training_factors")
