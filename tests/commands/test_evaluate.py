"""Which representations dlib_evaluate takes, and where their scores go."""

import json
import shutil
from pathlib import Path

import pytest

from dlib.commands import evaluate
from dlib.utils.errors import DlibError


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for seed in ("0", "1", "10"):
        Path("output", "deft", seed, "postprocessed", "mean").mkdir(parents=True)
    return tmp_path


def test_each_of_many_has_its_scores_where_a_training_puts_them(runs):
    found = evaluate.find_representations(["output/*/*/postprocessed/mean"])
    assert [(str(a), str(b)) for a, b in found] == [
        (f"output/deft/{seed}/postprocessed/mean", f"output/deft/{seed}/metrics/mean")
        for seed in ("0", "1", "10")
    ]
    twice = ["output/deft/1/postprocessed/mean", "output/deft/1*/postprocessed/*"]
    assert len(evaluate.find_representations(twice)) == 2


def test_a_single_one_has_its_scores_where_they_are_wanted(runs):
    assert evaluate.find_representations(["mean"], "out") == [(Path("mean"), Path("out"))]


@pytest.mark.parametrize(
    ("patterns", "output_dir", "message"),
    [
        (["nothing/*"], None, r"--input_dir=nothing/\* matches no folder"),
        (["output/deft/*/postprocessed/mean"], "out", "one representation, but 3 are given"),
        (["mean"], None, "--output_dir is missing: mean is no <run>/postprocessed/<name>"),
    ],
)
def test_what_cannot_be_placed_is_told(runs, patterns, output_dir, message):
    with pytest.raises(DlibError, match=message):
        evaluate.find_representations(patterns, output_dir)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "--input_dir is missing"), (["--input_dir=x"], "--gin_config is missing")],
)
def test_flags_that_are_needed(runs, capsys, arguments, message):
    assert evaluate.main(arguments) == 2
    assert message in capsys.readouterr().err


def test_metrics_of_many_models(untrained_run, runs, capsys):
    """Two copies of one model have one score, each in a folder of its own."""
    for seed in ("0", "1"):
        shutil.rmtree(f"output/deft/{seed}/postprocessed/mean")
        shutil.copytree(untrained_run / "mean", f"output/deft/{seed}/postprocessed/mean")
    flags = ["--input_dir=output/deft/[01]/postprocessed/mean", "--gin_config=metric/mig.gin"]
    flags += ["--gin_bindings=mig.num_train = 100", "--gin_bindings=evaluation.device = 'cpu'"]
    assert evaluate.main(flags) == 0
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        f"{i + 1} of 2: output/deft/{i}/postprocessed/mean: mig" for i in (0, 1)
    ]
    assert told.out.splitlines()[-2:] == [f"scores: output/deft/{i}/metrics/mean" for i in (0, 1)]
    paths = [
        Path(f"output/deft/{i}/metrics/mean/mig/results/json/evaluation_results.json")
        for i in (0, 1)
    ]
    first, second = (json.loads(path.read_text())["discrete_mig"] for path in paths)
    assert first == second
