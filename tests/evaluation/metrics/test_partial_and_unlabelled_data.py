"""Metrics on factors that are no full product, and on data without factors."""

import importlib
import pkgutil
from pathlib import Path

import gin
import numpy as np
import pytest

import gin_configs
from dlib.data.ground_truth.stored import UnlabelledImages
from dlib.data.ground_truth.triangle import CorrelatedTriangle, orientation_bins, pointing_angles
from dlib.evaluation import metrics
from dlib.evaluation.metrics import (
    beta_vae,
    factor_vae,
    fairness,
    strong_downstream_task,
    z_min_variance,
)
from dlib.utils.errors import DlibError

CONFIGS = Path(gin_configs.__file__).parent / "metric"
WITHOUT_FACTORS = {"unsupervised"}


@pytest.fixture(autouse=True)
def _clear():
    yield
    gin.clear_config()


class Manifold:
    """A representation of the triangle that recognises each of the 1024 images, and no other.

    Its codes are the factors of the image.
    """

    def __init__(self):
        data = CorrelatedTriangle()
        positions = np.indices((32, 32)).reshape(2, -1).T
        bins = orientation_bins(pointing_angles(positions))
        images = data.observations_at(np.arange(1024))
        self._factors = {
            image.tobytes(): (*position, orientation)
            for image, position, orientation in zip(images, positions, bins, strict=True)
        }
        self.seen = set()

    def __call__(self, observations):
        codes = [self._factors[np.ascontiguousarray(image).tobytes()] for image in observations]
        self.seen.update(codes)
        return np.array(codes, np.float32)


def _beta_vae(data, represent, random_state):
    sizes = {"batch_size": 8, "num_train": 200, "num_eval": 50}
    return beta_vae.compute_beta_vae_sklearn(data, represent, random_state, None, **sizes)


def _factor_vae(data, represent, random_state):
    sizes = {"batch_size": 8, "num_train": 200, "num_eval": 50, "num_variance_estimate": 500}
    return factor_vae.compute_factor_vae(data, represent, random_state, None, **sizes)


def _z_min_variance(data, represent, random_state):
    sizes = {"batch_size": 8, "num_train": 200, "num_eval": 50, "num_variance_estimate": 500}
    return z_min_variance.compute_z_min_variance(data, represent, random_state, None, **sizes)


def _fairness(data, represent, random_state):
    sizes = {"num_train": 300, "num_test_points_per_class": 5}
    return fairness.compute_fairness(data, represent, random_state, None, **sizes)


def _strong_downstream_task(data, represent, random_state):
    sizes = {"num_train": [300], "num_test": 100, "n_experiment": 2}
    return strong_downstream_task.compute_strong_downstream_task(
        data, represent, random_state, None, **sizes
    )


@gin.configurable("nearest_of_a_test")
def _nearest(random_state=None):
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(1)


HOLDING = [_beta_vae, _factor_vae, _z_min_variance, _fairness, _strong_downstream_task]


@pytest.mark.parametrize("compute", HOLDING, ids=lambda compute: compute.__name__.strip("_"))
def test_holding_a_factor_stays_on_the_triangles_manifold(compute):
    gin.parse_config("predictor.predictor_fn = @nearest_of_a_test")
    represent = Manifold()
    scores = compute(CorrelatedTriangle(), represent, np.random.RandomState(0))
    assert all(np.isfinite(value) for value in scores.values())
    assert len(represent.seen) > 500  # of the 1024: it was not a corner that was looked at


def test_overwriting_a_column_would_leave_it():
    data = CorrelatedTriangle()
    factors = data.sample_factors(8, np.random.RandomState(0))
    factors[:, 2] = factors[0, 2]
    with pytest.raises(DlibError, match="triangle_correlated: no image has"):
        data.sample_observations_from_factors(factors, np.random.RandomState(0))


def test_factors_as_codes_of_the_triangle_are_told_apart():
    scores = _factor_vae(CorrelatedTriangle(), Manifold(), np.random.RandomState(0))
    assert scores["eval_accuracy"] > 0.9
    assert scores["num_active_dims"] == 3


class Photos(UnlabelledImages):
    """Twenty images of 4 x 4 pixels; opening none."""

    def __init__(self):
        images = np.random.RandomState(0).random_sample((20, 4, 4, 1)).astype(np.float32)
        super().__init__("photos", "test", images)

    def observations_at(self, indices, random_state=None):
        return self.store[indices]


def _configured(name):
    """The shipped evaluation function with its shipped sizes."""
    for module in pkgutil.iter_modules(metrics.__path__):
        importlib.import_module(f"{metrics.__name__}.{module.name}")
    importlib.import_module("dlib.evaluation.evaluate")
    gin.parse_config((CONFIGS / f"{name}.gin").read_text())
    return gin.query_parameter("evaluation.evaluation_fn").scoped_configurable_fn


def _first_pixels(images):
    return np.asarray(images)[:, 0, :, 0]


SHIPPED = sorted(path.stem for path in CONFIGS.glob("*.gin"))


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in WITHOUT_FACTORS])
def test_every_supervised_metric_says_that_it_needs_factors(name):
    compute = _configured(name)
    with pytest.raises(DlibError) as error:
        compute(Photos(), _first_pixels, np.random.RandomState(0))
    told = str(error.value).splitlines()
    assert "needs factors, but the data set 'photos' has none" in told[0]
    # gin adds a line that names the configurable; the commands print the first.
    assert all(line.strip().startswith("In call to configurable") for line in told[1:])


def test_the_others_need_none():
    assert set(SHIPPED) > WITHOUT_FACTORS
    scores = _configured("unsupervised")(Photos(), _first_pixels, np.random.RandomState(0))
    assert scores
    assert all(np.isfinite(value) for value in scores.values())
