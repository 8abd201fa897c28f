"""From a training of two steps to scores, through the real thing."""

import json
import re
import shutil

import gin
import numpy as np
import pytest

import dlib
from dlib import pipeline
from dlib.commands import aggregate, evaluate, postprocess, train
from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.data.ground_truth.registry import register
from dlib.evaluation import encode_once
from dlib.evaluation.evaluate import evaluate_with_gin
from dlib.postprocessing.postprocess import postprocess_with_gin
from dlib.utils import results
from dlib.utils.errors import DlibError


@register("pipeline_test_bars")
@gin.configurable("pipeline_test_bars")
class Bars(IndexedData):
    """A bar's row and column: 4 x 4 images; ``brightness`` is an option that scores depend on."""

    factor_names = ("row", "column")
    factors_num_values = (4, 4)
    observation_shape = (64, 64, 1)
    num_images = 16
    source = "drawn in a test"

    def __init__(self, brightness=1.0):
        self.brightness = brightness

    def sample_factors(self, num, random_state):
        return np.stack([random_state.randint(4, size=num) for _ in range(2)], axis=1)

    def sample_indices(self, factors, random_state):
        return factors[:, 0] * 4 + factors[:, 1]

    def observations_at(self, indices, random_state):
        images = np.zeros((len(indices), 64, 64, 1), np.float32)
        for image, index in zip(images, indices, strict=True):
            row, column = divmod(int(index), 4)
            image[16 * row : 16 * row + 8, 16 * column : 16 * column + 8] = self.brightness
        return images


@gin.configurable("pipeline_test_failing")
def failing_metric(ground_truth_data, representation_function, random_state):
    raise ValueError("no such luck")


@gin.configurable("pipeline_test_brightness")
def brightness_metric(ground_truth_data, representation_function, random_state, artifact_dir):
    """What a metric is given: the option of the data set, its observations, the random state."""
    observations = ground_truth_data.sample_observations(3, random_state)
    codes = representation_function(observations)
    return {
        "brightness": getattr(ground_truth_data, "brightness", None),
        "observation_ndim": observations.ndim,
        "code_sum": float(np.abs(codes).sum()),
        "next_draw": random_state.randint(1000),
        "artifact_dir": artifact_dir,
    }


CONFIG = """
include "method/beta_vae.gin"
include "architecture/reference.gin"
vae.beta = 4.0
dataset.name = "pipeline_test_bars"
pipeline_test_bars.brightness = 0.5
model.batch_size = 4
model.training_steps = 2
model.random_seed = 3
model.eval_steps = 1
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @vae/AdamOptimizer
train.device = "cpu"
train.progress = False
pipeline.postprocess = ["postprocess/sampled.gin", "postprocess/mean.gin"]
"""
MIG = """
include "metric/mig.gin"
mig.num_train = 64
"""
FAILING = """
evaluation.evaluation_fn = @pipeline_test_failing
evaluation.random_seed = 0
dataset.name = "auto"
"""
BRIGHTNESS = FAILING.replace("failing", "brightness")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A working directory with configurations, in which ``dlib_train`` was run once."""
    folder = tmp_path_factory.mktemp("run")
    texts = {"bars": CONFIG, "mig": MIG, "failing": FAILING, "brightness": BRIGHTNESS}
    for name, text in texts.items():
        (folder / f"{name}.gin").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert (
            train.main(
                ["--gin_config=bars.gin", "--gin_bindings=pipeline.evaluation = ['mig.gin']"]
            )
            == 0
        )
    return folder


@pytest.fixture
def here(trained, monkeypatch):
    """The same, as the current directory."""
    monkeypatch.chdir(trained)
    return trained


def aggregate_of(folder, step="evaluation"):
    return json.loads((folder / "results" / "aggregate" / f"{step}.json").read_text())


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


def test_commands_step_by_step(here, tmp_path, capsys):
    model, mean = here / "output/bars/3/model", tmp_path / "mean"
    argv = [f"--model_dir={model}", f"--output_dir={mean}", "--gin_config=postprocess/mean.gin"]
    assert postprocess.main(argv) == 0
    argv = [f"--input_dir={mean}", f"--output_dir={tmp_path / 'mig'}", "--gin_config=mig.gin"]
    assert evaluate.main([*argv, "--gin_bindings=evaluation.name = 'gap'"]) == 0
    assert aggregate_of(tmp_path / "mig")["evaluation_config.evaluation.name"] == "'gap'"
    assert "discrete_mig" in capsys.readouterr().out


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
