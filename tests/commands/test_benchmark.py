"""dlib_benchmark: a method of one's own against others."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from dlib.commands import benchmark, benchmark_methods
from dlib.utils.errors import DlibError

EXAMPLE = Path(__file__).resolve().parents[2] / "examples"
OWN = """
include "data/{data}.gin"
include "architecture/paper.gin"
include "train/paper.gin"
include "train/pipeline.gin"
model.name = "mine"
model.model = @vae()
model.training_steps = 1000
encoder.num_latent = 3
vae.beta = 4.0
"""
SMALL = ["model.batch_size = 4", "train.progress = False", "pipeline.visualize = False"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def own(folder, data, name="mine.gin"):
    (folder / name).write_text(OWN.format(data=data))
    return name


def flags_of(lines):
    return [f"--gin_bindings={line}" for line in lines]


def refused(capsys, *arguments):
    assert benchmark.main(list(arguments)) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert not Path("output").exists()  # nothing was begun
    return message


def test_from_nothing_to_a_leaderboard_and_again_for_nothing(here, capsys):
    config = own(here, "dummy_data")
    command = [
        f"--gin_config={config}",
        "--against=beta_tc_vae,deft_dsprites",
        "--seeds=1",
        "--budget=4",
    ]
    command += ["--workers=2", *flags_of([*SMALL, "beta_tc_vae.beta = 6.0"])]
    assert benchmark.main(command) == 0
    shown = capsys.readouterr().out
    assert "deft_dsprites.gin on dummy_data" in shown
    assert "method/beta_tc_vae.gin alone" in shown
    where = here / "output/benchmark/mine_dummy_data_4"
    with (where / "leaderboard.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "mig"]
    assert [int(row["rank"]) for row in rows] == [1, 2, 3]
    assert {row["method"]: row["runs"] for row in rows} == dict.fromkeys(
        ("mine", "beta_tc_vae", "deft_dsprites"), "1"
    )
    medians = [float(row["median"]) for row in rows]
    assert medians == sorted(medians, reverse=True)
    beaten = {row["method"]: row["probability_to_beat"] for row in rows}
    assert beaten.pop("mine") == ""
    assert all(0 <= float(chance) <= 1 for chance in beaten.values())
    assert "| 1 | " in (where / "leaderboard.md").read_text()
    assert (where / "report.html").stat().st_size > 20_000

    results = sorted(here.glob("output/*/*/model/results/aggregate/train.json"))
    assert [path.relative_to(here / "output").parts[:2] for path in results] == [
        ("beta_tc_vae_dummy_data_4", "0"),
        ("deft_dsprites_on_dummy_data_4", "0"),
        ("mine_4", "0"),
    ]
    made = [json.loads(path.read_text()) for path in results]
    assert {run["train_config.dataset.name"] for run in made} == {"'dummy_data'"}
    assert {run["train_results.global_step"] for run in made} == {4}
    before = [path.stat().st_mtime_ns for path in results]
    assert benchmark.main(command) == 0
    assert [path.stat().st_mtime_ns for path in results] == before
    assert capsys.readouterr().out.splitlines()[-1].startswith("leaderboard: ")

    # An edited file is another method: its old scores may not pass for its new ones.
    (here / config).write_text(OWN.format(data="dummy_data").replace("beta = 4.0", "beta = 8.0"))
    assert benchmark.main(command) == 2
    told = capsys.readouterr()
    assert "1 of 3 runs failed" in told.err
    assert "--overwrite" in told.err
    assert "Failed and left out: mine" in told.out
    with (where / "leaderboard.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "mig"]
    assert {row["method"]: row["runs"] for row in rows if row["method"] == "mine"} == {"mine": "0"}


def test_a_method_has_its_experiment_on_the_users_data(here):
    config = own(here, "dsprites_full")
    _, setup = benchmark_methods.of_user([config], ["model.batch_size = 8"])
    deft = benchmark_methods.opponent("deft", setup)
    assert deft.files == ("deft_dsprites.gin",)  # not the demo's
    assert deft.folder == "deft_dsprites"
    assert "model.batch_size = 8" in deft.bindings
    assert "pipeline.evaluation = ['metric/mig.gin']" in deft.bindings
    job = deft.job(3, "paper")
    assert job.folder == "deft_dsprites/3"  # where dlib_train writes
    assert job.gin_bindings[-1] == "model.random_seed = 3"
    assert deft.job(3, "cpu").folder == "deft_dsprites_cpu/3"
    deft.check("cpu")


def test_data_with_options_goes_to_all(here):
    (here / "mine.gin").write_text(OWN.format(data="triangle_correlated"))
    lines = ["triangle_correlated.orientation_noise = 'gaussian'"]
    _, setup = benchmark_methods.of_user(["mine.gin"], lines)
    assert set(setup.data) == {
        "dataset.name = 'triangle_correlated'",
        "triangle_correlated.orientation_noise = 'gaussian'",
    }
    other = benchmark_methods.opponent("deft_dsprites", setup)
    assert other.source == "deft_dsprites.gin on triangle_correlated"
    assert set(setup.data) <= set(other.bindings)


def test_a_file_of_ones_own_is_an_opponent(here):
    own(here, "dummy_data")
    own(here, "dummy_data", "other.gin")
    _, setup = benchmark_methods.of_user(["mine.gin"], [])
    other = benchmark_methods.opponent("other.gin", setup)
    assert (other.name, other.folder, other.files) == ("other", "other", ("other.gin",))
    other.check("smoke")


def test_the_example_is_a_contestant(here):
    for name in ("my_method.py", "my_method.gin"):
        shutil.copy(EXAMPLE / name, here / name)
    mine, setup = benchmark_methods.of_user(["my_method.gin"], [])
    mine.check("smoke")
    assert mine.name == "my_method"
    for name, experiment in (("deft", "deft_triangle"), ("beta_tc_vae", "beta_tc_vae_triangle")):
        other = benchmark_methods.opponent(name, setup)
        assert other.folder == experiment
        other.check("smoke")


def test_unknown_names_list_what_there_is(here, capsys):
    config = own(here, "dummy_data")
    message = refused(capsys, f"--gin_config={config}", "--against=deftt")
    assert "there is no method 'deftt'" in message
    assert "beta_tc_vae" in message
    assert "deft_dsprites" in message


def test_settings_that_an_opponent_lacks_are_named_with_it(here, capsys):
    config = own(here, "dummy_data")
    message = refused(capsys, f"--gin_config={config}", "--against=beta_tc_vae", "--budget=smoke")
    assert "beta_tc_vae (method/beta_tc_vae.gin alone)" in message
    assert "beta" in message.split("alone)")[1]
    assert "or take the settings of one of beta_tc_vae_color, " in message
    message = refused(capsys, f"--gin_config={config}", "--against=deft", "--budget=smoke")
    assert "deft.betas" in message


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--against=deft"], "--gin_config is missing"),
        (["--gin_config=mine.gin"], "--against is missing"),
        (
            ["--gin_config=mine.gin", "--against=deft", "--seeds=0"],
            "--seeds: expected a number",
        ),
        (["--gin_config=mine.gin", "--against=deft", "--budget=tiny"], "there is no budget 'tiny'"),
        (["--gin_config=mine.gin", "--against=mine.gin"], "takes part twice"),
        (["--gin_config=none.gin", "--against=deft"], "There is no configuration 'none.gin'"),
        (["--gin_config=mine.gin", "--against=deft", "--workers=0"], "--workers: expected"),
    ],
)
def test_mistakes_are_told_before_any_work(here, capsys, arguments, expected):
    own(here, "dummy_data")
    assert expected in refused(capsys, *arguments)


def test_a_configuration_without_metrics_cannot_be_compared(here):
    (here / "mine.gin").write_text(
        OWN.format(data="dummy_data").replace("train/pipeline", "metric/mig")
    )
    with pytest.raises(DlibError, match="lists no metric to compare by"):
        benchmark_methods.of_user(["mine.gin"], [])
