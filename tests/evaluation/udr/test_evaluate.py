import json

import numpy as np
import pytest
from tiny_configs import UNTRAINED

from dlib.commands import udr as command
from dlib.evaluation.udr import evaluate
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils.errors import DlibError

RANKING = """
evaluation.evaluation_fn = @udr_sklearn
evaluation.random_seed = 3
evaluation.name = "ranked"
evaluation.device = "cpu"
dataset.name = "auto"
udr_sklearn.batch_size = 16
udr_sklearn.num_data_points = 48
udr_sklearn.kl_filter_threshold = 0.0
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Three untrained models, the last one of another data set."""
    root = tmp_path_factory.mktemp("models")
    settings = [("dummy_data", 0, 3), ("dummy_data", 1, 4), ("translation", 0, 3)]
    for number, (data, seed, num_latent) in enumerate(settings):
        own = [
            f"dataset.name = {data!r}",
            f"model.random_seed = {seed}",
            f"encoder.num_latent = {num_latent}",
        ]
        train_with_gin(root / str(number) / "model", False, [], [UNTRAINED, *own])
    return [str(root / str(number) / "model") for number in range(len(settings))]


def test_divergence_in_closed_form():
    mean, logvar = np.array([[0.0, 2.0], [0.0, -2.0]]), np.log([[1.0, 4.0], [1.0, 4.0]])
    # 1/2 (mu^2 + sigma^2 - log sigma^2 - 1)
    np.testing.assert_allclose(
        evaluate.gaussian_kl(mean, logvar), [0.0, 0.5 * (4 + 4 - np.log(4) - 1)]
    )


def test_models_are_ranked_and_files_written(models, tmp_path):
    scores = evaluate.evaluate_with_gin(models[:2], tmp_path / "udr", False, [], [RANKING])
    assert len(scores["model_scores"]) == 2
    assert [np.shape(row) for row in scores["raw_correlations"][0]] == [(3, 3), (3, 4)]
    assert scores["model_dirs"] == models[:2]
    text = (tmp_path / "udr" / "results" / "aggregate" / "evaluation.json").read_text()
    aggregate = json.loads(text)
    assert aggregate["evaluation_results.model_scores"] == scores["model_scores"]
    assert aggregate["evaluation_config.evaluation.name"] == "'ranked'"
    assert aggregate["evaluation_config.evaluation.evaluation_fn"] == "@udr_sklearn"
    assert aggregate["evaluation_config.evaluation.random_seed"] == "3"
    assert aggregate["evaluation_config.dataset.name"] == "'dummy_data'"
    assert aggregate["train_config.model.random_seed"] == "0"


def test_a_ranking_is_made_once_and_belongs_to_its_models(models, tmp_path):
    first = evaluate.evaluate_with_gin(models[:2], tmp_path / "udr", False, [], [RANKING])
    again = evaluate.evaluate_with_gin(models[:2], tmp_path / "udr", False, [], [RANKING])
    assert again["uuid"] == first["uuid"]
    turned = models[1::-1]
    with pytest.raises(DlibError, match="other settings"):
        evaluate.evaluate_with_gin([models[0], models[0]], tmp_path / "udr", False, [], [RANKING])
    replaced = evaluate.evaluate_with_gin(turned, tmp_path / "udr", True, [], [RANKING])
    assert replaced["uuid"] != first["uuid"]
    assert replaced["model_scores"] == pytest.approx(first["model_scores"][::-1])


def test_what_cannot_be_ranked_is_one_clear_error(models, tmp_path):
    def rank(dirs, bindings=RANKING):
        return evaluate.evaluate_with_gin(dirs, tmp_path / "udr", False, [], [bindings])

    with pytest.raises(DlibError, match="two or more"):
        rank(models[:1])
    with pytest.raises(DlibError, match="one data set.*'dummy_data'.*'translation'"):
        rank([models[0], models[2]])
    with pytest.raises(DlibError, match="dlib_train"):
        rank([models[0], str(tmp_path / "nothing")])
    with pytest.raises(DlibError, match="evaluation.evaluation_fn and evaluation.random_seed"):
        rank(models[:2], 'dataset.name = "auto"')
    assert not (tmp_path / "udr").exists()


def test_command(models, tmp_path, capsys):
    config = tmp_path / "small.gin"
    config.write_text(RANKING)
    flags = [f"--model_dirs={','.join(models[:2])}", f"--output_dir={tmp_path / 'out'}"]
    assert command.main([*flags, f"--gin_evaluation_config_glob={tmp_path}/*.gin"]) == 0
    assert (tmp_path / "out" / "small" / "results" / "json" / "evaluation_results.json").is_file()
    printed = capsys.readouterr().out
    assert "UDR" in printed
    assert f"scores: {tmp_path / 'out'}" in printed
    assert (
        command.main([flags[0], f"--output_dir={tmp_path / 'one'}", f"--gin_config={config}"]) == 0
    )
    assert command.main(flags) == 2
    assert "--gin_config is missing" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["udr", "udr_spearman"])
def test_shipped_configurations(models, tmp_path, name):
    small = ["udr_sklearn.num_data_points = 32", "udr_sklearn.batch_size = 16"]
    scores = evaluate.evaluate_with_gin(models[:2], tmp_path / name, False, [name], small)
    assert np.isfinite(scores["model_scores"]).all()
