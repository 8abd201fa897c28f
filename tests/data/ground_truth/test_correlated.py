"""The data set ``correlated``: which distribution serves training, which evaluation."""

import gin
import numpy as np
import pytest

from dlib.data.ground_truth import registry
from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.data.ground_truth.loader import Loader
from dlib.data.ground_truth.named_data import dataset_names, get_named_ground_truth_data
from dlib.data.ground_truth.triangle import ORIENTATION_NOISE, CorrelatedTriangle, pointing_angles
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
    dataset_names()  # registers the families, once and for all tests
    monkeypatch.setattr(registry, "_CONSTRUCTORS", dict(registry.constructors()))
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
    with pytest.raises(DlibError, match=r"partial has a distribution .*or one with a joint_table"):
        _open("", base="partial")
    gin.clear_config()
    with pytest.raises(DlibError, match="expected another data set than 'correlated'"):
        _open("", base="correlated")


NUM = 40_000


def _gaussian(n, m, sigma):
    """p(i, j) ~ exp(-(i / n - j / m)^2 / (2 sigma^2)), [n, m], not normalised."""
    return np.exp(-((np.arange(n)[:, None] / n - np.arange(m) / m) ** 2) / (2 * sigma**2))


def _same(factors, columns, expected):
    """Frequencies of combinations near their probabilities: Bernstein's bound, at e^-16."""
    expected = expected / expected.sum()
    found = np.zeros(expected.shape)
    np.add.at(found, tuple(factors[:, columns].T), 1 / len(factors))
    bound = np.sqrt(32 * expected * (1 - expected) / len(factors)) + 16 / 3 / len(factors)
    assert (np.abs(found - expected) <= np.where(expected > 0, bound, 0)).all()


def _law(which, first, second, sigma):
    return (
        f"correlated.{which} = @{which}/correlated_pairs()\n"
        f"{which}/correlated_pairs.pairs = [('{first}', '{second}')]\n"
        f"{which}/correlated_pairs.sigma = {sigma}\n"
    )


def test_the_triangle_is_reweighted_and_keeps_pointing():
    data = _open(_law("evaluation", "posX", "posY", 0.1), base="triangle_correlated")
    triangle = CorrelatedTriangle()
    factors = data.sample_factors(NUM, np.random.RandomState(0))
    _same(factors, [0, 1], _gaussian(32, 32, 0.1))
    triangle.sample_indices(factors, None)  # every one is among the 1024
    given = data.sample_factors_given(0, np.full(NUM, 20), np.random.RandomState(1))
    assert (given[:, 0] == 20).all()
    _same(given, [1], _gaussian(32, 32, 0.1)[20])
    triangle.sample_indices(given, None)


def test_the_laws_multiply_the_weights_of_a_variant():
    gin.bind_parameter("triangle_correlated.orientation_noise", "normal")
    data = _open(_law("evaluation", "posX", "orientation", 0.2), base="triangle_correlated")
    positions = np.indices((32, 32)).reshape(2, -1).T
    own = ORIENTATION_NOISE["normal"](pointing_angles(positions)).reshape(32, 32, 32)
    joint = own * _gaussian(32, 32, 0.2)[:, None, :]  # [posX, posY, orientation]
    factors = data.sample_factors(NUM, np.random.RandomState(0))
    _same(factors, [0, 2], joint.sum(1))
    _same(factors, [1, 2], joint.sum(0))
    given = data.sample_factors_given(2, np.full(NUM, 5), np.random.RandomState(1))
    _same(given, [0, 1], joint[:, :, 5])


def test_the_triangle_is_trained_on_correlated_and_evaluated_on_its_own_manifold():
    data = _open(_law("training", "posX", "posY", 1e-9), base="triangle_correlated")
    triangle = CorrelatedTriangle()
    diagonal = triangle.observations_at(33 * np.arange(32))  # posX = posY
    known = {image.tobytes() for image in diagonal}
    batch = Loader(data, 64, np.random.RandomState(0)).next_batch().permute(0, 2, 3, 1).numpy()
    assert {np.ascontiguousarray(image).tobytes() for image in batch} <= known
    for draw, arguments in (("sample_factors", (99,)), ("sample_factors_given", (2, [3, 9]))):
        np.testing.assert_array_equal(
            getattr(data, draw)(*arguments, np.random.RandomState(3)),
            getattr(triangle, draw)(*arguments, np.random.RandomState(3)),
        )


def test_a_partial_grid_is_reweighted(tmp_path, monkeypatch):
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    # (2, 2) is missing, (1, 0) is there twice.
    rows = np.array([[0, 0], [0, 1], [0, 2], [1, 0], [1, 0], [1, 1], [1, 2], [2, 0], [2, 1]])
    images = np.full((9, 2, 2), 20, np.uint8) * np.arange(1, 10, dtype=np.uint8)[:, None, None]
    np.savez(tmp_path / "mine.npz", images=images, factors=rows)
    gin.bind_parameter("array.path", str(tmp_path / "mine.npz"))
    gin.bind_parameter("array.factor_names", ("a", "b"))
    data = _open(_law("evaluation", "a", "b", 0.5), base="array")
    expected = _gaussian(3, 3, 0.5) * np.array([[1, 1, 1], [2, 1, 1], [1, 1, 0]])
    factors = data.sample_factors(NUM, np.random.RandomState(0))
    _same(factors, [0, 1], expected)
    given = data.sample_factors_given(1, np.zeros(NUM, int), np.random.RandomState(1))
    _same(given, [0], expected[:, 0])
    # Each of the twins gets half of what their combination gets.
    indices = data.sample_indices(factors, np.random.RandomState(2))
    _same(indices[:, None], [0], expected[tuple(rows.T)] / [1, 1, 1, 2, 2, 1, 1, 1, 1])


def test_laws_that_leave_nothing_of_what_occurs(tmp_path, monkeypatch):
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    np.savez(tmp_path / "mine.npz", images=np.full((2, 2, 2), 9, np.uint8), factors=[[1, 0]] * 2)
    gin.bind_parameter("array.path", str(tmp_path / "mine.npz"))
    gin.bind_parameter("array.factor_sizes", (2, 2))
    laws = "correlated.training = @excluded()\nexcluded.pairs = [('factor 0', 'factor 1')]\n"
    with pytest.raises(DlibError, match="the laws of the factors exclude every combination"):
        _open(laws, base="array")


def test_the_shipped_configuration_is_valid():
    from importlib.resources import files

    text = files("gin_configs").joinpath("data/correlated_dsprites.gin").read_text()
    gin.parse_config(
        text.replace('"dsprites_full"', '"pairs"').replace('("scale", "posX")', '("a", "b")')
    )
    assert hasattr(get_named_ground_truth_data(), "sample_training_factors")
