import numpy as np
import pytest

from dlib.visualize import traversals
from dlib.visualize.latents import Latent

CELL = 16


def images_of(num_values, num_latent):
    """Image [s, d] has the one shade 10 d + s."""
    shades = 10 * np.arange(num_latent) + np.arange(num_values)[:, None]
    return np.broadcast_to(
        shades[:, :, None, None, None].astype(np.uint8), (num_values, num_latent, CELL, CELL, 1)
    )


def shades_in(picture):
    """The shades of the picture's cells, row by row: unlike text they fill whole squares."""
    grey = picture[..., 0]
    found = []
    for y in range(len(grey) - CELL + 1):
        row = []
        for x in range(grey.shape[1] - CELL + 1):
            block = grey[y : y + CELL, x : x + CELL]
            if block[0, 0] != 255 and (block == block[0, 0]).all():
                row.append(int(block[0, 0]))
        if row:
            found.append(row)
    return found


def test_fixed_values_are_even_and_labelled():
    values, labels = traversals.traversal_values(5, num_latent=2)
    assert values.tolist() == [[-2, -2], [-1, -1], [0, 0], [1, 1], [2, 2]]
    assert labels == ["−2.0", "−1.0", "0.0", "1.0", "2.0"]


def test_labels_have_the_decimals_they_need():
    assert traversals.traversal_values(3, num_latent=1, limit=0.25)[1] == ["−0.25", "0.0", "0.25"]


def test_quantiles_are_those_of_each_latent():
    means = np.stack([np.arange(101.0), -10 * np.arange(101.0)], axis=1)
    values, labels = traversals.traversal_values(3, "quantiles", means)
    np.testing.assert_allclose(values, [[5, -950], [50, -500], [95, -50]])
    assert labels == ["5%", "50%", "95%"]


def test_minmax_is_that_of_each_latent():
    means = np.array([[0.0, 3.0], [4.0, -1.0], [1.0, 0.0]])
    values, labels = traversals.traversal_values(3, "minmax", means)
    np.testing.assert_allclose(values, [[0, -1], [2, 1], [4, 3]])
    assert labels == ["min", "", "max"]


@pytest.mark.parametrize(("number", "kind"), [(9, "normal"), (1, "fixed")])
def test_what_makes_no_traversal_is_refused(number, kind):
    with pytest.raises(ValueError, match="traversal"):
        traversals.traversal_values(number, kind, np.zeros((3, 2)))


def test_each_code_differs_from_the_base_in_one_latent():
    codes = traversals.traversal_codes([5, 6], np.array([[1, 2], [3, 4]]))
    assert codes.tolist() == [[[1, 6], [5, 2]], [[3, 6], [5, 4]]]


def test_decoding_keeps_the_order():
    codes = np.arange(12.0).reshape(2, 3, 2)
    images = traversals.decode_all(lambda z: z[:, None, None, :], codes)
    np.testing.assert_array_equal(images[:, :, 0, 0], codes)


def test_columns_come_in_the_order_of_the_latents():
    latents = [
        Latent(2, 3.0, "posX", 0.8),
        Latent(0, 1.0, "scale", 0.5),
        Latent(1, 0.5, "posY", 0.1),
    ]
    picture = traversals.draw_traversals(images_of(2, 3), latents, cell=CELL)
    assert shades_in(picture) == [[20, 0, 10], [21, 1, 11]]


def test_dead_latents_are_pale_and_stand_apart():
    latents = [Latent(0, 3.0), Latent(1, 0.05)]
    picture = traversals.draw_traversals(images_of(1, 2), latents, cell=CELL)
    pale = round(255 - 0.35 * (255 - 10))
    assert shades_in(picture) == [[0, pale]]
    middle = np.flatnonzero(picture[-20, :, 0] != 255)
    assert np.diff(middle).max() == 4 * traversals.GAP + 1


def test_all_latents_may_be_dead():
    picture = traversals.draw_traversals(images_of(1, 1), [Latent(0, 0.0)], cell=CELL)
    assert shades_in(picture) == [[round(255 - 0.35 * 255)]]


def test_a_footer_lies_below_its_column():
    footer = np.full((CELL, CELL, 3), 77, np.uint8)
    latents = [Latent(1, 3.0), Latent(0, 1.0)]
    picture = traversals.draw_traversals(images_of(1, 2), latents, footers={0: footer}, cell=CELL)
    assert shades_in(picture) == [[10, 0], [77]]
    assert np.argwhere(picture[-20, :, 0] == 77).min() == np.argwhere(picture[-40, :, 0] == 0).min()


def test_at_most_so_many_latents_are_drawn_and_the_rest_is_told():
    latents = [Latent(d, 3.0 - d) for d in range(3)]
    some = traversals.draw_traversals(images_of(1, 3), latents, cell=CELL, max_latents=2)
    assert shades_in(some) == [[0, 10]]
    told = some[-16 - 12 : -16]
    assert (told < 200).any()


def test_row_labels_widen_the_picture_at_the_left_only():
    latents = [Latent(0, 3.0)]
    plain = traversals.draw_traversals(images_of(2, 1), latents, cell=CELL)
    labelled = traversals.draw_traversals(images_of(2, 1), latents, ["−2.0", "2.0"], cell=CELL)
    assert labelled.shape[0] == plain.shape[0]
    np.testing.assert_array_equal(labelled[:, -plain.shape[1] + 16 :], plain[:, 16:])
    assert (labelled[:, 16 : -plain.shape[1]] < 200).any()
