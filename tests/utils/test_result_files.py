import json

import pytest

from dlib.utils import result_files

TAIL = "metrics/{}/{}/results/aggregate/evaluation.json"


def result(seed=0, metric="mig", score=0.5, **more):
    return {
        "train_config.dataset.name": "'dsprites_full'",
        "train_config.model.model": "@vae()",
        "train_config.model.random_seed": str(seed),
        "train_config.model.model_num": "0",
        "evaluation_config.evaluation.name": f"'{metric}'",
        "evaluation_config.evaluation.random_seed": "1",
        "evaluation_results.score": score,
        **more,
    }


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes result files of runs and gives what is read of them: paths kept, and left out."""
    monkeypatch.chdir(tmp_path)

    def write_and_read(contents):
        for place, content in contents.items():
            run, representation, metric = place.rsplit("/", 2)
            path = tmp_path / "output" / run / TAIL.format(representation, metric)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        rows, left_out = result_files.read(result_files.find("output/*/" + TAIL.format("*", "*")))
        return [row["path"].split("/")[1] for row in rows], left_out

    return write_and_read


def named(run, representation="mean", metric="mig"):
    return f"output/{run}/{TAIL.format(representation, metric)}"


def test_what_is_no_result_is_told_with_its_reason(write):
    kept, left_out = write(
        {
            "a/mean/mig": result(),
            "b/mean/mig": json.dumps(result())[:-20],
            "c/mean/mig": "",
            "d/mean/mig": "[1]",
            "e/mean/mig": {"train_config.model.random_seed": "0", "evaluation_results.uuid": "u"},
            "f/mean/mig": result(7, **{"evaluation_results.error": "ValueError: no code"}),
            "g/mean/mig": "{nonsense}",
        }
    )
    assert kept == ["a"]
    assert left_out == [
        f"{named('b')}: not readable: empty or cut off",
        f"{named('c')}: not readable: empty or cut off",
        f"{named('d')}: not a result: no JSON object",
        f"{named('e')}: incomplete: no evaluation_results in it",
        f"{named('f')}: failed: ValueError: no code",
        f"{named('g')}: not JSON",
    ]


def test_a_score_that_is_not_a_number_is_a_result(write):
    text = json.dumps(result()).replace("0.5", "NaN")
    assert write({"a/mean/mig": text}) == (["a"], [])


def test_copies_are_left_out(write):
    row = result()
    del row["train_config.model.random_seed"]  # not the configuration tells, but the content
    kept, left_out = write({"a/mean/mig": row, "b/mean/mig": row})
    assert kept == ["a"]
    assert left_out == [f"{named('b')}: the same content as {named('a')}"]


def test_a_second_run_of_one_configuration_and_seed_is_left_out(write):
    kept, left_out = write(
        {
            "a/mean/mig": result(0, score=0.5),
            "b/mean/mig": result(0, score=0.6, **{"train_config.model.model_num": "9"}),
            "c/mean/mig": result(0, score=0.7, **{"evaluation_config.evaluation.random_seed": "8"}),
            "d/mean/mig": result(0, score=0.8, **{"train_config.train.threads": "2"}),
        }
    )
    assert kept == ["a"]
    assert left_out == [f"{named(r)}: the same run and metric as {named('a')}" for r in "bcd"]


def test_results_that_differ_in_what_counts_stay(write):
    kept, left_out = write(
        {
            "a/mean/mig": result(0),
            "b/mean/mig": result(1),
            "c/mean/mig": result(0, **{"train_config.vae.beta": "4.0"}),
            "a/sampled/mig": result(0, score=0.4),
            "a/mean/dci": result(0, "dci"),
            "d/mean/mig": result(0, **{"evaluation_config.mig.num_train": "5"}),
        }
    )
    assert sorted(kept) == ["a", "a", "a", "b", "c", "d"]
    assert left_out == []


def test_runs_of_another_order_or_precision_are_no_repeats(write):
    order, precision = "train_config.train.order", "train_config.train.precision"
    kept, left_out = write(
        {
            "a/mean/mig": result(0),
            "b/mean/mig": result(0, score=0.6, **{precision: "'bfloat16'"}),
            "c/mean/mig": result(0, score=0.7, **{order: "'reference'"}),
            "d/mean/mig": result(0, score=0.8, **{order: "'shuffled'", precision: '"float32"'}),
        }
    )
    assert kept == ["a", "b", "c"]  # what d tells is what holds for a
    assert left_out == [f"{named('d')}: the same run and metric as {named('a')}"]


def test_one_run_may_be_evaluated_with_several_seeds(write):
    other = {"evaluation_config.evaluation.random_seed": "2"}
    kept, left_out = write(
        {"a/mean/mig_0": result(0, score=0.1), "a/mean/mig_1": result(0, score=0.2, **other)}
    )
    assert (kept, left_out) == (["a", "a"], [])
    kept, left_out = write({"a/mean/mig_2": result(0, score=0.3, **other)})
    assert left_out == [
        f"{named('a', metric='mig_2')}: the same run and metric as {named('a', metric='mig_0')}"
    ]


def test_unknown_seeds_are_never_taken_for_one(write):
    rows = [result(score=score) for score in (0.1, 0.2)]
    for row in rows:
        del row["train_config.model.random_seed"]
    assert write({"a/mean/mig": rows[0], "b/mean/mig": rows[1]}) == (["a", "b"], [])


def test_other_steps_have_their_own_results(tmp_path):
    path = tmp_path / "train.json"
    path.write_text(json.dumps({"train_results.loss": 1.0, "train_results.uuid": "u"}))
    assert result_files.read([str(path)])[1] == []
    path.write_text(json.dumps({"train_config.model.random_seed": "0"}))
    assert result_files.read([str(path)])[1] == [f"{path}: incomplete: no train_results in it"]


def test_unfinished_evaluations_are_found(write, tmp_path):
    write({"a/mean/mig": result()})
    (tmp_path / "output/a/metrics/mean/dci/results/json").mkdir(parents=True)
    (tmp_path / "output/b/metrics/mean/mig").mkdir(parents=True)
    pattern = "output/*/metrics/*/*/results/aggregate/evaluation.json"
    assert result_files.unfinished(pattern) == [
        "output/a/metrics/mean/dci",
        "output/b/metrics/mean/mig",
    ]
    assert result_files.unfinished(["*.json", pattern, pattern]) == result_files.unfinished(pattern)
