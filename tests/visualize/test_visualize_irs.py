import itertools

import numpy as np
from PIL import Image

from dlib.visualize import style, visualize_irs

FACTORS = np.array(list(itertools.product(range(3), range(4))) * 5)
CODES = np.stack([FACTORS[:, 1] - 1.5, FACTORS[:, 0] - 1.0, np.zeros(len(FACTORS))], axis=1)


def has_ink(picture):
    return bool((picture < 128).any())


def test_lines_are_conditional_means():
    codes = FACTORS[:, :1] + 10.0 * FACTORS[:, 1:]
    ax = visualize_irs.visualize_interventional_effect(FACTORS, codes, 0, 0, 1)
    lines = [line.get_ydata().tolist() for line in ax.get_lines()]
    assert lines == [[g + 10 * value for value in range(4)] for g in range(3)]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "1", "2"]


def test_the_parents_panel_has_the_mean_and_the_middle_of_the_codes():
    codes = FACTORS[:, :1] + 10.0 * FACTORS[:, 1:]
    ax = visualize_irs.visualize_interventional_effect(
        FACTORS, codes, 0, 1, 1, no_conditioning=True, plot_scatter=True
    )
    assert ax.get_lines()[0].get_ydata().tolist() == [1, 11, 21, 31]
    band, points = sorted(ax.collections, key=lambda part: type(part).__name__)
    assert len(points.get_offsets()) == len(FACTORS)
    assert band.get_datalim(ax.transData).y0 == 0  # the 5 % quantile where the mean is 1
    assert band.get_datalim(ax.transData).y1 == 32


def test_many_parent_values_are_grouped_into_eight_lines():
    held = np.arange(183).repeat(2)
    factors = np.stack([held, np.tile([0, 1], 183)], axis=1)
    ax = visualize_irs.visualize_interventional_effect(factors, 1.0 * factors[:, :1], 0, 0, 1)
    assert len(ax.get_lines()) == 8
    assert ax.get_legend().get_texts()[0].get_text() == "0–22"
    np.testing.assert_allclose(ax.get_lines()[0].get_ydata(), [11, 11])  # the mean of 0 to 22


def test_the_picture_grows_with_latents_and_factors():
    small = visualize_irs.interventional_effects(CODES, FACTORS, ["shape", "scale"], [0])
    large = visualize_irs.interventional_effects(CODES, FACTORS)
    assert small.dtype == np.uint8
    assert large.shape[0] - small.shape[0] == 2 * 116
    assert large.shape[1] == small.shape[1]
    assert has_ink(small)
    for side in (large[:4], large[-4:], large[:, :4], large[:, -4:]):
        assert (side > 200).all()


def test_the_reference_name_writes_the_reference_file(tmp_path):
    visualize_irs.vis_all_interventional_effects(FACTORS, CODES, tmp_path)
    with Image.open(tmp_path / "interventional_effect.png") as picture:
        found = np.asarray(picture)
    np.testing.assert_array_equal(found, visualize_irs.interventional_effects(CODES, FACTORS))


def test_small_effects_have_one_size_and_rise_with_their_parent():
    found = visualize_irs.small_effects(CODES, FACTORS, ("shape", "scale"), [1, 0], 128)
    assert list(found) == [1, 0]
    assert {picture.shape for picture in found.values()} == {found[0].shape}
    accent = np.array([int(style.ACCENT[i : i + 2], 16) for i in (1, 3, 5)])
    for picture in found.values():
        rows, columns = np.nonzero((np.abs(picture[:100].astype(int) - accent) < 8).all(axis=-1))
        assert rows[columns < 40].mean() > rows[columns > 88].mean() + 20  # rows count downwards


def test_small_effects_say_that_their_factor_is_what_interventions_tell(monkeypatch):
    texts = []

    def text_image(lines, width, size):
        texts.append([text for text, _, _ in lines])
        return np.full((10, width, 3), 255, np.uint8)

    monkeypatch.setattr(visualize_irs.style, "text_image", text_image)
    visualize_irs.small_effects(CODES, FACTORS, ("shape", "scale"), [0], 128)
    assert texts[0][0] == "by intervention:"
    assert texts[0][1] in ("shape", "scale")
    assert texts[0][2].startswith("IRS ")
