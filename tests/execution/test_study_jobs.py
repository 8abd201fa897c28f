"""A study's models as jobs, and where they are written."""

import pytest

from dlib.execution import study_jobs
from dlib.utils.errors import DlibError


def test_the_job_of_a_model():
    job = study_jobs.study_job("deft_study_v1", 299, "cpu", gin_bindings=["train.log_every = 7"])
    assert (job.name, job.folder, job.budget) == ("deft_study_v1/299", "deft_study_v1/299", "cpu")
    assert job.gin_config_files == ("deft_color.gin",)
    assert job.gin_bindings[-1] == "train.log_every = 7"
    assert "model.model_num = 299" in job.gin_bindings


@pytest.mark.parametrize(
    ("directory", "place", "folder"),
    [
        (None, "output", "{study}/{model_num}"),
        ("/a/b/{study}/{model_num}", "/a/b", "{study}/{model_num}"),
        ("runs/x{model_num}/y", "runs", "x{model_num}/y"),
        ("one/run", "one", "run"),
        ("run", ".", "run"),
    ],
)
def test_an_output_directory_is_a_place_and_a_folder(directory, place, folder):
    assert study_jobs.place_and_folder(directory) == (place, folder)


def test_other_braces_are_refused():
    assert study_jobs.fill("{study}-{model_num}", "s", 3) == "s-3"
    for pattern in ("{seed}", "{}", "{"):
        with pytest.raises(DlibError, match="may hold"):
            study_jobs.fill(pattern, "s", 3)


def test_an_address_keeps_its_slashes():
    assert study_jobs.place_and_folder("s3://bucket/x/{study}/{model_num}") == (
        "s3://bucket/x",
        "{study}/{model_num}",
    )
