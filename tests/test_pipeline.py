"""From a training of two steps to scores, through the real thing."""

import json
import shutil

import numpy as np
import pytest
from bars_run import Bars, aggregate_of, train_bars

import dlib
from dlib import pipeline
from dlib.commands import aggregate, evaluate, postprocess, train
from dlib.postprocessing.postprocess import postprocess_with_gin


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


def test_a_bare_command_writes_where_results_are_looked_for(here, capsys):
    run = here / "output" / "bars" / "3"
    assert sorted(path.name for path in run.iterdir()) == ["metrics", "model", "postprocessed"]
    assert (run / "postprocessed" / "mean" / "module" / "weights.safetensors").is_file()
    assert aggregate.main([]) == 0
    table = capsys.readouterr().out
    assert "output/bars/3" in table
    assert "2 results: results.json" in table
    columns = json.loads((here / "results.json").read_text())
    assert set(columns["evaluation_results.discrete_mig"]) == {"0", "1"}


def test_results_hold_the_whole_way(here):
    found = aggregate_of(here / "output/bars/3/metrics/mean/mig")
    assert found["train_config.dataset.name"] == "'pipeline_test_bars'"
    assert found["train_config.model.random_seed"] == "3"
    assert found["postprocess_config.postprocess.name"] == "'mean'"
    assert found["postprocess_config.dataset.name"] == "'pipeline_test_bars'"
    assert found["evaluation_config.evaluation.name"] == "'mig'"
    assert found["evaluation_config.evaluation.evaluation_fn"] == "@mig"
    assert found["evaluation_config.mig.num_train"] == "64"
    assert 0 <= found["evaluation_results.discrete_mig"] <= 1
    assert found["evaluation_environment.dataset_source"] == "drawn in a test"
    assert {"train_results.uuid", "postprocess_results.uuid", "evaluation_results.uuid"} <= set(
        found
    )


def test_seeds_are_those_of_the_reference(here):
    # RandomState(0): two representations, then one metric of each.
    seeds = [
        aggregate_of(here / f"output/bars/3/{path}", step)[f"{step}_config.{step}.random_seed"]
        for path, step in (
            ("postprocessed/mean", "postprocess"),
            ("postprocessed/sampled", "postprocess"),
            ("metrics/mean/mig", "evaluation"),
            ("metrics/sampled/mig", "evaluation"),
        )
    ]
    assert seeds == ["2357136044", "2546248239", "3071714933", "3626093760"]


def test_what_is_done_is_not_done_again(here, capsys):
    before = aggregate_of(here / "output/bars/3/metrics/mean/mig")
    assert (
        train.main(["--gin_config=bars.gin", "--gin_bindings=pipeline.evaluation = ['mig.gin']"])
        == 0
    )
    assert aggregate_of(here / "output/bars/3/metrics/mean/mig") == before
    out = capsys.readouterr().out
    assert "discrete_mig" in out
    assert "output/bars/3/metrics" in out


def test_commands_step_by_step(here, tmp_path, capsys):
    model, mean = here / "output/bars/3/model", tmp_path / "mean"
    argv = [f"--model_dir={model}", f"--output_dir={mean}", "--gin_config=postprocess/mean.gin"]
    assert postprocess.main(argv) == 0
    argv = [f"--input_dir={mean}", f"--output_dir={tmp_path / 'mig'}", "--gin_config=mig.gin"]
    assert evaluate.main([*argv, "--gin_bindings=evaluation.name = 'gap'"]) == 0
    assert aggregate_of(tmp_path / "mig")["evaluation_config.evaluation.name"] == "'gap'"
    assert "discrete_mig" in capsys.readouterr().out


def test_a_new_training_makes_later_steps_anew(here, tmp_path):
    model, mean = tmp_path / "model", tmp_path / "mean"
    argv = [
        "--gin_config=bars.gin",
        f"--model_dir={model}",
        "--gin_bindings=pipeline.postprocess = []",
    ]
    assert train.main(argv) == 0
    postprocess_with_gin(model, mean, False, ["postprocess/mean.gin"])
    first = aggregate_of(mean, "postprocess")
    assert train.main([*argv, "--overwrite"]) == 0
    postprocess_with_gin(model, mean, False, ["postprocess/mean.gin"])
    second = aggregate_of(mean, "postprocess")
    assert first["train_results.uuid"] != second["train_results.uuid"]
    assert second["train_results.uuid"] == aggregate_of(model, "train")["train_results.uuid"]


def test_a_representation_is_self_contained(here, tmp_path):
    images = Bars(0.5).observations_at(np.arange(16), None)
    expected = dlib.load(here / "output/bars/3/model").encode(images)[0]
    found = dlib.load(here / "output/bars/3/postprocessed/mean").encode(images)[0]
    assert np.array_equal(found, expected)


def test_a_list_of_metrics_may_grow_after_the_training(here):
    # A metric that comes before another in the list takes its seed: the other is computed anew.
    shutil.copytree("output/bars/3", "grown")
    mig = here / "grown/metrics/mean/mig"
    before = (here / "grown/model/results/aggregate/train.json").read_bytes()
    seed = aggregate_of(mig)["evaluation_config.evaluation.random_seed"]
    argv = ["--gin_config=bars.gin", "--model_dir=grown/model"]
    assert (
        train.main([*argv, "--gin_bindings", "pipeline.evaluation = ['brightness.gin', 'mig.gin']"])
        == 0
    )
    assert aggregate_of(mig)["evaluation_config.evaluation.random_seed"] != seed
    assert aggregate_of(here / "grown/metrics/mean/brightness")
    assert (here / "grown/model/results/aggregate/train.json").read_bytes() == before


def test_where_later_steps_lie():
    assert str(pipeline.run_directory("a/model")) == "a"
    assert str(pipeline.run_directory("a/mine")) == "a/mine"


def test_several_configurations_make_one_name(here):
    (here / "extra.gin").write_text("model.random_seed = 8\n")
    model_dir = train.default_model_dir(["bars.gin", "extra.gin"], [])
    assert str(model_dir) == "output/bars+extra/8/model"
