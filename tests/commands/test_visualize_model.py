from dlib.commands import visualize_model


def test_flags_reach_the_library(monkeypatch, capsys):
    calls = []
    monkeypatch.setattr("dlib.visualize.visualize_model.visualize", lambda *a: calls.append(a))
    assert visualize_model.main(["--model_dir=m", "--output_dir=o", "--overwrite"]) == 0
    assert calls == [("m", "o", True)]
    assert capsys.readouterr().out == "pictures: o\n"


def test_a_missing_flag_is_one_line(capsys):
    assert visualize_model.main(["--model_dir=m"]) == 2
    assert capsys.readouterr().err == "dlib_visualize_model: --output_dir is missing.\n"


def test_a_missing_training_is_one_line(tmp_path, capsys):
    flags = [f"--model_dir={tmp_path}", f"--output_dir={tmp_path / 'out'}"]
    assert visualize_model.main(flags) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "dlib_train" in message
