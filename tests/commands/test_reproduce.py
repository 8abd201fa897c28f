"""dlib_reproduce with a study of tiny models in the place of the large ones."""

import pytest

from dlib.commands import reason, reproduce, reproduce_list
from dlib.config import reproduce as studies
from dlib.config.study import SweepStudy
from dlib.utils import files

TINY = """
dataset.name = "dummy_data"
encoder.num_latent = 2
model.model = @vae()
model.batch_size = 2
model.eval_steps = 1
model.training_steps = 2
"""


@pytest.fixture
def study(tiny_networks, tmp_path, monkeypatch):
    """Three models, the last of which cannot be trained; no pictures."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.gin").write_text(tiny_networks + TINY)
    settings = [{"vae.beta": beta, "model.random_seed": 0} for beta in (1.0, 2.0, -1.0)]
    tiny = SweepStudy(
        lambda: settings, str(tmp_path / "tiny.gin"), ["postprocess/mean.gin"], ["metric/mig.gin"]
    )
    monkeypatch.setitem(studies.STUDIES, "tiny", tiny)
    return ["--gin_bindings=pipeline.visualize = False", "--study=tiny", "--threads=1"]


def test_one_model_from_nothing_and_again(study, capsys):
    arguments = [*study, "--model_num=1", "--budget=3"]
    assert reproduce.main(arguments) == 0
    assert "tiny/1: done" in capsys.readouterr().out
    path = "output/tiny/1/metrics/mean/mig/results/aggregate/evaluation.json"
    aggregate = files.read_json(path)
    assert aggregate["train_config.model.model_num"] == "1"
    assert aggregate["train_config.model.name"] == "'tiny'"
    assert aggregate["train_config.vae.beta"] == "2.0"
    assert aggregate["train_results.global_step"] == 3
    assert aggregate["evaluation_config.evaluation.random_seed"] == "2546248239"
    assert reproduce.main(arguments) == 0
    assert files.read_json(path) == aggregate  # its uuid, too

    assert reproduce.main([*study, "--model_num=1"]) == 2
    assert "holds a run with budget 3, now it is paper" in capsys.readouterr().err
    assert reproduce.main([*study, "--list"]) == 0
    out = capsys.readouterr().out
    assert [line.split() for line in out.splitlines()][:5] == [
        ["done", "1", "1"],
        ["running", "0"],
        ["failed", "0"],
        ["stopped", "0"],
        ["missing", "2", "0,2"],
    ]
    assert "1 have another budget than paper, such as tiny/1: 3" in out

    # A model that is there already, with the same seeds.
    arguments = [*study, "--model_num=1", "--model_dir=output/tiny/1/model"]
    arguments += ["--output_directory=again/{model_num}", "--budget=3"]
    assert reproduce.main(arguments) == 0
    again = files.read_json("again/1/metrics/mean/mig/results/aggregate/evaluation.json")
    for key in ("results.discrete_mig", "config.mig.num_train", "config.budget.name"):
        assert again[f"evaluation_{key}"] == aggregate[f"evaluation_{key}"]
    assert again["evaluation_config.mig.num_train"] == "200"


def test_the_steps_after_a_training_have_a_budget_and_threads(study, monkeypatch):
    assert reproduce.main([*study, "--budget=2"]) == 0
    threads = []
    monkeypatch.setattr("torch.set_num_threads", threads.append)
    arguments = [*study, "--model_dir=output/tiny/0/model", "--output_directory=again"]
    # The points of a budget win over those of pipeline.bindings, as after a training.
    arguments += ["--threads=2", "--gin_bindings=pipeline.bindings = ['mig.num_train = 50']"]
    for budget, points in (("smoke", "200"), ("paper", "50")):
        assert reproduce.main([*arguments, f"--budget={budget}"]) == 0
        path = "again/metrics/mean/mig/results/aggregate/evaluation.json"
        found = files.read_json(path)
        assert found["evaluation_config.mig.num_train"] == points
        assert found["evaluation_config.budget.name"] == f"'{budget}'"
    assert threads == [2, 2]


def test_a_model_that_fails_says_why_in_one_line(study, capsys):
    assert reproduce.main([*study, "--model_num=2"]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("dlib_reproduce: tiny/2: vae.beta")
    assert "error.json" in error
    assert reproduce.main([*study, "--list"]) == 0
    assert "tiny/2: vae.beta" in capsys.readouterr().out


def test_only_print(study, capsys):
    assert reproduce.main([*study, "--model_num=1", "--only_print"]) == 0
    out = capsys.readouterr().out
    for expected in ("tiny.gin", "vae.beta = 2.0", "postprocess/mean.gin", "metric/mig.gin"):
        assert expected in out
    assert "Bindings of --budget=paper:\n  budget.name = 'paper'\n  budget.updates = 2\n" in out


def test_only_print_shows_all_that_the_job_gets(study, capsys):
    arguments = [*study, "--model_num=1", "--gin_bindings=model.training_steps = 1000"]
    assert reproduce.main([*arguments, "--budget=7", "--only_print"]) == 0
    out = capsys.readouterr().out
    own, budget = out.index("model.training_steps = 1000"), out.index("model.training_steps = 7")
    assert out.index("vae.beta = 2.0") < own < budget  # the last line wins
    assert "pipeline.bindings = ['mig.num_train = 200']" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--study=tin"], "there is no study 'tin'; did you mean"),
        (["--model_num=3"], "no model number 3: they go from 0 to 2"),
        (["--model_nums=0-3"], "no model number 3"),
        (["--model_nums=2-0"], "'2-0' is not a model number or a range"),
        (["--budget=tiny"], "there is no budget 'tiny'"),
        (["--model_nums=0", "--model_num=0"], "give either --model_num or --model_nums"),
        (["--model_nums=0", "--model_dir=x"], "--model_dir is one model's"),
        (["--model_nums=0-1", "--output_directory=x"], "must hold {model_num}"),
        (["--threads=0"], "1 or more"),
        (["--output_directory=x/{seed}"], "may hold {study} and {model_num}"),
    ],
)
def test_bad_input_in_one_line(study, arguments, message, capsys):
    assert reproduce.main([*study, *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_numbers_as_ranges():
    assert reproduce_list.ranges([]) == ""
    assert reproduce_list.ranges([0, 1, 2, 5, 7, 8]) == "0-2,5,7-8"


def test_reason_is_left_for_later(capsys):
    assert reason.main([]) == 2
    assert "left for later" in capsys.readouterr().err


def test_many_models_side_by_side(study, capsys):
    arguments = [*study, "--model_nums=0,2", "--workers=2", "--budget=2"]
    assert reproduce.main(arguments) == 2
    out, error = capsys.readouterr()
    assert "1 of 2 done in output" in out
    assert {"tiny/0 done", "tiny/2 failed"} <= {line.split(":")[0] for line in error.splitlines()}
    assert error.splitlines()[-1].startswith(
        "dlib_reproduce: 1 of 2 models failed; tiny/2: vae.beta"
    )
    assert reproduce.main([*study, "--list"]) == 0
    states = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["done", "1", "0"] in states
    assert ["failed", "1", "2"] in states
