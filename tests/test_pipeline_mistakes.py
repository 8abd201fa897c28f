"""Mistakes in flags and configurations, through the real thing: one line each."""

import re

import pytest
from bars_run import train_bars

from dlib import pipeline
from dlib.commands import train
from dlib.evaluation.evaluate import evaluate_with_gin
from dlib.postprocessing.postprocess import postprocess_with_gin
from dlib.utils import results
from dlib.utils.errors import DlibError


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A working directory with configurations, in which ``dlib_train`` was run once."""
    folder = tmp_path_factory.mktemp("run")
    train_bars(folder)
    return folder


@pytest.fixture
def here(trained, monkeypatch):
    """The same, as the current directory."""
    monkeypatch.chdir(trained)
    return trained


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "dlib_train: --gin_config is missing: name an experiment, as in"),
        (
            ["--gin_confg=x"],
            "dlib_train: unknown argument --gin_confg=x: did you mean --gin_config?",
        ),
        (["--gin_config=no_such"], "dlib_train: There is no configuration 'no_such'"),
        (
            ["--gin_config=bars.gin", "--gin_bindings=model.seed = 1"],
            "doesn't have a parameter named",
        ),
        (
            ["--gin_config=bars.gin", "--gin_bindings=dataset.name = 'no_such'"],
            "there is no data set",
        ),
        (
            ["--gin_config=bars.gin", "--gin_bindings=pipeline.evaluation = ['no_such']"],
            "'no_such'",
        ),
        (["--gin_config=bars.gin", "--model_dir=."], "was not made by dlib"),
        (["--gin_config=bars.gin", "--model_dir="], "--model_dir is empty: give a folder"),
        (["--gin_config=bars.gin", "--model_dir=bars.gin/x"], "bars.gin is a file"),
        (
            ["--gin_config=bars.gin", "--gin_bindings=model.batch_size = 5"],
            "model.batch_size = 4, now 5",
        ),
    ],
)
def test_mistakes_are_one_line(here, capsys, argv, message):
    assert train.main(argv) == 2
    error = capsys.readouterr().err
    assert message in error
    lines = [line for line in error.splitlines() if not line.startswith("  ")]
    assert len(lines) == 1


def test_later_steps_need_the_earlier_ones(here, tmp_path, capsys):
    with pytest.raises(DlibError, match=r"is not done .*: run dlib_postprocess first"):
        evaluate_with_gin(here / "output/bars/3/model", tmp_path / "x", False, ["mig.gin"])
    with pytest.raises(DlibError, match=r"is not done .*: run dlib_train first"):
        postprocess_with_gin(tmp_path, tmp_path / "x", False, ["postprocess/mean.gin"])
    # The model's own folder is never taken for an output folder.
    model = here / "output/bars/3/model"
    with pytest.raises(DlibError, match=r"another step \(train\)"):
        postprocess_with_gin(model, model, True, ["postprocess/mean.gin"])
    assert results.read_step(model / "results", "train") is not None


def test_lists_of_configurations_are_checked(tmp_path):
    with pytest.raises(DlibError, match=r"pipeline\.postprocess no representation"):
        pipeline.pipeline(tmp_path, evaluation=["metric/mig.gin"])
    (tmp_path / "mean.gin").write_text("")
    with pytest.raises(DlibError, match="two configurations named 'mean'"):
        pipeline.pipeline(
            tmp_path, postprocess=["postprocess/mean.gin", str(tmp_path / "mean.gin")]
        )


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ("pipeline.evaluation = ['metric/migg.gin']", "no configuration 'metric/migg.gin'"),
        ("pipeline.postprocess = ['nope']", "no configuration 'nope'"),
        ("pipeline.postprocess = []", "pipeline.postprocess no representation"),
        ("pipeline.postprocess = None", "pipeline.postprocess must be a list"),
        ("pipeline.bindings = 3", r"pipeline.bindings must be a list of lines .* got 3"),
        ("pipeline.bindings = 'mig.num_train = 9'", "pipeline.bindings must be a list of lines"),
        ("pipeline.evaluation = [3]", r"pipeline.evaluation must be a list .* got \[3\]"),
        ("pipeline.evaluation = ['typo.gin']", r"typo.gin, line 1: .*'mig' doesn't have"),
    ],
)
def test_mistakes_in_the_lists_are_told_before_a_training(here, capsys, lists, message):
    (here / "typo.gin").write_text("mig.num_trian = 3\n")
    argv = ["--gin_config=bars.gin", "--model_dir=never", "--gin_bindings", lists]
    if "evaluation" not in lists:
        argv += ["--gin_bindings=pipeline.evaluation = ['mig.gin']"]
    assert train.main(argv) == 2
    assert re.search(message, capsys.readouterr().err)
    assert not (here / "never").exists()
