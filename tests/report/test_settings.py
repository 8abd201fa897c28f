import dataclasses

import pytest

from dlib.methods.unsupervised.device import RunSettings
from dlib.report import settings
from dlib.utils import result_files


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("'dsprites_full'", "dsprites_full"),
        ('"a"', "a"),
        ("4.0", "4"),
        ("4", "4"),
        ("1e-4", "0.0001"),
        ("[70.0, 30.0]", "[70, 30]"),
        ("(1, 2)", "[1, 2]"),
        ("True", "True"),
        ("None", "None"),
        ("@vae()", "vae"),
        ("@scope/conv_encoder", "conv_encoder"),
        ("%macro", "%macro"),
        (None, ""),
        (7, "7"),
    ],
)
def test_literals_are_told_plainly(literal, text):
    assert settings.plain(literal) == text


def test_main_hyperparameters_are_told_and_others_where_they_differ():
    configs = [
        {"vae.beta": "4", "encoder.num_latent": "10", "model.batch_size": "64"},
        {"vae.beta": "4", "encoder.num_latent": "12", "model.batch_size": "64"},
        {"vae.beta": "4", "encoder.num_latent": "10"},
    ]
    assert settings.describe_settings(configs, "vae") == [
        "beta=4, encoder.num_latent=10",
        "beta=4, encoder.num_latent=12",
        "beta=4, encoder.num_latent=10",
    ]


def test_an_unknown_method_tells_its_numbers():
    configs = [{"mine.alpha": "0.5", "mine.mode": "fast", "vae.beta": "4"}]
    assert settings.describe_settings(configs, "mine") == ["alpha=0.5"]


def test_seeds_names_and_machines_make_no_setting():
    config = {
        "model.random_seed": "1",
        "model.name": "'x'",
        "model.model_num": "7",
        "train.threads": "2",
        "dataset.name": "'a'",
        "budget.name": "'cpu'",
        "vae/AdamOptimizer.name": "'Adam'",
        "vae/AdamOptimizer.learning_rate": "0.0005",
        "vae.beta": "4.0",
    }
    assert settings.of_method(config) == {
        "vae/AdamOptimizer.learning_rate": "0.0005",
        "vae.beta": "4",
    }


def test_order_and_precision_make_a_setting():
    defaults = {field.name: field.default for field in dataclasses.fields(RunSettings)}
    assert {
        f"train.{name}": defaults[name] for name in ("order", "precision")
    } == result_files.SCIENCE_OF_RUNNING
    configs = [
        {"vae.beta": "4.0", "train.threads": "1"},
        {"vae.beta": "4.0", "train.precision": "'float32'", "train.threads": "2"},
        {"vae.beta": "4.0", "train.precision": "'bfloat16'"},
    ]
    configs = [settings.of_method(config) for config in configs]
    assert settings.describe_settings(configs[:2], "vae") == ["beta=4", "beta=4"]
    assert settings.describe_settings(configs, "vae") == [
        "beta=4, train.precision=float32",
        "beta=4, train.precision=float32",
        "beta=4, train.precision=bfloat16",
    ]
    other = settings.of_method({"vae.beta": "4.0", "train.order": "'reference'"})
    assert settings.describe_settings([configs[0], other], "vae") == [
        "beta=4, train.order=shuffled",
        "beta=4, train.order=reference",
    ]


def test_protocols_hold_what_all_tell_or_what_differs():
    configs = [{"mig.num_train": "10", "d.num_bins": "20"}, {"mig.num_train": "10", "x.y": "1"}, {}]
    assert settings.describe_protocols(configs) == ["num_train=10", "num_train=10", ""]
    configs[1]["d.num_bins"] = "30"
    assert settings.describe_protocols(configs) == [
        "num_bins=20, num_train=10",
        "num_bins=30, num_train=10",
        "",
    ]


def test_the_seed_of_an_evaluation_is_no_protocol():
    config = {"evaluation.random_seed": "1", "mig.num_train": "5", "mig.batch_size": "16"}
    assert settings.of_evaluation(config) == {"mig.num_train": "5"}


def test_budgets():
    cpu, smoke = {"budget.name": "'cpu'"}, {"budget.name": "'smoke'"}
    assert settings.budget(cpu, cpu) == "cpu"
    assert settings.budget(cpu, {}) == "cpu"
    assert settings.budget({}, {}) == settings.NOT_NAMED
    assert settings.budget({"budget.name": "None"}, {}) == settings.NOT_NAMED
    assert settings.budget(cpu, smoke) == "cpu, evaluated smoke"
    assert settings.budget({}, smoke) == "not named, evaluated smoke"


def test_budgets_that_are_not_named_tell_their_updates():
    assert settings.budget({}, {}, 80640) == "not named, 80 640 updates"
    assert settings.budget({"budget.name": "'paper'"}, {}, 80640) == "paper"
    # A full evaluation of a run that names no budget is no budget of the run.
    assert settings.budget({}, {"budget.name": "'paper'"}, 20) == "not named, 20 updates"
    adaptive = {"deft.adaptive_stages": "@information_plateau()"}
    assert settings.budget(adaptive, {}, 4321) == "not named, adaptive stages"
    assert settings.budget({"deft.adaptive_stages": "None"}, {}) == settings.NOT_NAMED
    assert [settings.is_named(name) for name in ("paper", "not named, 20 updates")] == [True, False]
