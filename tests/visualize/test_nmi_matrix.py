import numpy as np
import pytest

from dlib.visualize import nmi_matrix
from dlib.visualize.latents import Latent

NAMES = ("shape", "object color", "posX")
LEFT_OUT = 116  # the scale at the right


def fields(picture, num_rows, num_columns):
    """Mean shade of each field, found from the picture's lower right corner of fields."""
    width, height = 104, 46
    bottom, right = picture.shape[0] - 16, picture.shape[1] - LEFT_OUT
    shades = np.empty((num_rows, num_columns))
    for row in range(num_rows):
        for column in range(num_columns):
            y, x = bottom - (num_rows - row) * height, right - (num_columns - column) * width
            shades[row, column] = picture[y + 5 : y + 41, x + 5 : x + 20].mean()
    return shades


def test_darker_is_more_information():
    matrix = np.array([[0.0, 0.5, 1.0], [0.9, 0.1, 0.3]])
    shades = fields(nmi_matrix.nmi_heat_map(matrix, NAMES), 2, 3)
    assert (np.argsort(-shades.ravel()) == np.argsort(matrix.ravel())).all()
    assert shades[0, 0] > 240
    assert shades[0, 2] < 80


def test_rows_come_in_the_order_of_the_latents():
    matrix = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    latents = [Latent(1, 2.0, "posX", 1.0), Latent(0, 1.0, "shape", 1.0)]
    shades = fields(nmi_matrix.nmi_heat_map(matrix, NAMES, latents), 2, 3)
    assert (shades < 80).tolist() == [[False, False, True], [True, False, False]]


@pytest.mark.parametrize("nats", [(2.0, 0.09), (0.05, 0.0)])
def test_a_dead_latent_has_the_same_grey_for_all_factors(nats):
    matrix = np.array([[0.9, 0.1, 0.5], [0.8, 0.0, 0.4]])
    latents = [Latent(d, kl, "shape", 0.9) for d, kl in enumerate(nats)]
    picture = nmi_matrix.nmi_heat_map(matrix, NAMES, latents)
    for kl, shades in zip(nats, fields(picture, 2, 3), strict=True):
        if kl < 0.1:
            assert set(shades) == {shades[0]}
            assert shades[0] > 230
        else:
            assert np.ptp(shades) > 100


def test_the_rows_tell_the_information_of_the_latents(monkeypatch):
    figures = []
    monkeypatch.setattr(nmi_matrix.style, "to_array", figures.append)
    latents = [Latent(1, 2.04), Latent(0, 0.09)]
    nmi_matrix.nmi_heat_map(np.array([[0.25, 0.0, 0.0], [0.5, 0.0, 0.0]]), NAMES, latents)
    axes, _ = figures[0].axes
    labels = axes.get_yticklabels()
    assert [label.get_text() for label in labels] == ["z1  KL 2.0", "z0  KL 0.09, unused"]
    numbers = {text.get_text(): text.get_position() for text in axes.texts}
    assert (numbers["0.50"], numbers["0.25"]) == ((0.5, 0.5), (0.5, 1.5))
    assert labels[1].get_color() == nmi_matrix.style.QUIET


def test_the_scale_does_not_depend_on_the_matrix():
    one = fields(nmi_matrix.nmi_heat_map(np.full((1, 3), 0.2), NAMES), 1, 3)
    other = fields(nmi_matrix.nmi_heat_map(np.array([[0.2, 0.0, 1.0]]), NAMES), 1, 3)
    assert one[0, 0] == other[0, 0]


def test_nothing_is_cut_off_at_the_edges():
    picture = nmi_matrix.nmi_heat_map(np.full((12, 3), 0.5), NAMES)
    for side in (picture[:4], picture[-4:], picture[:, :4], picture[:, -4:]):
        assert (side > 200).all()
