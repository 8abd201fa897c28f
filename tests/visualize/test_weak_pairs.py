"""Pictures of pairs."""

import numpy as np
import pytest

from dlib.visualize import weak_pairs
from dlib.visualize.latents import Latent

LATENTS = [Latent(2, 3.0, "posX", 0.9), Latent(0, 1.0, "shape", 0.4), Latent(1, 0.0)]
OWN = np.array([[False, False, True], [True, False, False]])  # of latents 0, 1, 2
DARK, LIGHT = (0x0B, 0x5F, 0xA5), (0xEE, 0xF1, 0xF4)


def images(*values):
    """Images of 8 x 8 pixels, each of one grey: ``[..., 8, 8, 1]``."""
    return np.broadcast_to(np.array(values)[..., None, None, None], (*np.shape(values), 8, 8, 1))


def columns_of(picture, row, color):
    """Where a row of pixels has a colour, as runs: ``[(first, last), ...]``."""
    at = np.flatnonzero((picture[row] == color).all(axis=-1))
    breaks = np.flatnonzero(np.diff(at) > 1)
    firsts, lasts = at[[0, *breaks + 1]], at[[*breaks, len(at) - 1]]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def rows_of(picture, column, color):
    return columns_of(np.swapaxes(picture, 0, 1), column, color)


@pytest.fixture(scope="module")
def picture():
    return weak_pairs.draw_pairs(
        images([0.0, 0.2], [0.4, 0.6]),
        images([0.1, 0.3], [0.5, 0.7]),
        OWN,
        np.array([[0.1, 0.0, 123.4], [2.0, 0.1, 0.0]]),
        [["posX"], []],
        LATENTS,
        cell=80,
    )


def test_each_row_holds_both_observations_and_what_is_made_of_them(picture):
    margin = 16
    for pair, greys in enumerate(([0, 0.1, 0.4, 0.5], [0.2, 0.3, 0.6, 0.7])):
        seen = []
        for grey in greys:
            color = (round(255 * grey),) * 3
            ((top, bottom),) = rows_of(picture, margin + len(seen) * 84 + 40, color)
            assert bottom - top + 1 == 80
            seen.append(top)
        assert len(set(seen)) == 1
        assert (seen[0] > picture.shape[0] / 2) == (pair == 1)


def test_own_latents_are_dark_and_shared_ones_light_in_the_given_order(picture):
    for grey, own in ((0.0, "z2"), (0.2, "z0")):  # the grey of each pair's first image
        ((top, _),) = rows_of(picture, 16 + 40, (round(255 * grey),) * 3)
        dark, light = (columns_of(picture, top + 4, color) for color in (DARK, LIGHT))
        boxes = sorted(dark + light)
        assert [end - start + 1 for start, end in boxes] == [64] * 3
        assert [("z2", "z0", "z1")[boxes.index(box)] for box in dark] == [own]


def test_the_walk_goes_there_and_back():
    part = weak_pairs.walk(8)
    assert part[0] == 0
    assert part[4] == pytest.approx(1)
    np.testing.assert_allclose(part[1:], part[:0:-1])
    assert (np.diff(part[:5]) > 0).all()


def test_shared_latents_stand_still_while_others_walk():
    codes = np.array([[[0.0, 1.0], [5.0, 5.0]], [[4.0, 1.0], [5.0, 7.0]]])  # [2, B, D]
    found = weak_pairs.walk_codes(codes, 4)
    assert found.shape == (4, 2, 2)
    np.testing.assert_allclose(found[:, 0, 0], [0, 2, 4, 2], atol=1e-6)
    np.testing.assert_allclose(found[:, 1, 1], [5, 6, 7, 6], atol=1e-6)
    assert (found[:, 0, 1] == 1).all()
    assert (found[:, 1, 0] == 5).all()


def test_frames_show_the_nearer_observation_above_what_is_decoded():
    decoded = images([0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [0.7, 0.8])  # [F, B, ...]
    frames = weak_pairs.pair_frames(
        images([0.0, 0.25], [0.75, 1.0]), decoded, OWN, [["posX"], ["a", "b", "c", "d", "e"]],
        LATENTS, cell=96,
    )  # fmt: skip
    assert frames.shape[0] == 4
    middles = [8 + 48, 8 + 96 + 8 + 48]  # of the columns
    for f, nearer in enumerate([(0.0, 0.25), (0.0, 0.25), (0.75, 1.0), (0.0, 0.25)]):
        above = [frames[f, 8 + 48, x, 0] for x in middles]
        below = [frames[f, 8 + 96 + 4 + 48, x, 0] for x in middles]
        assert above == [round(255 * grey) for grey in nearer]
        assert below == [round(255 * grey) for grey in decoded[f, :, 0, 0, 0]]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a"], ["a", "", ""]),
        (["a", "b", "c"], ["a", "b", "c"]),
        (["a", "b", "c", "d", "e"], ["a", "b", "and 3 more"]),
    ],
)
def test_many_names_are_cut_to_three_lines(monkeypatch, names, expected):
    written = []
    monkeypatch.setattr(
        weak_pairs.style, "text_image", lambda lines, *_: written.extend(line[0] for line in lines)
    )
    weak_pairs._moves(OWN[0], names, 3, LATENTS, 96)
    assert written == [*expected, "z2"]
    written.clear()
    weak_pairs._moves(np.zeros(3, bool), names, 3, LATENTS, 96)
    assert written[-1] == "all shared"
