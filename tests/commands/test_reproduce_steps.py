"""The reference's other pipelines, from nothing, with tiny models.

Seeds by numpy: RandomState(0) draws 2357136044, 2546248239, 3071714933, 3626093760, 2588848963,
3684848379, 2340255427, ...
"""

import numpy as np
import pytest

from dlib.commands import (
    reproduce_jmlr,
    reproduce_semi_supervised,
    reproduce_steps,
    reproduce_weakly_supervised,
)
from dlib.report import cells
from dlib.utils import aggregate_results, files, gin_utils
from dlib.utils.errors import DlibError
from dlib.visualize import visualize_model

SHARED = """
dataset.name = "dummy_data"
encoder.num_latent = 10
model.batch_size = 2
model.eval_steps = 1
model.training_steps = 1
"""
WEAK = """
model.model = @group_vae_argmax()
group_vae.beta = 1.0
dynamics.k = 1
"""
SEMI = """
model.model = @s2_vae
s2_vae.beta = 1.0
s2_vae.gamma_sup = 1.0
supervised_loss.loss_fn = @l2
annealer.anneal_fn = @fixed
annealer.iteration_threshold = 1
"""
METRIC = """
include "metric/{base}.gin"
{base}.num_train = 100
"""
SEEDS = [int(seed) for seed in np.random.RandomState(0).randint(2**32, size=12, dtype=np.int64)]


@pytest.fixture
def place(tiny_networks, tmp_path, monkeypatch):
    """A folder with configurations; pictures are not drawn, only asked for."""
    monkeypatch.chdir(tmp_path)
    drawn = []
    monkeypatch.setattr(visualize_model, "visualize", lambda *arguments: drawn.append(arguments))
    (tmp_path / "metrics").mkdir()
    mig = METRIC.format(base="mig")
    (tmp_path / "metrics/mig.gin").write_text(mig)
    (tmp_path / "metrics/unsupervised_mig.gin").write_text(mig)
    (tmp_path / "model").mkdir()
    vae = "model.model = @vae()\nvae.beta = 1.0\n"
    for name, lines in (("vae", vae), ("weak", WEAK), ("semi", SEMI)):
        (tmp_path / f"model/{name}.gin").write_text(tiny_networks + SHARED + lines)
    return [
        "--output_directory=out",
        "--gin_model_config_dir=model",
        "--gin_postprocess_config_glob=postprocess/mean.gin",
        "--gin_evaluation_config_glob=metrics/*.gin",
    ]


def result(folder, step="evaluation"):
    return files.read_json(f"{folder}/results/aggregate/{step}.json")


def test_jmlr(place):
    arguments = [
        *place, "--gin_model_config_name=vae.gin", "--num_eval=2", "--scores_list=mig",
        "--evaluation_num_samples_train=60", "--evaluation_num_samples_train=80", "--budget=2",
    ]  # fmt: skip
    assert reproduce_jmlr.main(arguments) == 0
    train = result("out/model", "train")
    assert train["train_config.model.random_seed"] == str(SEEDS[0])
    assert train["train_config.model.name"] == "'vae'"
    assert train["train_results.global_step"] == 2
    names = ["mig_60_0", "mig_80_0", "mig_60_1", "mig_80_1"]
    for name, seed in zip(names, SEEDS[2:], strict=False):
        scores = result(f"out/metrics/mean/{name}")
        assert scores["postprocess_config.postprocess.random_seed"] == str(SEEDS[1])
        assert scores["evaluation_config.evaluation.random_seed"] == str(seed)
        assert scores["evaluation_config.evaluation.name"] == repr(name)
        assert scores["evaluation_config.mig.num_train"] == name.split("_")[1]
        assert scores["evaluation_config.budget.updates"] == "2"
    # Other metrics: the file's seed, then another one for each repetition.
    others = [result(f"out/metrics/mean/unsupervised_mig_{i}") for i in (0, 1)]
    assert [o["evaluation_config.evaluation.random_seed"] for o in others] == ["0", "1"]
    table = files.read_json("out/metrics/aggregated_results.json")
    assert len(table["path"]) == 6
    # In tables, repetitions are one score, and numbers of points protocols.
    rows, _ = aggregate_results.collect("out/metrics/*/*/results/aggregate/evaluation.json")
    scores = cells.final(cells.tidy(rows), "mig").sort_values("protocol")
    assert [text.split("num_train=")[1] for text in scores["protocol"]] == ["100", "60", "80"]
    migs = [
        result(f"out/metrics/mean/mig_60_{i}")["evaluation_results.discrete_mig"] for i in (0, 1)
    ]
    assert scores["value"].iloc[1] == pytest.approx(sum(migs) / 2)


def test_weakly_supervised_and_again_with_its_model(place):
    arguments = [*place, "--gin_model_config_name=weak.gin", "--labeller_fn=@perfect_labeller"]
    assert reproduce_weakly_supervised.main(arguments) == 0
    assert result("out/model", "train")["train_config.model.random_seed"] == str(SEEDS[0])
    first = result("out/metrics/mean/mig_0")
    assert first["postprocess_config.postprocess.random_seed"] == str(SEEDS[1])
    assert first["evaluation_config.evaluation.random_seed"] == str(SEEDS[2])
    last = result("out/metrics/mean/unsupervised_mig_0")
    assert last["evaluation_config.evaluation.random_seed"] == str(SEEDS[3])

    assert reproduce_weakly_supervised.main(
        [*place[2:], "--output_directory=again", "--model_dir=out"]
    ) == 0  # fmt: skip
    again = result("again/metrics/mean/mig_0")
    assert again["evaluation_config.evaluation.random_seed"] == str(SEEDS[2])
    score = "evaluation_results.discrete_mig"
    assert again[score] == first[score]


def test_semi_supervised_and_again_with_its_model(place, capsys):
    arguments = [
        *place, "--gin_model_config_name=semi.gin", "--supervised_seed=3", "--eval_seed=0",
        "--num_labelled_samples=50", "--train_percentage=0.8", "--labeller_fn=@perfect_labeller",
        "--gin_validation_config_glob=validation/mig*.gin",
    ]  # fmt: skip
    assert reproduce_semi_supervised.main(arguments) == 0
    train = result("out/model", "train")
    assert train["train_config.model.model_seed"] == str(SEEDS[0])
    assert train["train_config.model.unsupervised_data_seed"] == str(SEEDS[1])
    assert train["train_config.model.supervised_data_seed"] == "3"
    name = "mig_validation_3_50"
    validation = result(f"out/validation/mean/{name}", "validation")
    assert validation["validation_config.validation.name"] == repr(name)
    assert validation["validation_config.validation.random_seed"] == "3"
    scores = result("out/metrics/mean/mig_3")
    assert scores["postprocess_config.postprocess.random_seed"] == str(SEEDS[2])
    assert scores["evaluation_config.evaluation.random_seed"] == str(SEEDS[0])
    assert cells.metric_name(scores) == "mig"

    again = [*place[2:], "--output_directory=again", "--model_dir=out"]
    again.append("--gin_validation_config_glob=validation/mig*.gin")
    assert reproduce_semi_supervised.main(again) == 0
    key = "validation_results.discrete_mig"
    assert result(f"again/validation/mean/{name}", "validation")[key] == validation[key]
    assert reproduce_semi_supervised.main([*again, "--supervised_seed=4"]) == 2
    assert "--supervised_seed is the training's" in capsys.readouterr().err


def test_the_part_that_is_trained_on_goes_to_metrics_that_take_it():
    from dlib.utils.config_files import find_config

    for name, expected in (
        ("dci_validation", ["dci_validation.train_percentage = 0.8"]),
        ("mig_validation", []),
    ):
        config = str(find_config(f"validation/{name}.gin"))
        lines = reproduce_semi_supervised._train_percentage(config, 0.8)
        assert lines == expected
        with gin_utils.configured([config], lines):
            pass


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        (reproduce_jmlr, ["--gin_model_config_name=vae.gin", "--scores_list=mig"],
         "--scores_list needs --evaluation_num_samples_train"),
        (reproduce_jmlr, ["--gin_model_config_name=vae.gin", "--scores_list=dci",
                          "--evaluation_num_samples_train=5"], "--scores_list=dci is none of"),
        (reproduce_jmlr, [], "--gin_model_config_name is missing"),
        (reproduce_jmlr, ["--gin_evaluation_config_glob=no/*.gin"], "matches no file"),
        (reproduce_jmlr, ["--model_dir=x", "--budget=cpu"], "--model_dir has one already"),
        (reproduce_semi_supervised, ["--gin_model_config_name=semi.gin"],
         "--gin_validation_config_glob is missing"),
        (reproduce_semi_supervised, ["--gin_validation_config_glob=validation/mig*.gin"],
         "--num_labelled_samples is missing"),
        (reproduce_semi_supervised, ["--gin_validation_config_glob=validation/mig*.gin",
                                     "--model_dir=nowhere"], "is missing: --model_dir is"),
    ],
)  # fmt: skip
def test_bad_input_in_one_line(place, command, arguments, message, capsys):
    assert command.main([*place, *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_configurations_of_one_name_are_refused(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mig.gin").touch()
    with pytest.raises(DlibError, match="two files of one name"):
        reproduce_steps.matching("gin_evaluation_config_glob", f"{tmp_path}/*/mig.gin")
