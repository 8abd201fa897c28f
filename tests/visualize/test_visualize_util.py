import numpy as np
import pytest
from PIL import Image

from dlib.visualize import visualize_util as util


def read(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_an_image_is_rounded_and_stays_as_it_is(tmp_path):
    image = np.array([[[0.0], [0.5], [0.999]]], np.float32)
    util.save_image(image, tmp_path / "folder" / "a.png")
    assert read(tmp_path / "folder" / "a.png").tolist() == [[[0] * 3, [128] * 3, [255] * 3]]
    assert image.ravel().tolist() == pytest.approx([0, 0.5, 0.999])


def test_a_jpeg_is_a_jpeg(tmp_path):
    util.save_image(np.full((16, 16, 3), 0.5), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as picture:
        assert picture.format == "JPEG"
        assert abs(int(np.asarray(picture)[8, 8, 0]) - 128) <= 1


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a\.xyz"):
        util.save_image(np.zeros((4, 4, 1)), tmp_path / "a.xyz")
    assert not list(tmp_path.iterdir())


def test_a_grid_holds_all_images(tmp_path):
    images = np.linspace(0, 1, 18)[:, None, None, None] * np.ones((1, 4, 8, 3))
    util.grid_save_images(images, tmp_path / "a.png")
    cells = read(tmp_path / "a.png")[::4, ::8, 0].ravel()
    expected = np.rint(np.linspace(0, 1, 18) * 255).astype(int).tolist()
    assert cells[:18].tolist() == expected
    assert (cells[18:] == 255).all()


@pytest.mark.parametrize(
    ("number", "rows"),
    [(1, 1), (2, 1), (4, 2), (5, 2), (7, 2), (10, 2), (12, 3), (13, 2), (64, 8)],
)
def test_rows_leave_few_places_empty(number, rows):
    assert util.best_num_rows(number) == rows
    assert number <= 4 * rows * rows


def test_padding_is_white_in_the_images_own_kind():
    image = np.zeros((2, 3, 1), np.float32)
    assert util.padding_array(image, 4, 0).tolist() == np.ones((4, 3, 1)).tolist()
    assert util.padding_array(np.zeros((2, 3, 1), np.uint8), 1, 1).tolist() == [[[255]], [[255]]]


def test_padding_goes_round_or_along_one_axis():
    image = np.zeros((2, 3, 3))
    assert util.pad_around(image, 5).shape == (12, 13, 3)
    assert util.pad_around(image, 5, axis=1).shape == (2, 13, 3)
    assert (util.pad_around(image, 5)[5:-5, 5:-5] == 0).all()
    assert util.pad_around(image, 5)[:5].min() == 1


def test_a_stack_has_white_between():
    stack = util.padded_stack([np.zeros((2, 2, 1)), np.zeros((2, 2, 1))], 1, axis=0)
    assert stack[:, 0, 0].tolist() == [0, 0, 1, 0, 0]


def test_a_padded_grid_is_filled_with_white():
    grid = util.padded_grid([np.zeros((1, 1, 1))] * 3, num_rows=2, padding_px=1)
    assert grid[..., 0].tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 1]]


def test_below_is_white_and_grey_has_three_channels():
    image = util.add_below(np.zeros((2, 3)), 4)
    assert image.shape == (6, 3, 3)
    assert (image[:2] == 0).all()
    assert (image[2:] == 1).all()
    with pytest.raises(ValueError, match="4"):
        util.add_below(np.zeros((2, 3, 4)))


def test_animations_run_side_by_side_in_bytes(tmp_path):
    dark, bright = np.zeros((6, 8, 8, 1)), np.full((6, 8, 8, 1), 0.75)
    dark[3:] = 0.25
    util.save_animation([dark, bright], tmp_path / "a.gif", fps=20)
    with Image.open(tmp_path / "a.gif") as gif:
        shades = []
        for number in range(gif.n_frames):
            gif.seek(number)
            frame = np.asarray(gif.convert("L"))
            shades.append((int(frame[14, 14]), int(frame[14, 14 + 18])))
    assert shades[0] == (0, 191)
    assert shades[-1] == (64, 191)


def test_the_cycles_are_here_under_the_reference_names():
    assert util.cycle_interval(0.0, 4, 0.0, 1.0).tolist() == [0, 0.5, 1, 0.5]
    assert util.cycle_factor(0, 2, 4).tolist() == [0, 1, 1, 0]
    assert util.cycle_gaussian(0.0, 2)[0] == 0
