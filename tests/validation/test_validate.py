import json

import numpy as np
import pytest

from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.evaluation.metrics import mig
from dlib.methods.unsupervised import gaussian_encoder_model
from dlib.utils.errors import DlibError
from dlib.validation import validate

SMALL = ["validation.num_labelled_samples = 60", "validation.device = 'cpu'"]


@pytest.fixture(scope="module")
def run(untrained_run):
    return untrained_run


def _validate(run, folder, name, bindings=(), overwrite=False):
    config = [f"validation/{name}_validation.gin"]
    return validate.validate_with_gin(run / "mean", folder, overwrite, config, [*SMALL, *bindings])


def test_scores_are_those_of_the_seeds_points(run, tmp_path):
    scores = _validate(run, tmp_path / "v", "mig", ["validation.random_seed = 5"])
    random_state = np.random.RandomState(5)
    data = get_named_ground_truth_data("translation")
    factors = data.sample_factors(60, random_state)
    images = data.sample_observations_from_factors(factors, random_state)
    codes, _ = gaussian_encoder_model.load(run / "model").encode(images)
    assert scores["discrete_mig"] == pytest.approx(mig.mig(codes, factors), abs=1e-6)


def test_files_have_the_references_keys(run, tmp_path):
    scores = _validate(run, tmp_path / "v", "mig", ["validation.name = 'labelled'"])
    path = tmp_path / "v" / "results" / "aggregate" / "validation.json"
    aggregate = json.loads(path.read_text())
    assert aggregate["validation_results.discrete_mig"] == scores["discrete_mig"]
    assert aggregate["validation_config.validation.name"] == "'labelled'"
    assert aggregate["validation_config.validation.num_labelled_samples"] == "60"
    assert aggregate["validation_config.dataset.name"] == "'translation'"
    assert aggregate["train_config.vae.beta"] == "1.0"
    assert "postprocess_results.uuid" in aggregate


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("dci", "disentanglement"),
        ("sap_score", "SAP_score"),
        ("unified_score", "mutual_information_matrix.mig"),
    ],
)
def test_shipped_configurations(run, tmp_path, name, key):
    scores = _validate(run, tmp_path / "v", name)
    assert 0.0 <= scores[key] <= 1.0


def test_done_once_and_never_over_other_settings(run, tmp_path):
    first = _validate(run, tmp_path / "v", "mig")
    assert _validate(run, tmp_path / "v", "mig")["uuid"] == first["uuid"]
    with pytest.raises(DlibError, match="random_seed"):
        _validate(run, tmp_path / "v", "mig", ["validation.random_seed = 1"])
    assert _validate(run, tmp_path / "v", "mig", overwrite=True)["uuid"] != first["uuid"]


def test_without_a_representation_it_says_what_to_run(run, tmp_path):
    with pytest.raises(DlibError, match="dlib_postprocess"):
        validate.validate_with_gin(
            run / "model", tmp_path / "v", False, ["validation/mig_validation.gin"], SMALL
        )
