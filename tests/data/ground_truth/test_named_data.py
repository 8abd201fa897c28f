"""Looking data sets up by name."""

import subprocess
import sys

import gin
import pytest

from dlib.data.ground_truth import registry
from dlib.data.ground_truth.dummy_data import DummyData
from dlib.data.ground_truth.named_data import dataset_names, get_named_ground_truth_data
from dlib.utils.errors import DlibError


def test_a_name_gives_its_data_set_and_the_data_set_knows_it():
    data = get_named_ground_truth_data("dummy_data")
    assert isinstance(data, DummyData)
    assert data.name == "dummy_data"


def test_every_family_is_found():
    assert {
        "dsprites_full",
        "dsprites_noshape",
        "color_dsprites",
        "noisy_dsprites",
        "scream_dsprites",
        "abstract_dsprites",
        "dummy_data",
        "identity",
        "correlated",
    } <= set(dataset_names())


def test_a_wrong_name_lists_what_there_is():
    with pytest.raises(DlibError, match="no data set 'dsprites_ful'; did you mean 'dsprites_full'"):
        get_named_ground_truth_data("dsprites_ful")
    with pytest.raises(DlibError, match="abstract_dsprites, .*identity"):
        get_named_ground_truth_data("qqq")
    with pytest.raises(DlibError, match=r"dataset\.name is not set"):
        get_named_ground_truth_data()


def test_gin_chooses_the_name():
    gin.parse_config("dataset.name = 'identity'")
    try:
        assert get_named_ground_truth_data().name == "identity"
    finally:
        gin.clear_config()


def test_a_registered_set_of_a_user_is_found(monkeypatch):
    monkeypatch.setattr(registry, "_CONSTRUCTORS", dict(registry.constructors()))

    @registry.register("my_set")
    class MySet(DummyData):
        pass

    assert isinstance(get_named_ground_truth_data("my_set"), MySet)


def test_looking_up_names_is_light():
    code = (
        "import sys; from dlib.data.ground_truth.named_data import dataset_names; dataset_names();"
        "heavy = ('torch', 'scipy', 'sklearn', 'h5py', 'PIL', 'numba', 'pandas', 'matplotlib');"
        "sys.exit(' '.join(m for m in heavy if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
