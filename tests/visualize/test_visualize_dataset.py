from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from dlib.commands import visualize_dataset as command
from dlib.data.ground_truth import named_data, registry
from dlib.data.ground_truth.ground_truth_data import GroundTruthData
from dlib.data.ground_truth.triangle import CorrelatedTriangle
from dlib.utils.errors import DlibError
from dlib.visualize.visualize_dataset import (
    _frames,
    _starting_point,
    enumerated,
    observations_alike,
    visualize_dataset,
)


class Squares(GroundTruthData):
    """A square whose brightness and column are factors; its row is hidden."""

    source = "drawn"
    factor_names = ("brightness", "column")
    factors_num_values = [3, 20]
    observation_shape = [24, 24, 3]

    def sample_factors(self, num, random_state):
        return np.column_stack([random_state.randint(n, size=num) for n in (3, 20)])

    def sample_observations_from_factors(self, factors, random_state):
        images = np.zeros((len(factors), 24, 24, 3), np.float32)
        rows = random_state.randint(20, size=len(factors))
        for image, (brightness, column), row in zip(images, factors, rows, strict=True):
            image[row : row + 4, column : column + 4] = [1, (1 + brightness) / 4, 0]
        return images


@pytest.fixture
def squares(monkeypatch, tmp_path):
    named_data.dataset_names()  # registers all, which happens once, before the copy is made
    monkeypatch.setattr(registry, "_CONSTRUCTORS", dict(registry._CONSTRUCTORS))
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    registry.register("squares", Squares)
    return Squares()


def test_pictures_of_a_data_set(squares, tmp_path):
    written = visualize_dataset("squares", tmp_path, num_animations=3, num_frames=12)
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "squares/samples.png",
        "squares/factors.png",
        "squares/factor_0_brightness.gif",
        "squares/factor_1_column.gif",
    ]
    for path in written:
        with Image.open(path) as image:
            image.load()
            assert min(image.size) > 50


def test_a_data_set_has_its_own_name_above_it_or_another(squares, tmp_path, monkeypatch):
    titles = []

    def draw_rows(title, note, rows):
        titles.append(title)
        return np.zeros((60, 60, 3), np.uint8)

    monkeypatch.setattr("dlib.visualize.visualize_dataset.draw_rows", draw_rows)
    visualize_dataset("squares", tmp_path)
    visualize_dataset("squares", tmp_path, title="Squares")
    assert titles == ["squares", "Squares"]


def test_animations_are_in_colour(squares, tmp_path):
    visualize_dataset("squares", tmp_path)
    with Image.open(tmp_path / "squares" / "factor_0_brightness.gif") as image:
        assert image.n_frames > 1
        shown = np.asarray(image.convert("RGB"))
    found = {tuple(color.tolist()) for color in np.unique(shown.reshape(-1, 3), axis=0)}
    assert found >= {
        (0, 0, 0),
        (255, 255, 255),
        (208, 208, 208),  # the line around each image
        (255, 64, 0),  # the darkest third: 255 / 4, rounded
    }
    assert all(r == g == b or abs(r - b) < 20 for r, g, b in found - {(255, 64, 0)})  # letters


def test_pictures_start_where_each_factor_shows():
    data = SimpleNamespace(
        factor_names=("shape", "scale", "orientation", "wall color", "object color"),
        factors_num_values=[3, 6, 40, 10, 10],
    )
    point = _starting_point(data, np.random.RandomState(0))
    assert point.tolist() == [2, 3, 0, 5, 1]  # colours: 0.5 and the fraction of 0.5 + 0.618


def test_an_animation_names_its_value(squares):
    bases = np.array([[0, 5], [2, 7]])
    frames = _frames(squares, 1, bases, 40, np.random.RandomState(0))
    assert frames.shape[0] == 40
    title = frames[:, 8:34]  # above the images
    assert (title[0] != title[3]).any()  # another number
    np.testing.assert_array_equal(title[0], title[-1])  # back at 0


def test_the_same_seed_draws_the_same(squares, tmp_path):
    for folder in ("a", "b"):
        visualize_dataset("squares", tmp_path / folder)
    for path in (tmp_path / "a" / "squares").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "squares" / path.name).read_bytes()


def test_a_product_changes_one_factor_only(squares):
    points = enumerated(squares, 1, np.array([2, 5]), np.arange(20), np.random.RandomState(0))
    np.testing.assert_array_equal(points, [[2, column] for column in range(20)])


def test_hidden_factors_stay(squares):
    points = enumerated(squares, 1, np.array([2, 5]), np.arange(20), np.random.RandomState(0))
    rows = observations_alike(squares, points, seed=3)[..., 0].max(2)  # [20, 24]
    assert (rows == rows[0]).all()


def test_a_partial_set_goes_to_its_nearest_point():
    data = CorrelatedTriangle()
    base = np.array([5, 11, int(data.sample_factors_given(0, [5], np.random.RandomState(0))[0, 2])])
    base[2] = next(row[2] for row in data.joint_table.rows if tuple(row[:2]) == (5, 11))
    points = enumerated(data, 0, base, np.arange(32), np.random.RandomState(0))
    np.testing.assert_array_equal(points[:, 0], np.arange(32))
    np.testing.assert_array_equal(points[5], base)  # its own value: nothing changes
    data.sample_indices(points, None)  # all of them exist
    assert np.abs(points[:, 1] - 11).max() <= 4
    assert np.median(np.abs(points[:, 1] - 11)) == 0


def test_unlabelled_data_has_samples_only(tmp_path, monkeypatch):
    monkeypatch.setenv("DLIB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "pets").mkdir()
    for number in range(3):
        Image.new("RGB", (9, 9), (number, 50, 200)).save(tmp_path / "pets" / f"{number}.png")
    status = command.main(
        [
            f"--path={tmp_path}",
            "--gin_config=data/image_folder.gin",
            f"--gin_bindings=image_folder.path = '{tmp_path / 'pets'}'",
        ]
    )
    assert status == 0
    assert [path.name for path in (tmp_path / "image_folder").iterdir()] == ["samples.png"]


def test_what_is_no_image(tmp_path):
    with pytest.raises(DlibError, match=r"identity: observations of shape \[10\] are no images"):
        visualize_dataset("identity", tmp_path)


def test_the_command_tells_mistakes_in_one_line(tmp_path, capsys):
    assert command.main(["--name=translatoin", f"--path={tmp_path}"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("dlib_visualize_dataset: ")
    assert "did you mean 'translation'" in error
    assert error.count("\n") == 1
