import numpy as np
import pytest

from dlib.data.ground_truth.translation import Translation
from dlib.utils.errors import DlibError


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def cached(root):
    cache = root.parent / "cache"
    return [path.name for path in cache.glob("*") if path.suffix != ".lock"]


def centroids(images):
    y, x = np.indices((64, 64))
    total = images[..., 0].sum((1, 2))
    return np.stack([(images[..., 0] * axis).sum((1, 2)) / total for axis in (x, y)], 1)


@pytest.mark.parametrize(
    ("layout", "centre"),
    [
        ("cartesian", lambda i, j: (10 + 2 * i, 10 + 2 * j)),
        ("honeycomb", lambda i, j: (10 + 2 * i + j % 2, 10 + 3**0.5 * j)),
        (
            "polar",
            lambda i, j: (
                31.5 + (1 + i * 20 / 22) * np.cos(j * 2 * np.pi / 22),
                31.5 + (1 + i * 20 / 22) * np.sin(j * 2 * np.pi / 22),
            ),
        ),
    ],
)
def test_the_disc_lies_where_the_factors_say(root, layout, centre):
    data = Translation(layout, radius=9)
    factors = np.indices((22, 22)).reshape(2, -1).T
    images = data.sample_observations_from_factors(factors, None)
    assert images.shape == (484, 64, 64, 1)
    expected = np.array([centre(i, j) for i, j in factors])
    np.testing.assert_allclose(centroids(images), expected, atol=0.05)
    np.testing.assert_allclose(images.sum((1, 2, 3)), np.pi * (81 + 1 / 12), rtol=0.01)


def test_facts(root):
    data = Translation("polar")
    assert data.factor_names == ("radius", "angle")
    assert data.factors_num_values == [22, 22]
    assert data.num_images == 484
    assert data.source == "drawn"


def test_options_do_not_share_a_cache_file(root):
    small, large = Translation(radius=4), Translation(radius=8)
    assert small.observations_at([0]).sum() < large.observations_at([0]).sum()
    assert len(cached(root)) == 2


@pytest.mark.parametrize("options", [{"layout": "spiral"}, {"radius": 0}, {"radius": 99}])
def test_unknown_options(root, options):
    with pytest.raises(DlibError, match=r"translation.(layout|radius): "):
        Translation(**options)
    assert cached(root) == []
