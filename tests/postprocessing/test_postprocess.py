import shutil

import pytest

from dlib.postprocessing.postprocess import postprocess_with_gin
from dlib.utils.errors import DlibError


@pytest.fixture
def model(untrained_run, tmp_path):
    """A copy of a finished training."""
    return shutil.copytree(untrained_run / "model", tmp_path / "model")


def make(model, folder, overwrite=False):
    postprocess_with_gin(model, folder, overwrite, ["postprocess/mean.gin"])


@pytest.mark.parametrize("name", ["weights.safetensors", "module.json"])
def test_a_damaged_model_is_named_and_leaves_nothing(model, tmp_path, name):
    path = model / "module" / name
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DlibError) as error:
        make(model, tmp_path / "mean")
    assert str(path) in str(error.value)  # the source, not a copy of it
    assert not (tmp_path / "mean").exists()


def test_a_damaged_model_does_not_cost_an_earlier_representation(model, tmp_path):
    make(model, tmp_path / "mean")
    before = (tmp_path / "mean" / "module" / "weights.safetensors").read_bytes()
    (model / "module" / "weights.safetensors").write_bytes(b"")
    with pytest.raises(DlibError, match="weights.safetensors cannot be read"):
        make(model, tmp_path / "mean", overwrite=True)
    assert (tmp_path / "mean" / "module" / "weights.safetensors").read_bytes() == before


def test_a_finished_representation_needs_its_model_no_more(model, tmp_path):
    make(model, tmp_path / "mean")
    shutil.rmtree(model / "module")
    make(model, tmp_path / "mean")
    with pytest.raises(DlibError, match="module is missing: train again"):
        make(model, tmp_path / "other")
    assert not (tmp_path / "other").exists()
