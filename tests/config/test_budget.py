"""Lengths and points by hand; the record in result files through a real training."""

import math

import pytest

from dlib import pipeline
from dlib.config import budget, budget_points
from dlib.config.budget import bindings_for_budget
from dlib.execution.jobs import DONE, Job
from dlib.execution.run_job import run_job
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import files, gin_utils
from dlib.utils.errors import DlibError


def lines(config, name, *bindings):
    return bindings_for_budget([config], bindings, name)


@pytest.mark.parametrize(
    ("config", "bindings", "updates"),
    [
        ("deft_dsprites.gin", [], None),  # in epochs
        ("deft_triangle.gin", [], 10000),
        ("beta_vae_dsprites.gin", [], 80640),
        ("beta_vae_dsprites.gin", ["model.training_steps = 7"], 7),
        ("deft_auto.gin", [], None),
    ],
)
def test_the_paper_s_budget_is_recorded_and_changes_nothing_else(config, bindings, updates):
    known = [] if updates is None else [f"budget.updates = {updates}"]
    assert lines(config, "paper", *bindings) == ["budget.name = 'paper'", *known]


def test_a_full_run_that_was_begun_without_a_record_goes_on_with_one(tiny, tmp_path):
    begun = [*tiny, "model.training_steps = 2"]
    train_with_gin(tmp_path / "one/model", gin_bindings=begun)
    with gin_utils.configured((), begun):
        pipeline.pipeline(tmp_path / "one/model")
    results = tmp_path / "one/metrics/mean/mig/results/aggregate/evaluation.json"
    before = files.read_json(results)
    full = Job("one", (), begun, "one", "paper")
    result = run_job(full, tmp_path, threads=1)
    assert (result.status, result.error) == (DONE, "")
    assert files.read_json(results) == before  # nothing was done again
    # And a recorded run is the same one to whoever does not record.
    train_with_gin(tmp_path / "two/model", gin_bindings=[*begun, "budget.name = 'paper'"])
    train_with_gin(tmp_path / "two/model", gin_bindings=begun)
    short = ["budget.name = 'cpu'", "budget.updates = 2"]
    with pytest.raises(DlibError, match="budget.name = unset, now 'cpu'"):
        train_with_gin(tmp_path / "two/model", gin_bindings=[*begun, *short])


def test_the_paper_s_budget_stands_in_the_results(tiny, tmp_path):
    lines = [*tiny, "model.training_steps = 2"]
    assert run_job(Job("one", (), lines, "one", "paper"), tmp_path, threads=1).status == DONE
    path = tmp_path / "one/metrics/mean/mig/results/aggregate/evaluation.json"
    aggregate = files.read_json(path)
    for step in ("train", "postprocess", "evaluation"):
        assert aggregate[f"{step}_config.budget.name"] == "'paper'"
        assert aggregate[f"{step}_config.budget.updates"] == "2"


@pytest.mark.parametrize(
    ("config", "name", "expected"),
    [
        ("deft_dsprites.gin", "smoke", "deft.stage_steps = [20, 20, 20, 20]"),
        ("deft_dsprites.gin", "cpu", "deft.stage_steps = [500, 500, 500, 500]"),
        ("deft_scream.gin", "cpu", "deft.stage_steps = [500, 500]"),
        # In the proportion 3 : 7 of 3 000 and 7 000 updates.
        ("deft_triangle.gin", "cpu", "deft.stage_steps = [300, 700]"),
        ("deft_triangle.gin", "smoke", "deft.stage_steps = [12, 28]"),
        ("deft_dsprites.gin", "4", "deft.stage_steps = [1, 1, 1, 1]"),
        ("beta_vae_dsprites.gin", "cpu", "model.training_steps = 2000"),
        ("beta_vae_color.gin", "smoke", "model.training_steps = 80"),
        ("beta_vae_smallnorb.gin", "cpu", "model.training_steps = 1000"),
        ("beta_vae_smallnorb.gin", "1234", "model.training_steps = 1234"),
        # 60 % of the updates, a tenth of them for each of ten latents.
        ("annealed_vae_dsprites.gin", "cpu", "annealed_vae.iteration_threshold = 1200"),
        ("annealed_vae_scream.gin", "cpu", "annealed_vae.iteration_threshold = 600"),
        ("cascade_vae_c_dsprites.gin", "cpu", "cascade_vae_c.stage_steps = 200"),
        ("cascade_vae_c_smallnorb.gin", "smoke", "cascade_vae_c.stage_steps = 4"),
        ("deft_dsprites.gin", "cpu", "budget.updates = 2000"),
        ("deft_dsprites.gin", "cpu", "budget.name = 'cpu'"),
        ("deft_dsprites.gin", "123", "budget.name = '123'"),
        ("deft_dsprites.gin", "cpu", "pipeline.bindings = ['mig.num_train = 5000']"),
        ("deft_dsprites.gin", "smoke", "pipeline.bindings = ['mig.num_train = 200']"),
        ("deft_dsprites.gin", "80", "pipeline.bindings = ['mig.num_train = 200']"),
        ("deft_dsprites.gin", "81", "pipeline.bindings = ['mig.num_train = 5000']"),
        ("deft_dsprites.gin", "cpu", "stage_scores.num_points = 5000"),
        # Stages that are found before the training: as many as on dSprites, of one length.
        ("deft_auto.gin", "cpu", "deft.stage_steps = 500"),
        ("deft_auto.gin", "cpu", "deft.adaptive_stages = None"),
    ],
)
def test_a_configuration_under_a_budget(config, name, expected):
    assert expected in lines(config, name)


@pytest.mark.parametrize("method", ["beta_vae", "beta_tc_vae", "annealed_vae", "cascade_vae_c"])
@pytest.mark.parametrize("data", ["dsprites", "color", "scream", "smallnorb"])
def test_compared_methods_get_as_many_updates_as_deft(method, data):
    record = [x for x in lines(f"deft_{data}.gin", "cpu") if x.startswith("budget.updates")]
    assert record[0] in lines(f"{method}_{data}.gin", "cpu")


@pytest.mark.parametrize("data", ["dsprites", "color", "scream", "smallnorb", "chairs3d"])
def test_stages_of_data_are_those_of_the_shipped_configurations(data):
    with gin_utils.configured([f"deft_{data}.gin"]):
        stages = len(gin_utils.query("deft.betas"))
        assert budget.STAGES[gin_utils.query("dataset.name")] == stages


def test_whatever_is_counted_in_updates_keeps_its_proportion():
    schedule = "vae/piecewise_constant.boundaries = [8064, 16128, 16130]"
    decay = "exponential_decay.decay_steps = 40320"
    found = lines("beta_vae_dsprites.gin", "1000", schedule, decay)
    assert "vae/piecewise_constant.boundaries = [100, 200, 201]" in found
    assert "exponential_decay.decay_steps = 500" in found
    with pytest.raises(DlibError, match="vae/exponential_decay.decay_steps is a number of updates"):
        lines("deft_dsprites.gin", "cpu", "vae/exponential_decay.decay_steps = 1000")


def test_shares_add_up_and_none_is_empty():
    assert budget._shares(10, [1, 1, 1]) == [3, 4, 3]
    assert budget._shares(5, [1, 1000, 1, 1]) == [1, 2, 1, 1]
    assert budget._shares(4, [1000, 1, 1, 1]) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("metric", "parameter", "configured", "smoke", "cpu"),
    [
        ("mig", "num_train", 10000, 200, 5000),
        ("mig", "num_train", 100, 100, 50),
        ("beta_vae_sklearn", "num_train", 10000, 50, 500),
        ("factor_vae_score", "num_eval", 5000, 50, 250),
        ("factor_vae_score", "num_variance_estimate", 10000, 200, 5000),
        ("fairness", "num_test_points_per_class", 100, 10, 50),
        (
            "downstream_task",
            "num_train",
            [10, 100, 1000, 10000],
            [10, 100, 200],
            [5, 50, 500, 5000],
        ),
    ],
)
def test_points_by_the_rule(metric, parameter, configured, smoke, cpu):
    assert budget_points.fewer(configured, parameter, "smoke", metric) == smoke
    assert budget_points.fewer(configured, parameter, "cpu", metric) == cpu


def test_bindings_of_one_s_own_for_the_steps_are_kept():
    own = "pipeline.bindings = ['discretizer.num_bins = 7']"
    expected = "pipeline.bindings = ['discretizer.num_bins = 7', 'mig.num_train = 5000']"
    assert expected in lines("deft_dsprites.gin", "cpu", own)


@pytest.mark.parametrize("name", ["quick", "0", "-5", "2.5", "", "١٢"])
def test_a_budget_that_there_is_not(name):
    with pytest.raises(DlibError, match="use smoke, cpu, paper, or a number of updates"):
        lines("deft_dsprites.gin", name)


def test_too_few_updates_and_lengths_that_are_not_known():
    with pytest.raises(DlibError, match="3 updates is too small: deft has 4 stages"):
        lines("deft_dsprites.gin", "3")
    with pytest.raises(DlibError, match="length is not known"):
        lines("beta_vae_dsprites.gin", "cpu", "model.training_steps = None")
    bindings = ["budget.name = 'cpu'"]
    with (
        pytest.raises(DlibError, match="set both or neither"),
        gin_utils.configured(["deft_dsprites.gin"], bindings),
    ):
        pass


@pytest.fixture
def tiny(tiny_networks):
    """A configuration of a tiny training with one score."""
    return [
        *tiny_networks.strip().splitlines(),
        "dataset.name = 'dummy_data'",
        "encoder.num_latent = 2",
        "model.model = @vae()",
        "vae.beta = 1.0",
        "model.batch_size = 2",
        "model.eval_steps = 1",
        "model.random_seed = 0",
        "model.training_steps = 100000",
        "pipeline.postprocess = ['postprocess/mean.gin']",
        "pipeline.evaluation = ['metric/mig.gin']",
    ]


def test_the_budget_stands_in_every_step_s_results(tiny, tmp_path):
    result = run_job(Job("one", (), tiny, "one", "3"), tmp_path, threads=1)
    assert (result.status, result.error) == (DONE, "")
    scores = tmp_path / "one/metrics/mean/mig/results"
    aggregate = files.read_json(scores / "aggregate/evaluation.json")
    for step in ("train", "postprocess", "evaluation"):
        assert aggregate[f"{step}_config.budget.name"] == "'3'"
        assert aggregate[f"{step}_config.budget.updates"] == "3"
        assert "budget.updates = 3" in (scores / f"gin/{step}.gin").read_text()
    assert aggregate["train_results.global_step"] == 3
    assert aggregate["evaluation_config.mig.num_train"] == "200"
    assert math.isfinite(aggregate["evaluation_results.discrete_mig"])


def test_a_run_for_which_no_budget_was_asked_has_none_in_its_results(tiny, tmp_path):
    lines = [*tiny, "model.training_steps = 1", "pipeline.bindings = ['mig.num_train = 60']"]
    train_with_gin(tmp_path / "one/model", gin_bindings=lines)
    with gin_utils.configured((), lines):
        pipeline.pipeline(tmp_path / "one/model")
    aggregate = files.read_json(tmp_path / "one/metrics/mean/mig/results/aggregate/evaluation.json")
    assert not [name for name in aggregate if "budget" in name]
    assert aggregate["evaluation_config.mig.num_train"] == "60"
