"""dSprites and its variants: values from the drawing, draws as the reference makes them.

The expected values are the reference's arithmetic (disentanglement_lib's dsprites.py), done here
in float64 on whole arrays and rounded to float32 at the end.
"""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from dlib.data.ground_truth import dsprites, scream
from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.utils.errors import DlibError

NUM = 12


@pytest.fixture(scope="module", autouse=True)
def _drawn(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLIB_CACHE", str(cache))
        patch.setenv("DISENTANGLEMENT_LIB_DATA", str(tmp_path_factory.mktemp("data")))
        yield
    shutil.rmtree(cache)  # 377 MB that pytest would keep for three runs


def _five_factors(random_state):
    return np.column_stack([random_state.randint(n, size=NUM) for n in (3, 6, 40, 32, 32)])


def _sprites(shape, scale, orientation, x, y):
    """float32 [NUM, 64, 64, 1], as the reference reads them from its file."""
    classes = np.column_stack([np.zeros(NUM, int), shape, scale, orientation, x, y])
    return dsprites.render(classes)[..., None].astype(np.float32)


def test_full():
    data = get_named_ground_truth_data("dsprites_full")
    assert data.source == "rendered"
    assert data.factor_names == ("shape", "scale", "orientation", "posX", "posY")
    assert data.factors_num_values == [3, 6, 40, 32, 32]
    assert data.observation_shape == [64, 64, 1]
    assert data.num_images == 737280
    assert data.noise_free
    factors, observations = data.sample(NUM, np.random.RandomState(5))
    expected = _five_factors(np.random.RandomState(5))
    np.testing.assert_array_equal(factors, expected)
    assert observations.dtype == np.float32
    np.testing.assert_array_equal(observations, _sprites(*expected.T))


def test_observing_dsprites_full_draws_nothing():
    data, random_state = get_named_ground_truth_data("dsprites_full"), np.random.RandomState(5)
    data.sample_observations_from_factors(np.zeros((NUM, 5), int), random_state)
    assert random_state.randint(2**30) == np.random.RandomState(5).randint(2**30)


def test_all_stored_images_are_in_the_order_of_their_factors():
    data = dsprites.DSprites()
    assert data.factor_names == dsprites.FACTOR_NAMES
    assert data.factors_num_values == [1, 3, 6, 40, 32, 32]
    index = 737279 - 5 * 32 - 3  # posX 26, posY 28 of the last sprite
    assert data.sample_indices([[0, 2, 5, 39, 26, 28]], None).tolist() == [index]
    np.testing.assert_array_equal(
        data.observations_at([index])[0, ..., 0], dsprites.render([[0, 2, 5, 39, 26, 28]])[0]
    )


def test_noshape_draws_the_shape_after_the_factors():
    data = get_named_ground_truth_data("dsprites_noshape")
    assert data.factor_names == ("scale", "orientation", "posX", "posY")
    factors, observations = data.sample(NUM, np.random.RandomState(5))
    stream = np.random.RandomState(5)
    expected = np.column_stack([stream.randint(n, size=NUM) for n in (6, 40, 32, 32)])
    shape = stream.randint(3, size=NUM)
    np.testing.assert_array_equal(factors, expected)
    np.testing.assert_array_equal(observations, _sprites(shape, *expected.T))


def _check_variant(name, expected_of):
    data = get_named_ground_truth_data(name)
    assert data.observation_shape == [64, 64, 3]
    assert data.factor_names == ("shape", "scale", "orientation", "posX", "posY")
    assert not data.noise_free
    factors, observations = data.sample(NUM, np.random.RandomState(5))
    stream = np.random.RandomState(5)
    expected_factors = _five_factors(stream)
    np.testing.assert_array_equal(factors, expected_factors)
    sprites = np.repeat(_sprites(*expected_factors.T), 3, axis=3)
    expected = expected_of(data, sprites, stream).astype(np.float32)
    assert observations.dtype == np.float32
    np.testing.assert_array_equal(observations, expected)
    again = data.sample_observations_from_factors(factors, stream)
    assert (again != observations).any()  # drawn anew at each use


def test_color():
    def expected(data, sprites, stream):
        return sprites * stream.uniform(0.5, 1, [NUM, 1, 1, 3])

    _check_variant("color_dsprites", expected)


def test_noisy():
    def expected(data, sprites, stream):
        return np.minimum(sprites + stream.uniform(0, 1, [NUM, 64, 64, 3]), 1.0)

    _check_variant("noisy_dsprites", expected)


def test_scream():
    def expected(data, sprites, stream):
        painting = scream.paint() / 255.0
        result = np.empty(sprites.shape, np.float32)
        for image, sprite in zip(result, sprites, strict=True):
            top, left = stream.randint(0, 274 - 64), stream.randint(0, 216 - 64)
            tint = stream.uniform(0, 1, size=3)
            background = (painting[top : top + 64, left : left + 64] + tint) / 2.0
            image[:] = np.where(sprite == 1, 1 - background, background)
        return result

    _check_variant("scream_dsprites", expected)
    data = get_named_ground_truth_data("scream_dsprites")
    assert data.source.startswith("rendered; background painted (sha256 ")


def test_abstract():
    data = get_named_ground_truth_data("abstract_dsprites")
    assert data.factors_num_values == [5, 6, 3, 6, 32, 32]
    assert data.factor_names[:2] == ("background color", "object color")
    assert len(data.factor_names) == data.num_factors == 6
    assert data.num_images == 30 * 737280
    factors, observations = data.sample(NUM, np.random.RandomState(5))
    stream = np.random.RandomState(5)
    expected = np.column_stack([stream.randint(n, size=NUM) for n in (5, 6, 3, 6, 32, 32)])
    orientation = stream.randint(40, size=NUM)
    np.testing.assert_array_equal(factors, expected)
    background, foreground, shape, scale, x, y = expected.T
    mask = _sprites(shape, scale, orientation, x, y)
    grey = np.array([0, 0.25, 0.5, 0.75, 1])[background][:, None, None, None]
    color = dsprites.OBJECT_COLORS[foreground][:, None, None]
    values = mask * color + (1.0 - mask) * grey  # [NUM, 64, 64, 3]
    np.testing.assert_array_equal(observations, values.astype(np.float32))


def test_abstract_colors_are_evenly_spaced_hues():
    seaborn = pytest.importorskip("seaborn")
    np.testing.assert_allclose(
        dsprites.OBJECT_COLORS, seaborn.husl_palette(6, h=0.1, s=0.7, l=0.7), atol=1e-12
    )


def test_one_by_one_is_another_stream_than_a_batch_but_the_same_images():
    data = get_named_ground_truth_data("noisy_dsprites")
    factors = np.zeros((2, 5), int)
    together = data.sample_observations_from_factors(factors, np.random.RandomState(0))
    stream = np.random.RandomState(0)
    apart = [data.sample_observations_from_factors(factors[:1], stream) for _ in range(2)]
    np.testing.assert_array_equal(together, np.concatenate(apart))


@pytest.mark.parametrize("factors", [[[3, 0, 0, 0, 0]], [[0, 0, 0, 0, -1]], [[0, 0, 0, 0]]])
def test_wrong_factors(factors):
    data = get_named_ground_truth_data("dsprites_full")
    with pytest.raises(DlibError, match="expected"):
        data.sample_observations_from_factors(factors, np.random.RandomState(0))


PROCESS = """
from dlib.data.ground_truth import dsprites_render
write_all = dsprites_render.write_all
def told(path):
    print("built")
    write_all(path)
dsprites_render.write_all = told
from dlib.data.ground_truth.named_data import get_named_ground_truth_data
print(get_named_ground_truth_data("dsprites_full").observations_at([0, 737279]).sum())
"""


def test_processes_that_open_it_together_build_it_once_and_see_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path))
    processes = [
        subprocess.Popen([sys.executable, "-c", PROCESS], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60)[0].split() for process in processes]
    expected = dsprites.render([[0] * 6, [0, 2, 5, 39, 31, 31]]).sum()
    assert [float(words[-1]) for words in told] == [expected, expected]
    assert sum(words.count("built") for words in told) == 1
    assert sorted(f.suffix for f in tmp_path.iterdir() if f.suffix != ".lock") == [".bits"]
    for file in tmp_path.iterdir():
        file.unlink()
