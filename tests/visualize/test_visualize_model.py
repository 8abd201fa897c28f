import hashlib

import numpy as np
import pytest
from PIL import Image

from dlib.data.ground_truth.ground_truth_data import GroundTruthData
from dlib.utils import files, gin_utils, results
from dlib.utils.errors import DlibError
from dlib.visualize import visualize_model

SMALL = {"num_animations": 1, "num_frames": 4, "num_points_irs": 200}
EVERYWHERE = {
    "reconstructions.png",
    "reconstructions/reconstructions.jpg",
    "sampled/samples.jpg",
    "traversals.gif",
    "traversals.png",
    "traversals/traversals0.jpg",
    "traversals/traversals1.jpg",
    "traversals/traversals2.jpg",
    "animated_traversals/std_gaussian_cycle0.gif",
    "animated_traversals/fitted_gaussian_cycle0.gif",
    "animated_traversals/fixed_interval_cycle0.gif",
    "animated_traversals/conf_interval_cycle0.gif",
    "animated_traversals/minmax_interval_cycle0.gif",
}
WITH_FACTORS = {"nmi_matrix.png", "interventional_effects/interventional_effect.png"}


class Squares(GroundTruthData):
    """A bright square at one of 5 x 5 places; a third factor has one value."""

    name = "squares"

    def __init__(self, channels=1, is_labelled=True):
        self.channels = channels
        self.is_labelled = is_labelled

    @property
    def factor_names(self):
        return ("kind", "row", "column") if self.is_labelled else ()

    @property
    def factors_num_values(self):
        return [1, 5, 5] if self.is_labelled else []

    @property
    def observation_shape(self):
        return [20, 20, self.channels]

    def sample_factors(self, num, random_state):
        if not self.is_labelled:
            return np.zeros((num, 0), np.int64)
        return np.stack([random_state.randint(n, size=num) for n in self.factors_num_values], 1)

    def sample_observations_from_factors(self, factors, random_state):
        places = (
            factors[:, 1:] if self.is_labelled else random_state.randint(5, size=(len(factors), 2))
        )
        return squares(places * 4, self.channels)


def squares(corners, channels):
    images = np.zeros((len(corners), 20, 20, channels), np.float32)
    for image, (row, column) in zip(images, corners, strict=True):
        image[row : row + 4, column : column + 4] = np.linspace(1, 0.5, channels)
    return images


class Model:
    """Latent 1 is the row, latent 0 the column, latent 2 nothing."""

    num_latent = 3

    def __init__(self, channels=1):
        self.channels = channels

    def encode(self, images):
        corners = np.stack([images[..., 0].any(axis).argmax(1) for axis in (1, 2)], axis=1)
        mean = np.zeros((len(images), 3), np.float32)
        mean[:, :2] = (corners - 8) / 5.6
        logvar = np.zeros_like(mean)
        logvar[:, :2] = [-4, -6]
        return mean, logvar

    def decode(self, latents):
        corners = np.clip(np.rint(latents[:, 1::-1] * 5.6 + 8), 0, 16).astype(int)
        return squares(corners, self.channels)

    def reconstruct(self, images):
        return self.decode(self.encode(images)[0])


def files_in(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("channels", [1, 3])
def test_all_pictures_of_labelled_data(channels, tmp_path):
    draw = (Model(channels), Squares(channels), tmp_path, np.random.RandomState(0))
    visualize_model.draw_model(*draw, **SMALL)
    assert files_in(tmp_path) == EVERYWHERE | WITH_FACTORS
    for name in EVERYWHERE | WITH_FACTORS:
        with Image.open(tmp_path / name) as picture:
            assert min(picture.size) > 80
    with Image.open(tmp_path / "traversals.gif") as gif:
        assert gif.n_frames > 1


def test_unlabelled_data_has_what_needs_no_factor(tmp_path):
    data = Squares(is_labelled=False)
    visualize_model.draw_model(Model(), data, tmp_path, np.random.RandomState(0), **SMALL)
    assert files_in(tmp_path) == EVERYWHERE


def test_equal_seeds_give_equal_pictures(tmp_path):
    digests = []
    for name in ("a", "b"):
        draw = (Model(), Squares(), tmp_path / name, np.random.RandomState(3))
        visualize_model.draw_model(*draw, **SMALL)
        paths = sorted((tmp_path / name).rglob("*.*"))
        digests.append([hashlib.sha256(p.read_bytes()).hexdigest() for p in paths if p.is_file()])
    assert digests[0] == digests[1]


def test_points_tell_what_latents_know():
    points = visualize_model.sample_points(Model(), Squares(), 500, np.random.RandomState(0))
    assert points.factor_names == ("row", "column")  # "kind" has one value
    assert [(z.index, z.factor) for z in points.latents] == [(1, "row"), (0, "column"), (2, "row")]
    assert [z.is_dead for z in points.latents] == [False, False, True]
    assert points.active == [1, 0]
    np.testing.assert_allclose(points.nmi[[1, 0], [0, 1]], 1, atol=1e-9)
    np.testing.assert_allclose(points.central, [0, 0, 0], atol=1e-6)


def test_observations_that_are_no_images_are_refused(tmp_path):
    data = Squares()
    data.__class__ = type("Vectors", (Squares,), {"observation_shape": property(lambda _: [10])})
    with pytest.raises(DlibError, match=r"\[10\] are no images"):
        visualize_model.draw_model(Model(), data, tmp_path, np.random.RandomState(0))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A finished training on dummy_data, with a fake in place of the loaded model."""

    def finish():
        with gin_utils.configured(bindings=["dataset.name = 'dummy_data'"]):
            from dlib.data.ground_truth import named_data

            named_data.get_named_ground_truth_data()
            results.update_result_directory(tmp_path / "model" / "results", "train", {"loss": 1.0})

    class Noise(Model):
        def encode(self, images):
            mean = images.mean(axis=(1, 2)) @ np.array([[300.0, 10.0, 0.0]])
            return mean.astype(np.float32), np.zeros_like(mean, np.float32)

        def decode(self, latents):
            return np.full((len(latents), 64, 64, 1), 0.5, np.float32)

    monkeypatch.setattr(
        visualize_model.gaussian_encoder_model, "load", lambda directory, device="cpu": Noise()
    )
    finish()
    return tmp_path, finish


def test_a_run_is_drawn_once_and_anew_after_another_training(run):
    folder, train_again = run
    out = folder / "visualizations"
    visualize_model.visualize(folder / "model", out, **SMALL)
    assert files_in(out) >= EVERYWHERE | WITH_FACTORS
    first = (out / "visualize.json").read_text()
    (out / "traversals.png").write_bytes(b"mine")
    visualize_model.visualize(folder / "model", out, **SMALL)
    assert (out / "visualize.json").read_text() == first
    assert (out / "traversals.png").read_bytes() == b"mine"
    visualize_model.visualize(folder / "model", out, overwrite=True, **SMALL)
    assert (out / "traversals.png").read_bytes() != b"mine"
    train_again()  # its results have another uuid
    (out / "traversals.png").write_bytes(b"mine")
    visualize_model.visualize(folder / "model", out, **SMALL)
    assert (out / "traversals.png").read_bytes() != b"mine"


def test_a_folder_of_somebody_else_stays_as_it_is(run):
    folder, _ = run
    (folder / "photos").mkdir()
    (folder / "photos" / "cat.jpg").write_bytes(b"cat")
    with pytest.raises(DlibError, match="photos"):
        visualize_model.visualize(folder / "model", folder / "photos", overwrite=True, **SMALL)
    assert files_in(folder / "photos") == {"cat.jpg"}


def test_an_unfinished_training_is_told(tmp_path):
    with pytest.raises(DlibError, match="dlib_train"):
        visualize_model.visualize(tmp_path / "model", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_range_is_drawn_anew(run):
    folder, _ = run
    out = folder / "visualizations"
    lines = ['traversal.kind = "quantiles"', "traversal.num_values = 3"]
    heights = []
    for given in ([], lines):
        visualize_model.visualize(folder / "model", out, **SMALL, gin_bindings=given)
        with Image.open(out / "traversals.png") as picture:
            heights.append(picture.size[1])
    assert heights[0] - heights[1] == 6 * (128 + 4)  # nine rows of images, then three
    with gin_utils.configured(bindings=["traversal.num_values = 2"]):  # as in a pipeline
        visualize_model.visualize(folder / "model", out, **SMALL)
    with Image.open(out / "traversals.png") as picture:
        assert picture.size[1] == heights[0] - 7 * (128 + 4)


def test_a_range_that_is_unknown_is_told(run):
    folder, _ = run
    with pytest.raises(DlibError, match="Did you mean 'limit'"):
        visualize_model.visualize(
            folder / "model", folder / "out", **SMALL, gin_bindings=["traversal.limits = 2"]
        )


def test_the_title_tells_the_run_and_its_mig(run):
    folder, _ = run
    result = {"evaluation_results.discrete_mig": 0.3}
    path = folder / "metrics" / "mean" / "mig" / "results" / "aggregate" / "evaluation.json"
    files.write_json(path, result)
    gin_file = folder / "model" / "results" / "gin" / "train.gin"
    gin_file.write_text("dataset.name = 'dummy_data'\nmodel.name = 'mine'\nmodel.random_seed = 4\n")
    assert visualize_model._title(folder / "model", gin_file) == (
        "mine, dummy_data, seed 4, MIG 0.30"
    )
