import numpy as np
import pytest

from dlib.visualize import image_grid


def test_values_are_clipped_and_rounded_to_bytes():
    image = np.array([[[-0.5], [0.0], [0.25]], [[0.999], [1.0], [7.0]]])
    expected = [[0, 0, 64], [255, 255, 255]]  # 0.25 * 255 = 63.75, 0.999 * 255 = 254.7
    np.testing.assert_array_equal(image_grid.to_rgb(image)[..., 0], expected)


def test_grey_becomes_three_equal_channels_and_the_array_stays():
    image = np.full((2, 3, 1), 0.5, np.float32)
    picture = image_grid.to_rgb(image)
    assert picture.shape == (2, 3, 3)
    assert picture.dtype == np.uint8
    assert (picture == 128).all()
    assert (image == 0.5).all()


def test_bytes_and_colours_stay():
    image = np.arange(2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 3)
    np.testing.assert_array_equal(image_grid.to_rgb(image), image)


def test_two_channels_lie_side_by_side():
    image = np.stack([np.zeros((2, 3)), np.ones((2, 3))], axis=-1)
    picture = image_grid.to_rgb(image)
    assert picture.shape == (2, 6, 3)
    assert (picture[:, :3] == 0).all()
    assert (picture[:, 3:] == 255).all()


def test_small_images_are_enlarged_pixel_by_pixel():
    image = np.arange(4, dtype=np.uint8).reshape(2, 2, 1).repeat(3, axis=2)
    picture = image_grid.fit(image, cell=4)
    expected = [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    np.testing.assert_array_equal(picture[..., 0], expected)


def test_large_images_are_shrunk_to_means():
    image = np.array([[0, 2, 8, 8, 5], [4, 6, 8, 8, 5]] * 2, np.uint8)[..., None].repeat(3, 2)
    picture = image_grid.fit(image, cell=2)
    # (0 + 2 + 4 + 6) / 4 = 3; the last column is repeated to be a full block
    np.testing.assert_array_equal(picture[..., 0], [[3, 8, 5], [3, 8, 5]])


def test_an_image_near_the_wanted_size_stays():
    image = np.zeros((96, 96, 3), np.uint8)
    assert image_grid.fit(image, cell=128).shape == (96, 96, 3)


def test_a_grid_goes_row_by_row_and_ends_in_white():
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    picture = image_grid.grid(images, num_columns=3, cell=2, gap=1)[..., 0]
    assert picture.shape == (5, 8)
    assert picture[::3, ::3].tolist() == [[0, 1, 2], [3, 4, 255]]
    assert (picture[2] == 255).all()
    assert (picture[:, 2] == 255).all()


def test_originals_lie_above_reconstructions():
    originals, decoded = np.zeros((3, 4, 4, 1)), np.full((3, 4, 4, 1), 0.4)
    picture = image_grid.reconstructions(originals, decoded, num_columns=2, cell=4)[..., 0]
    column = picture[:, -17 - 4 - image_grid.GAP]  # the left one of two
    shades = [int(shade) for shade in column if shade != 255]
    assert shades == [0] * 4 + [102] * 4 + [0] * 4 + [102] * 4


def test_reconstructions_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        image_grid.reconstructions(np.zeros((2, 4, 4, 1)), np.zeros((2, 4, 4, 3)))


def test_samples_have_a_white_margin():
    picture = image_grid.samples(np.zeros((4, 8, 8, 3)), cell=8)
    assert picture.shape == (2 * 8 + 4 + 32, 2 * 8 + 4 + 32, 3)
    assert (picture[:16] == 255).all()
    assert (picture[:, -16:] == 255).all()
    assert (picture[16:24, 16:24] == 0).all()


def test_a_line_around_each_image():
    images = np.full((2, 3, 4, 3), 255, np.uint8)
    found = image_grid.outlined(images)
    assert found.shape == (2, 5, 6, 3)
    assert (found[:, 1:-1, 1:-1] == 255).all()
    assert (found[:, 0] == 208).all()
    assert (found[:, :, -1] == 208).all()


def test_a_title_widens_a_picture():
    picture = np.zeros((10, 20, 3), np.uint8)
    found = image_grid.titled(picture, "a title that is longer", 20, gap=6)
    assert found.shape[1] > 150
    assert found.shape[0] == 10 + 26 + 6
    np.testing.assert_array_equal(found[-10:, :20], picture)
    assert (found[-10:, 20:] == 255).all()
    assert image_grid.titled(np.zeros((10, 300, 3), np.uint8), "short").shape[1] == 300
