"""Every configuration of a data set names one that exists, and its options exist."""

from pathlib import Path

import gin
import pytest

import gin_configs
from dlib.data.ground_truth.described import DESCRIPTIONS
from dlib.data.ground_truth.named_data import dataset_names

FOLDER = Path(gin_configs.__path__[0]) / "data"
FILES = sorted(FOLDER.glob("*.gin"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_configuration_parses_and_names_a_data_set(path):
    names = dataset_names()  # imports every family, so that its options are known
    try:
        gin.parse_config_files_and_bindings([str(path)], None)
        assert gin.query_parameter("dataset.name") in names
    finally:
        gin.clear_config()


def test_every_described_set_has_a_configuration():
    served = {description.name for description in DESCRIPTIONS} | {"image_folder", "array"}
    assert served <= {path.stem for path in FILES}
    assert served <= set(dataset_names())
