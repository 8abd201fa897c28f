import json
import uuid

import gin
import numpy as np
import pandas as pd
import pytest

from dlib.utils import gin_utils, results


@gin.configurable("results_test_step")
def step(name="a = b", sizes=(1, 2), model=None):
    return name, sizes, model


@gin.configurable("results_test_model")
def model():
    return 1


def read(path):
    return json.loads(path.read_text())


@pytest.fixture
def two_steps(tmp_path):
    """The folders of a training and of an evaluation after it."""
    train, evaluation = tmp_path / "model" / "results", tmp_path / "scores" / "results"
    with gin_utils.configured(bindings=["results_test_step.model = @scope/results_test_model()"]):
        step()
        results.update_result_directory(
            train,
            "train",
            {"loss": np.float32(0.5), "elapsed_time": 1.5},
            environment={"device": "cpu"},
        )
    with gin_utils.configured(bindings=["results_test_step.sizes = [3]"]):
        step()
        results.update_result_directory(
            evaluation,
            "evaluation",
            {"mig": 0.25, "nan": np.nan, "matrix": np.eye(2), "count": np.int64(3), "uuid": "u"},
            train,
        )
    return train, evaluation


def test_the_layout_is_the_references(two_steps):
    train, evaluation = two_steps
    assert sorted(p.relative_to(evaluation).as_posix() for p in evaluation.rglob("*.*")) == [
        "aggregate/evaluation.json",
        "aggregate/train.json",
        "gin/evaluation.gin",
        "gin/train.gin",
        "json/evaluation_config.json",
        "json/evaluation_environment.json",
        "json/evaluation_results.json",
        "json/train_config.json",
        "json/train_environment.json",
        "json/train_results.json",
    ]
    assert (evaluation / "gin" / "train.gin").read_text() == (
        train / "gin" / "train.gin"
    ).read_text()


def test_configurations_are_strings_of_literals(two_steps):
    train, _ = two_steps
    expected = {
        "results_test_step.model": "@scope/results_test_model()",
        "results_test_step.name": "'a = b'",
        "results_test_step.sizes": "(1, 2)",
        # What was called is operative, parameters or not.
    }
    assert read(train / "json" / "train_config.json") == expected
    assert results.gin_dict(train / "gin" / "train.gin") == expected


def test_the_aggregate_holds_every_step_by_flat_keys(two_steps):
    aggregate = read(two_steps[1] / "aggregate" / "evaluation.json")
    assert aggregate["train_results.loss"] == 0.5
    assert aggregate["train_config.results_test_step.name"] == "'a = b'"
    assert aggregate["evaluation_config.results_test_step.sizes"] == "[3]"
    assert aggregate["evaluation_results.mig"] == 0.25
    assert aggregate["evaluation_results.nan"] is None
    assert aggregate["evaluation_results.matrix"] == [[1.0, 0.0], [0.0, 1.0]]
    assert aggregate["evaluation_results.count"] == 3
    assert aggregate["evaluation_results.uuid"] == "u"
    assert uuid.UUID(aggregate["train_results.uuid"]).version == 4
    assert aggregate["train_environment.device"] == "cpu"
    assert aggregate["evaluation_environment.numpy"] == np.__version__


def test_other_readers_understand_it(two_steps):
    path = two_steps[1] / "aggregate" / "evaluation.json"
    series = pd.read_json(path, typ="series")
    assert series["evaluation_results.mig"] == 0.25
    assert not any(word in path.read_text() for word in ("NaN", "Infinity"))


def test_a_step_is_done_when_its_aggregate_is_there(two_steps):
    train, evaluation = two_steps
    assert results.read_step(train, "evaluation") is None
    assert results.read_step(evaluation, "evaluation")["evaluation_results.mig"] == 0.25
    with gin_utils.configured():
        results.update_result_directory(evaluation, "evaluation", {"error": "too bad"}, train)
    assert results.read_step(evaluation, "evaluation") is None
    assert results.read_step(evaluation, "train")["train_results.loss"] == 0.5


def test_the_aggregate_is_not_there_while_a_step_is_written(two_steps, monkeypatch):
    _, evaluation = two_steps
    with gin_utils.configured():
        monkeypatch.setattr(results, "describe_environment", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            results.update_result_directory(evaluation, "evaluation", {"mig": 1.0})
    assert results.read_step(evaluation, "evaluation") is None


def test_namespaced_dict():
    assert results.namespaced_dict({"a": 1}, b={"c": 2}, d={}) == {"a": 1, "b.c": 2}
    assert results.namespaced_dict() == {}


def test_aggregate_json_results(tmp_path):
    results.save_dict(tmp_path / "x.json", {"a": 1})
    results.save_dict(tmp_path / "y.json", {"a": 2})
    assert results.aggregate_json_results(tmp_path) == {"x.a": 1, "y.a": 2}
