import numpy as np
import pytest
from PIL import Image
from scipy import stats

from dlib.visualize import animation
from dlib.visualize.latents import Latent


def test_an_interval_is_gone_up_and_down_and_closed():
    np.testing.assert_allclose(
        animation.cycle_interval(0.0, 8, -1.0, 1.0), [0, 0.5, 1, 0.5, 0, -0.5, -1, -0.5], atol=1e-12
    )


def test_a_start_outside_an_interval_is_moved_to_its_edge():
    np.testing.assert_allclose(animation.cycle_interval(9.0, 4, 0.0, 1.0), [1, 0.5, 0, 0.5])


def test_an_interval_of_one_point_stays():
    assert animation.cycle_interval(0.0, 3, 2.0, 2.0).tolist() == [2, 2, 2]


def test_quantiles_of_a_normal_distribution_stop_at_a_thousandth():
    edge = stats.norm.ppf(0.999)
    found = animation.cycle_gaussian(5.0, 4, loc=5.0, scale=2.0)
    np.testing.assert_allclose(found, [5, 5 + 2 * edge, 5, 5 - 2 * edge], atol=1e-9)


def test_a_factor_goes_up_and_down_through_all_its_values():
    assert animation.cycle_factor(1, 3, 6).tolist() == [1, 2, 2, 1, 0, 0]
    assert animation.cycle_factor(0, 2, 4).tolist() == [0, 1, 1, 0]


def test_cycles_begin_at_the_base_and_keep_to_their_range():
    means = np.array([[-1.0, 0.0], [3.0, 4.0]])
    logvars = np.log(np.array([[5.0, 1.0], [5.0, 1.0]]))
    base = np.array([1.0, 2.0])
    # latent 0: mean 1, variance 4 + 5 = 9; latent 1: mean 2, variance 4 + 1 = 5
    scale = np.array([3, np.sqrt(5)])
    edge = stats.norm.ppf(0.999)
    expected = {
        "std_gaussian_cycle": ([-edge, -edge], [edge, edge]),
        "fitted_gaussian_cycle": (base - edge * scale, base + edge * scale),
        "fixed_interval_cycle": ([-2, -2], [2, 2]),
        "conf_interval_cycle": (base - 2 * scale, base + 2 * scale),
        "minmax_interval_cycle": ([-1, 0], [3, 4]),
    }
    assert set(expected) == set(animation.CYCLES)
    for kind, (low, high) in expected.items():
        values = animation.cycle_values(kind, base, 2000, means, logvars)
        assert values.shape == (2000, 2)
        np.testing.assert_allclose(values[0], base, atol=1e-6)
        np.testing.assert_allclose(values.min(axis=0), low, atol=0.02)
        np.testing.assert_allclose(values.max(axis=0), high, atol=0.02)


def test_an_unknown_cycle_is_refused():
    with pytest.raises(ValueError, match="minmax_interval_cycle"):
        animation.cycle_values("cycle", np.zeros(1), 2, np.zeros((1, 1)), np.zeros((1, 1)))


def test_frames_differ_only_where_images_do():
    images = np.zeros((2, 2, 16, 16, 1), np.float32)
    images[1, 1] = 1  # the second latent in the second frame
    frames = animation.draw_frames(images, [Latent(1, 2.0), Latent(0, 1.0)], cell=16)
    assert frames.dtype == np.uint8
    changed = np.argwhere((frames[0] != frames[1]).any(axis=-1))
    height, width = changed.max(axis=0) - changed.min(axis=0) + 1
    assert (height, width) == (16, 16)
    assert changed[:, 1].max() < frames.shape[2] / 2  # it stands first


def test_many_latents_take_several_rows():
    images = np.zeros((1, 3, 16, 16, 1), np.float32)
    latents = [Latent(d, 2.0) for d in range(3)]
    one = animation.draw_frames(images, latents, cell=16, num_columns=3)
    two = animation.draw_frames(images, latents, cell=16, num_columns=2)
    assert two.shape[1] > 1.8 * (one.shape[1] - 16)
    assert two.shape[2] < one.shape[2]


def read(path):
    with Image.open(path) as gif:
        info, frames = dict(gif.info), []
        for number in range(gif.n_frames):
            gif.seek(number)
            frames.append(np.asarray(gif.convert("RGB")))
    return info, np.stack(frames)


def test_grey_frames_come_back_exactly(tmp_path):
    frames = np.arange(3 * 8 * 8, dtype=np.uint8).reshape(3, 8, 8, 1).repeat(3, axis=3)
    animation.save_gif(frames, tmp_path / "a.gif", fps=4)
    info, found = read(tmp_path / "a.gif")
    np.testing.assert_array_equal(found, frames)
    assert info["duration"] == 250
    assert info["loop"] == 0


def test_few_colours_come_back_nearly_exactly_and_do_not_flicker(tmp_path):
    colors = np.array([[255, 0, 0], [0, 200, 0], [0, 0, 90], [255, 255, 255]], np.uint8)
    frames = colors[np.random.RandomState(0).randint(4, size=(12, 8, 8))]
    animation.save_gif(frames, tmp_path / "a.gif")
    _, found = read(tmp_path / "a.gif")
    assert np.abs(found.astype(int) - frames).max() <= 8
    assert (found[(frames == 255).all(axis=-1)] == 255).all()
    for color in colors:
        assert len(np.unique(found[(frames == color).all(axis=-1)], axis=0)) == 1


def test_white_is_white_among_many_colours(tmp_path):
    frames = np.random.RandomState(0).randint(200, 256, size=(2, 64, 64, 3)).astype(np.uint8)
    frames[:, :8] = 255
    animation.save_gif(frames, tmp_path / "a.gif")
    _, found = read(tmp_path / "a.gif")
    assert (found[:, :8] == 255).all()
    assert np.abs(found.astype(int) - frames).mean() < 8


def test_equal_frames_are_all_written(tmp_path):
    animation.save_gif(np.zeros((5, 4, 4, 3), np.uint8), tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as gif:
        total = 0
        for number in range(gif.n_frames):
            gif.seek(number)
            total += gif.info["duration"]
    assert total == 5 * 100


@pytest.mark.parametrize(
    ("frames", "fps"),
    [
        (np.zeros((2, 4, 4, 3)), 10),
        (np.zeros((2, 4, 4), np.uint8), 10),
        (np.zeros((0, 4, 4, 3), np.uint8), 10),
        (np.zeros((2, 4, 4, 3), np.uint8), 0),
        (np.zeros((2, 4, 4, 3), np.uint8), 60),
    ],
)
def test_what_is_no_animation_is_refused(frames, fps, tmp_path):
    with pytest.raises(ValueError, match="fps|frames"):
        animation.save_gif(frames, tmp_path / "a.gif", fps)
    assert not list(tmp_path.iterdir())


def test_values_of_an_interval_begin_at_the_base():
    low, high = np.array([-1.0, 0.0]), np.array([1.0, 4.0])
    found = animation.interval_values(np.array([0.0, 4.0]), 8, low, high)
    np.testing.assert_allclose(found[:, 0], [0, 0.5, 1, 0.5, 0, -0.5, -1, -0.5], atol=1e-12)
    np.testing.assert_allclose(found[:, 1], [4, 3, 2, 1, 0, 1, 2, 3], atol=1e-12)
