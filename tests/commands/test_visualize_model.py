from pathlib import Path

import pytest

from dlib.commands import visualize_model
from dlib.visualize.best_run import Choice


@pytest.fixture
def calls(monkeypatch):
    """Calls of the library; every place means the second of three runs."""
    made = []
    choice = Choice(Path("runs/1/model"), 0.25, 3, 1)
    monkeypatch.setattr("dlib.visualize.best_run.choose_run", lambda place: choice)
    monkeypatch.setattr(
        "dlib.visualize.visualize_model.visualize", lambda *a, **k: made.append((a, k))
    )
    return made


def test_flags_reach_the_library(calls, capsys):
    line = "traversal.limit = 3.0"
    flags = ["--model_dir=runs", "--output_dir=o", "--overwrite", f"--gin_bindings={line}"]
    assert visualize_model.main(flags) == 0
    assert calls == [((Path("runs/1/model"), "o", True), {"gin_bindings": [line]})]
    assert capsys.readouterr().out == (
        "model: runs/1/model, the highest MIG (0.250) of 3 runs, 1 of them without\npictures: o\n"
    )


def test_pictures_lie_beside_the_model(calls):
    assert visualize_model.main(["--model_dir=runs"]) == 0
    assert calls[0][0][1] == Path("runs/1/visualizations")


def test_one_run_is_only_named():
    assert visualize_model.describe(Choice(Path("m"), None, 1, 1)) == "model: m"


def test_a_missing_flag_is_one_line(capsys):
    assert visualize_model.main(["--output_dir=o"]) == 2
    assert capsys.readouterr().err == "dlib_visualize_model: --model_dir is missing.\n"


def test_a_missing_training_is_one_line(tmp_path, capsys):
    flags = [f"--model_dir={tmp_path}", f"--output_dir={tmp_path / 'out'}"]
    assert visualize_model.main(flags) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "dlib_train" in message
