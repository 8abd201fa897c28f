"""Metrics of a training of two steps: what they are given, and what happens if one fails."""

import numpy as np
import pytest
from bars_run import Bars, aggregate_of, train_bars

from dlib.commands import evaluate, train
from dlib.evaluation import encode_once
from dlib.evaluation.evaluate import evaluate_with_gin


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


def test_one_failing_metric_stops_no_other(here, tmp_path, capsys):
    argv = [
        "--gin_config=bars.gin",
        f"--model_dir={tmp_path / 'mine'}",
        "--gin_bindings=pipeline.evaluation = ['mig.gin', 'failing.gin']",
        "--gin_bindings=pipeline.postprocess = 'mean'",
    ]
    assert train.main(argv) == 2
    captured = capsys.readouterr()
    assert captured.err.splitlines()[-1] == "dlib_train: 1 of 2 metrics failed: mean/failing."
    assert "failed: ValueError: no such luck" in captured.out
    folder = tmp_path / "mine" / "metrics" / "mean"
    assert (
        aggregate_of(folder / "failing")["evaluation_results.error"] == "ValueError: no such luck"
    )
    assert "evaluation_results.discrete_mig" in aggregate_of(folder / "mig")


def test_the_encoded_scores_are_the_direct_ones(here, tmp_path):
    source = here / "output/bars/3/postprocessed"
    for representation in ("mean", "sampled"):
        once = evaluate_with_gin(
            source / representation, tmp_path / representation, False, ["mig.gin"]
        )
        direct = evaluate_with_gin(
            source / representation,
            tmp_path / f"{representation}_direct",
            False,
            ["mig.gin"],
            ["evaluation.encode_once = False"],
        )
        del once["uuid"], once["elapsed_time"], direct["uuid"], direct["elapsed_time"]
        assert once == direct


def test_all_metrics_of_a_run_share_the_codes(here, tmp_path, monkeypatch):
    encode_once._shared.clear()
    made = []
    original = encode_once.EncodedOnce
    monkeypatch.setattr(
        encode_once, "EncodedOnce", lambda *args: made.append(original(*args)) or made[-1]
    )
    for number, representation in enumerate(("mean", "sampled", "mean")):
        source = here / "output/bars/3/postprocessed" / representation
        evaluate_with_gin(source, tmp_path / str(number), False, ["mig.gin"])
    assert len(made) == 1
    assert made[0].num_encoded <= 16


def test_a_metric_gets_the_data_set_with_its_options_and_its_own_random_state(here, tmp_path):
    source = here / "output/bars/3/postprocessed/mean"
    scores = evaluate_with_gin(source, tmp_path / "a", False, ["brightness.gin"])
    assert scores["brightness"] == 0.5
    assert scores["observation_ndim"] == 1
    assert scores["artifact_dir"] == str(tmp_path / "a" / "artifacts")
    state = np.random.RandomState(0)
    Bars().sample_factors(3, state)
    assert scores["next_draw"] == state.randint(1000)
    bindings = ["pipeline_test_bars.brightness = 0.25", "evaluation.encode_once = False"]
    scores = evaluate_with_gin(source, tmp_path / "b", False, ["brightness.gin"], bindings)
    assert (scores["brightness"], scores["observation_ndim"]) == (0.25, 4)


def test_a_lone_failing_metric_raises_and_leaves_no_result(here, tmp_path):
    source = here / "output/bars/3/postprocessed/mean"
    with pytest.raises(ValueError, match="no such luck"):
        evaluate_with_gin(source, tmp_path, False, ["failing.gin"])
    assert not (tmp_path / "results").exists()


def test_a_pattern_of_metrics(here, tmp_path, capsys):
    source = here / "output/bars/3/postprocessed/mean"
    (here / "patterns").mkdir(exist_ok=True)
    for name in ("mig", "failing"):
        (here / "patterns" / f"{name}.gin").write_text((here / f"{name}.gin").read_text())
    (here / "patterns" / "broken.gin").write_text("mgi.num_train = 3")
    argv = [f"--input_dir={source}", f"--output_dir={tmp_path}"]
    assert evaluate.main([*argv, "--gin_evaluation_config_glob=patterns/*.gin"]) == 2
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "1 of 3: broken",
        "2 of 3: failing",
        "3 of 3: mig",
        "dlib_evaluate: 2 of 3 metrics failed: broken, failing.",
    ]
    assert "Did you mean 'mig'" in captured.out
    assert aggregate_of(tmp_path / "mig")["evaluation_config.evaluation.name"] == "'mig'"
    assert evaluate.main([*argv, "--gin_evaluation_config_glob=nothing/*.gin"]) == 2
