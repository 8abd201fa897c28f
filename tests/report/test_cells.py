import json
import math

import pandas as pd
import pytest

from dlib.report import cells, failure_rate


def row(run="output/s/0", metric="mig", representation="mean", scores=None, **config):
    """A row of results; ``config`` holds keys of the training with ``__`` for dots."""
    path = f"{run}/metrics/{representation}/{metric}/results/aggregate/evaluation.json"
    scores = {"discrete_mig": 0.3} if scores is None else scores
    base = {
        "dataset.name": "'dsprites_full'",
        "model.name": "'beta_vae'",
        "model.model": "@vae()",
        "model.random_seed": "0",
        "vae.beta": "4.0",
    }
    base |= {name.replace("__", "."): value for name, value in config.items()}
    return {
        "path": path,
        **{f"train_config.{k}": v for k, v in base.items() if v is not None},
        "train_results.global_step": 500,
        "evaluation_config.evaluation.name": f"'{metric}'",
        **{f"evaluation_results.{name}": value for name, value in scores.items()},
        "evaluation_results.uuid": "u",
        "evaluation_results.elapsed_time": 2.0,
    }


def only(frame):
    assert len(frame) == 1
    return frame.iloc[0]


def test_a_score_has_its_place():
    found = only(cells.tidy([row()]))
    assert tuple(found[["dataset", "method", "setting", "metric"]]) == (
        "dsprites_full", "beta_vae", "beta=4", "mig",
    )  # fmt: skip
    assert (found["seed"], found["value"], found["updates"]) == (0, 0.3, 500)
    assert found["stage"] is pd.NA
    assert (found["budget"], found["protocol"]) == ("not named, 500 updates", "")
    assert found["run"] == "output/s/0"
    assert found["stands"]
    assert list(cells.tidy([row()]).columns) == list(cells.COLUMNS)


@pytest.mark.parametrize(
    ("name", "model", "method"),
    [
        ("'my vae'", "@vae()", "my vae"),
        ("''", "@deft()", "deft"),
        (None, "@dlib.methods.deft()", "deft"),
        (None, "@scope/factor_vae()", "factor_vae"),
        (None, "@s2_vae", "s2_vae"),
        ('"x"', None, "x"),
    ],
)
def test_a_method_has_the_name_of_the_model_or_of_its_class(name, model, method):
    rows = [row(model__name=name, model__model=model)]
    assert only(cells.tidy(rows))["method"] == method


def test_scores_are_told_apart_by_the_metric_not_by_their_key():
    rows = [
        row(metric="beta_vae_sklearn", scores={"train_accuracy": 0.9, "eval_accuracy": 0.8}),
        row(metric="factor_vae_metric", scores={"eval_accuracy": 0.7, "num_active_dims": 5}),
        row(metric="factor_vae_score", run="r", scores={"eval_accuracy": 0.6}),
        row(metric="dci", scores={"disentanglement": 0.5, "completeness": 0.4, "m": [[1]]}),
        row(metric="mine", scores={"first": 1, "second": 2}),
        row(
            metric="downstream_task_boosted_trees",
            scores={"10:mean_test_accuracy": 0.1, "100:mean_test_accuracy": 0.2},
        ),
    ]
    frame = cells.tidy(rows)
    assert dict(zip(frame["metric"], frame["value"], strict=True)) == {
        "beta_vae_score": 0.8,
        "factor_vae_score": 0.6,
        "dci_disentanglement": 0.5,
        "dci_completeness": 0.4,
        "mine:first": 1.0,
        "downstream_task_boosted_trees:100:mean_test_accuracy": 0.2,
    }
    assert (frame["metric"] == "factor_vae_score").sum() == 2


@pytest.mark.parametrize(
    ("metric", "scores", "shown"),
    [
        (
            "fairness",
            {"mean_fairness:pred0:sens1": 0.9, "mean_fairness:mean_pred:mean_sens": 0.2},
            {"unfairness": 0.2},
        ),
        (
            "z_min_variance",
            {"z_min_variance_train": 0.9, "z_min_variance": 0.7, "num_active_dims": 5},
            {"z_min_variance": 0.7},
        ),
        ("jemmig", {"jemmig": 2.5, "jemmig_normalized": 0.4}, {"jemmig_normalized": 0.4}),
        (
            "downstream_task_boosted_trees",
            {"10000:mean_test_accuracy": 0.8, "1000:mean_test_accuracy": 0.6},
            {"downstream_task_boosted_trees:10000:mean_test_accuracy": 0.8},
        ),
        # A matrix of the user's own.
        ("unified_scores", {"mine.dci": 0.3, "mine.mig": 0.1}, {"unified_scores:mine.dci": 0.3}),
    ],
)
def test_of_many_scores_the_listed_ones_are_shown(metric, scores, shown):
    frame = cells.tidy([row(metric=metric, scores=scores)])
    assert dict(zip(frame["metric"], frame["value"], strict=True)) == shown


@pytest.mark.parametrize(
    ("name", "function", "metric"),
    [
        ("mig_0", "@mig", "mig"),
        ("mig_1000_3", "@mig", "mig"),
        ("beta_vae_sklearn_2", "@beta_vae_sklearn", "beta_vae_sklearn"),
        ("factor_vae_metric_0", "@factor_vae_score", "factor_vae_metric"),
        ("unsupervised_100_0", "@unsupervised_metrics()", "unsupervised"),
        (
            "downstream_task_boosted_trees_0",
            "@dlib.downstream_task",
            "downstream_task_boosted_trees",
        ),
        ("few_points", "@mig", "mig"),  # the user's file of a known metric
        ("mig_7", "@other/sap_score", "sap_score"),
        ("mine_1000_0", "@mine", "mine"),
        ("mig_2", "@mine", "mig_2"),  # the user's metric: not what its name looks like
        ("mig_0", None, "mig"),
        ("mig_1000_0", None, "mig_1000_0"),  # nothing else tells its number of points
        ("", "@dci", "dci"),
    ],
)
def test_a_metric_is_known_under_other_names(name, function, metric):
    one = {"evaluation_config.evaluation.name": f"'{name}'"}
    one |= {"evaluation_config.evaluation.evaluation_fn": function} if function else {}
    assert cells.metric_name(one) == metric


def test_repetitions_are_one_score_and_numbers_of_points_are_protocols():
    def evaluated(name, mig, points, seed):
        return row(metric=name, scores={"discrete_mig": mig}) | {
            "evaluation_config.evaluation.evaluation_fn": "@mig",
            "evaluation_config.evaluation.random_seed": str(seed),
            "evaluation_config.mig.num_train": str(points),
        }

    frame = cells.tidy(
        [
            evaluated("mig_1000_0", 0.1, 1000, 7),
            evaluated("mig_1000_1", 0.3, 1000, 8),
            evaluated("mig_0", 0.5, 10000, 9),
        ]
    )
    assert frame[["metric", "protocol"]].values.tolist() == [
        ["mig", "num_train=1000"],
        ["mig", "num_train=10000"],
    ]
    assert frame["value"].tolist() == pytest.approx([0.2, 0.5])


def test_the_metrics_folder_tells_where_the_configuration_does_not():
    one = row(metric="mig")
    del one["evaluation_config.evaluation.name"]
    assert only(cells.tidy([one]))["metric"] == "mig"


def test_one_representation_at_a_time():
    rows = [row(), row(representation="sampled", scores={"discrete_mig": 0.1})]
    assert only(cells.tidy(rows))["value"] == 0.3
    assert only(cells.tidy(rows, "sampled"))["value"] == 0.1
    assert cells.tidy(rows, "none").empty
    assert cells.left_out(rows) == []


def test_what_has_no_place_is_named():
    rows = [
        row(dataset__name=None),
        row(run="a", model__name=None, model__model=None),
        {"path": "x.json", "evaluation_results.discrete_mig": 0.5},
        {"path": "y.json", "discrete_mig": 0.5},
    ]
    assert cells.tidy(rows).empty
    assert [text.split(": ")[1] for text in cells.left_out(rows)] == [
        "tells no data set (train_config.dataset.name)",
        "tells no method (train_config.model.name or train_config.model.model)",
        "tells no representation (postprocess_config.postprocess.name)",
        "no evaluation_results in it",
    ]


def test_null_becomes_nan():
    assert math.isnan(only(cells.tidy([row(scores={"discrete_mig": None})]))["value"])


def test_the_setting_with_the_highest_median_mig_stands():
    rows = [
        row(f"r{beta}{seed}", scores={"discrete_mig": mig}, vae__beta=beta, model__random_seed=seed)
        for beta, migs in (("1.0", (0.1, 0.3, 0.2)), ("8.0", (0.05, 0.25, 0.9)))
        for seed, mig in enumerate(migs)
    ]
    frame = cells.tidy(rows)
    assert set(frame.loc[frame["stands"], "setting"]) == {"beta=8"}  # 0.25 against 0.2
    assert len(cells.final(frame)) == 3
    assert len(cells.final(frame, standing=False)) == 6


def test_without_a_mig_the_setting_with_the_most_runs_stands():
    rows = [
        row(run, metric="irs", scores={"IRS": 0.5}, vae__beta=beta)
        for run, beta in (("a", "1.0"), ("b", "2.0"), ("c", "2.0"))
    ]
    rows.append(row("a", scores={"discrete_mig": None}, vae__beta="1.0"))
    frame = cells.tidy(rows)
    assert set(frame.loc[frame["stands"], "run"]) == {"b", "c"}


def test_settings_compete_by_one_protocol():
    def made(run, mig, beta, points):
        more = {"evaluation_config.mig.num_train": points}
        return row(run, scores={"discrete_mig": mig}, vae__beta=beta) | more

    rows = [
        made("a", 0.3, "1.0", "1000"), made("b", 0.2, "2.0", "1000"),
        made("b", 0.9, "2.0", "50"), made("c", None, "2.0", "50"), made("d", None, "1.0", "50"),
    ]  # fmt: skip
    frame = cells.tidy(rows)
    assert set(frame.loc[frame["stands"], "setting"]) == {"beta=1"}  # 0.3 against 0.2, not 0.55
    few = frame[frame["protocol"] == "num_train=50"]
    assert set(cells.final(cells.with_standing(few))["setting"]) == {"beta=2"}
    assert cells.with_standing(frame.iloc[:0]).empty
    many = cells.of_main_protocols(frame.dropna(subset=["value"]))
    assert many["value"].tolist() == [0.3, 0.2]
    assert list(cells.of_main_protocols(frame.iloc[:0]).columns) == list(cells.COLUMNS)


def test_settings_compete_within_a_data_set_and_a_budget():
    def made(run, mig, **config):
        return row(run, scores={"discrete_mig": mig}, **config)

    rows = [
        made("a", 0.5, vae__beta="1.0"),
        made("b", 0.4, vae__beta="2.0"),
        made("c", 0.1, vae__beta="1.0", budget__name="'cpu'"),
        made("d", 0.2, vae__beta="2.0", budget__name="'cpu'"),
        made("e", 0.01, vae__beta="2.0", dataset__name="'smallnorb'"),
    ]
    frame = cells.tidy(rows).set_index("run")
    assert frame["stands"].to_dict() == {"a": True, "b": False, "c": False, "d": True, "e": True}
    assert frame["budget"].to_dict()["c"] == "cpu"


def test_a_short_run_never_stands_for_a_long_one():
    """A demo and a run of Table 2, neither of which names its budget; the demo has the better MIG.

    The configurations do not tell their lengths apart.
    """
    demo = row("demo", scores={"discrete_mig": 0.3}) | {"train_results.global_step": 3900}
    full = row("full", scores={"discrete_mig": 0.2}) | {"train_results.global_step": 80640}
    frame = cells.tidy([demo, full])
    assert frame[["run", "budget", "stands"]].values.tolist() == [
        ["demo", "not named, 3 900 updates", True],
        ["full", "not named, 80 640 updates", True],
    ]
    made = failure_rate.table(frame, threshold=0.25)
    assert made[["budget", "runs", "failures"]].values.tolist() == [
        ["not named, 3 900 updates", 1, 0],
        ["not named, 80 640 updates", 1, 1],
    ]
    named = full | {"train_config.budget.name": "'paper'"}
    assert cells.tidy([demo, named])["budget"].tolist() == ["not named, 3 900 updates", "paper"]


def test_an_evaluation_of_another_budget_is_told():
    one = row(budget__name="'2000'") | {"evaluation_config.budget.name": "'smoke'"}
    assert only(cells.tidy([one]))["budget"] == "2000, evaluated smoke"


def test_several_evaluations_of_one_run_become_their_mean():
    rows = [
        row(metric="mig") | {"evaluation_config.evaluation.random_seed": "1"},
        row(metric="mig", scores={"discrete_mig": 0.5})
        | {"evaluation_config.evaluation.random_seed": "2"},
    ]
    assert only(cells.tidy(rows))["value"] == pytest.approx(0.4)


def test_protocols_are_told_and_differ_by_what_differs():
    few = row(run="a") | {"evaluation_config.mig.num_train": "100"}
    many = row(run="b") | {
        "evaluation_config.mig.num_train": "10000",
        "evaluation_config.mig.batch_size": "16",
        "evaluation_config.extra.thing": "1",
    }
    frame = cells.tidy([few, many])
    assert frame["protocol"].tolist() == ["num_train=100", "num_train=10000"]


def test_the_reconstruction_error_is_one_for_a_run():
    rows = [row() | {"train_results.reconstruction_loss": 31.5}, row(metric="dci", scores={})]
    frame = cells.tidy(rows)
    found = only(frame[frame["metric"] == "reconstruction_error"])
    assert found["value"] == 31.5


def test_scores_at_stages_come_from_the_log(tmp_path):
    run = tmp_path / "run"
    (run / "model").mkdir(parents=True)
    lines = [{"step": 50, "loss": 1.0}, {"step": 60, "stage_end": 0, "mig": 0.1, "nmi1": None}]
    lines += [{"step": 90, "stage_end": 1, "mig": 0.2}]
    text = "".join(json.dumps(line) + "\n" for line in lines) + '{"step": 95, "stage_end": 2, "m'
    (run / "model" / "train_log.jsonl").write_text(text)
    frame = cells.tidy([row(run=str(run))])
    ends = frame[frame["stage"].notna()]
    assert ends[["stage", "metric", "value"]].values.tolist() == [[1, "mig", 0.1], [2, "mig", 0.2]]
    assert len(cells.final(frame)) == 1


def test_a_data_frame_of_aggregated_results_gives_the_same_table(tmp_path):
    from dlib.utils import aggregate_results

    rows = [
        row(run=f"r{seed}", model__random_seed=str(seed), scores={"discrete_mig": seed / 7})
        for seed in range(3)
    ]
    rows.append(row(metric="dci", run="r0", scores={"disentanglement": 0.5, "completeness": 0.6}))
    aggregate_results.write_rows(rows, tmp_path / "results.json")
    loaded = aggregate_results.load_aggregated_json_results(tmp_path / "results.json")
    pd.testing.assert_frame_equal(cells.tidy(loaded), cells.tidy(rows))


def test_nothing_gives_an_empty_table():
    assert list(cells.tidy([]).columns) == list(cells.COLUMNS)
