import json

import pandas as pd
import pytest

from dlib.commands import aggregate
from dlib.utils import aggregate_results


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a result file of the reference's layout into the working directory."""
    monkeypatch.chdir(tmp_path)

    def write_one(run, seed, mig, method="beta_vae", metric="mig", **more):
        path = tmp_path / run / f"metrics/mean/{metric}/results/aggregate/evaluation.json"
        path.parent.mkdir(parents=True)
        scores = {"mig": {"discrete_mig": mig}, "sap_score": {"SAP_score": mig}}[metric]
        content = {
            "evaluation_config.dataset.name": "'auto'",
            "evaluation_config.evaluation.name": f"'{metric}'",
            **{f"evaluation_results.{k}": v for k, v in scores.items()},
            "evaluation_results.elapsed_time": 1.0,
            "evaluation_results.uuid": "u",
            "postprocess_config.postprocess.name": "'mean'",
            "train_config.dataset.name": "'dsprites_full'",
            "train_config.model.model": "@vae()",
            "train_config.model.model_num": str(seed),
            "train_config.model.name": f"'{method}'",
            "train_config.model.random_seed": str(seed),
            "train_config.vae.beta": "4.0",
            "train_results.reconstruction_loss": 30.0,
        }
        path.write_text(json.dumps(content | more, indent=2))
        return path

    return write_one


def test_without_any_run_it_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert aggregate.main([]) == 2
    error = capsys.readouterr().err
    assert error.startswith(
        "dlib_aggregate: output/*/*/metrics/*/*/results/aggregate/evaluation.json and"
    )
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_unreadable_files_are_named_and_left_out(tmp_path, capsys):
    for number in range(13):
        (tmp_path / f"{number:02}.json").write_text(
            "{" if number else '{"evaluation_results.x": 0.5}'
        )
    output = tmp_path / "all.txt"
    argv = [f"--result_file_pattern={tmp_path}/*.json", f"--output_path={output}"]
    assert aggregate.main(argv) == 0
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    first = f"dlib_aggregate: left out: {tmp_path}/01.json: not readable: empty or cut off"
    assert lines[0] == first
    beside = tmp_path / "all.left_out.txt"
    assert lines[10] == f"dlib_aggregate: and 3 more; all of them: {beside}."
    assert len(beside.read_text().splitlines()) == 13
    assert beside.read_text().startswith(f"{tmp_path}/01.json: not readable")
    assert "so there is no table or figure" in lines[11]
    assert len(lines) == 12
    assert json.loads(output.read_text())["evaluation_results.x"] == {"0": 0.5}
    assert captured.out.endswith(f"1 results: {output}\n")
    for number in range(1, 9):
        (tmp_path / f"{number:02}.json").unlink()
    assert aggregate.main(argv) == 0
    assert "all of them" not in capsys.readouterr().err
    assert not beside.exists()  # the terminal has named them


def test_studies_and_runs_are_found_and_table_4_is_printed(write, capsys):
    write("output/deft_study_v1/0", 0, 0.05)
    write("output/deft_dsprites/1", 1, 0.5)
    write("output/mine", 2, 0.3, "deft")
    assert aggregate.main([]) == 0
    text = capsys.readouterr().out
    assert "Table 4. Failure rate: runs with a MIG below 0.1" in text
    assert "50 % (1/2)" in text
    assert "0 % (0/1)" in text
    assert "[9, 91]" in text
    assert "paper 16" in text
    assert "* One seed only, so no spread and no interval: DEFT on dSprites." in text
    frame = aggregate_results.load_aggregated_json_results("results.json")
    found = sorted(frame["evaluation_results.discrete_mig"])
    assert found == pytest.approx([0.05, 0.3, 0.5])


def test_the_reference_s_published_files_lie_beside_ours(write, capsys):
    write("published/7/", 7, 0.05)
    write("output/s/0", 0, 0.5)
    patterns = ["published/*", "output/*/*"]
    tail = "/metrics/*/*/results/aggregate/evaluation.json"
    assert aggregate.main([f"--result_file_pattern={p}{tail}" for p in patterns]) == 0
    assert "50 % (1/2)" in capsys.readouterr().out


def test_no_table_without_mig(write, capsys):
    write("output/s/0", 0, 0.5, metric="sap_score")
    assert aggregate.main([]) == 0
    text = capsys.readouterr().out
    assert "No Table 4: no run has a MIG: evaluate with metric/mig.gin." in text


def test_no_table_if_no_mig_is_a_number(write, capsys):
    write("output/s/0", 0, None)
    assert aggregate.main([]) == 0
    text = capsys.readouterr().out
    assert "No Table 4: the MIG is not a number in the only run that has one." in text
    write("output/s/1", 1, 0.3, "deft")
    assert aggregate.main([]) == 0
    text = capsys.readouterr().out
    assert "– (0 of 1 usable)" in text
    assert "0 % (0/1)" in text


def test_the_threshold_can_be_set(write, capsys):
    write("output/s/0", 0, 0.5)
    assert aggregate.main(["--threshold=0.6"]) == 0
    assert "100 % (1/1)" in capsys.readouterr().out
    assert aggregate.main(["--threshold=2"]) == 2
    assert "above 0 and at most 1" in capsys.readouterr().err


def test_copies_are_told_and_counted_once(write, capsys):
    first = write("output/a/0", 0, 0.5)
    second = write("output/b/0", 0, 0.6)
    assert aggregate.main(["--output_path=r.csv"]) == 0
    captured = capsys.readouterr()
    tail = "0/metrics/mean/mig/results/aggregate/evaluation.json"
    assert captured.err == (
        f"dlib_aggregate: left out: output/b/{tail}: the same run and metric as output/a/{tail}\n"
    )
    assert "(0/1)" in captured.out
    assert pd.read_csv("r.csv")["evaluation_results.discrete_mig"].tolist() == [0.5]
    assert first.exists()
    assert second.exists()


def test_a_report_holds_exhibits_page_and_what_was_left_out(write, tmp_path, capsys):
    write("output/s/0", 0, 0.05)
    write("output/s/1", 1, 0.5)
    write("output/t/1", 1, 0.6)
    assert aggregate.main(["--report=report"]) == 0
    text = capsys.readouterr().out
    rates = pd.read_csv("report/table4_failure_rate.csv")
    assert rates["failure_rate_percent"].tolist() == [50]  # one data set has no average
    for name in ("table4_failure_rate.tex", "figure10_score_distributions.pdf", "report.html"):
        assert (tmp_path / "report" / name).stat().st_size > 0
    assert "the same run and metric" in (tmp_path / "report/left_out.txt").read_text()
    assert "Figure 1" in text
    assert "Figure 12" in text


def test_a_report_needs_a_folder_and_results(write, tmp_path, capsys):
    write("output/s/0", 0, 0.05)
    (tmp_path / "file").write_text("")
    assert aggregate.main(["--report=file"]) == 2
    assert "file is a file: give --report a folder." in capsys.readouterr().err
    assert aggregate.main(["--report=r", "--representation=sampled"]) == 2
    error = capsys.readouterr().err
    assert "no result of the representation 'sampled'" in error
    assert "(there are: mean)" in error
