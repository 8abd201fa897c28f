import numpy as np
import pytest

from dlib.visualize import information_curves

BETAS = np.geomspace(100, 1, 50)


@pytest.fixture
def drawn(monkeypatch):
    """Figures in the place of files."""
    figures = []
    monkeypatch.setattr(information_curves, "save", lambda made, path: figures.append(made))
    return figures


def band(values):
    return BETAS, values, values - 1, values + 1, np.column_stack([values - 1, values + 1])


def lines(axes, color):
    return [line for line in axes.lines if line.get_color() == color]


def test_the_increment_has_its_change_points_levels_and_numbered_pressures(drawn):
    rising = np.arange(50.0)
    changes = [(BETAS[10], BETAS[12], BETAS[8]), (BETAS[30], BETAS[33], BETAS[28])]
    levels = [(100, BETAS[10], 5.0), (BETAS[10], BETAS[30], 20.0), (BETAS[30], 1, 40.0)]
    information_curves.draw_increment(band(rising), changes, levels, [BETAS[20], 0.5], "path")
    (axes,) = drawn[0].axes
    green = lines(axes, information_curves.CHANGE)
    dots = [line for line in green if line.get_marker() == "o"]
    # On the curve: the rising values count the positions.
    assert [float(np.ravel(dot.get_ydata())[0]) for dot in dots] == pytest.approx([10, 30])
    dashes = [line for line in green if line.get_linestyle() == "--"]
    assert [line.get_ydata()[0] for line in dashes] == [5.0, 20.0, 40.0]
    assert [text.get_text() for text in axes.texts] == [f"1: {BETAS[20]:.3g}", "2: 0.5"]
    assert axes.get_xlim() == pytest.approx((100, 0.5))  # the pressure falls to the right


def test_a_curve_without_change_points_is_drawn(drawn):
    information_curves.draw_increment(band(np.ones(50)), [], [], [2.0], "path")
    assert len(drawn) == 1


def test_information_and_reconstruction_share_the_median_point(drawn):
    falling = np.linspace(50, 0, 50)
    points = [30.0, 40.0, np.inf, 0.0, 50.0]
    information_curves.draw_information(band(50 - falling), band(falling), points, 0.1, "path")
    upper, lower = drawn[0].axes
    for axes in (upper, lower):
        (mark,) = lines(axes, information_curves.SEPARATION)
        assert list(mark.get_xdata()) == [40.0, 40.0]  # of those that have a number
    assert upper.texts[0].get_text() == "freezing point 40\n(I over 0.1 nats)"
    information_curves.draw_information(band(falling), band(falling), [0.0], 0.1, "path")
    assert not drawn[1].axes[0].texts


@pytest.mark.parametrize(("point", "side"), [(49.0, "left"), (1.5, "right")])
def test_the_label_of_a_point_near_an_edge_stays_inside(drawn, point, side):
    falling = np.linspace(50, 0, 50)
    information_curves.draw_information(band(falling), band(falling), [point], 0.1, "path")
    upper = drawn[0].axes[0]
    (label,) = upper.texts
    assert label.get_ha() == side
    inside, words = upper.get_window_extent(), label.get_window_extent()
    assert inside.x0 < words.x0
    assert words.x1 < inside.x1


def test_latents_are_one_line_each(drawn):
    information_curves.draw_latents(BETAS, np.ones((50, 3)), 0.1, "path")
    (axes,) = drawn[0].axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["latent 1", "latent 2", "latent 3"]
    assert axes.get_title(loc="left") == ""


def test_latents_of_one_network_of_several_are_told_to_be_of_one(drawn):
    information_curves.draw_latents(BETAS, np.ones((50, 3)), 0.1, "path", networks=5)
    title = drawn[0].axes[0].get_title(loc="left")
    assert title == "one network of 5: the one whose first freezing point is in the middle"


def test_pictures_are_written_as_png_and_pdf(tmp_path):
    information_curves.draw_latents(BETAS, np.ones((50, 2)), 0.1, tmp_path / "latents")
    assert (tmp_path / "latents.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "latents.pdf").read_bytes().startswith(b"%PDF")
