import json

from dlib.commands import aggregate


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
    assert lines[0] == f"dlib_aggregate: left out, not readable: {tmp_path}/01.json"
    assert len(lines) == 11
    assert lines[-1] == "dlib_aggregate: and 2 more."
    assert json.loads(output.read_text())["evaluation_results.x"] == {"0": 0.5}
    assert captured.out.endswith(f"1 results: {output}\n")
