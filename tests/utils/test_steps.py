import pytest

from dlib.utils import gin_utils, results, steps
from dlib.utils.errors import DlibError


def train(folder, loss):
    with gin_utils.configured():
        results.update_result_directory(folder / "results", "train", {"loss": loss})


def evaluate(step, overwrite=False, settings=None, replace=False, **scores):
    """Runs a step that records ``scores``; returns whether it was done already."""
    with gin_utils.configured(), step.claimed(overwrite, settings or {}, replace) as is_done:
        if not is_done:
            results.update_result_directory(
                step.folder / "results", step.name, scores, step.previous_results
            )
        return is_done


@pytest.fixture
def step(tmp_path):
    train(tmp_path / "model", 1.0)
    return steps.Step("evaluation", tmp_path / "scores", tmp_path / "model" / "results")


def test_a_step_is_done_once(step):
    assert not evaluate(step, mig=0.5)
    assert evaluate(step, mig=0.25)
    assert step.results()["mig"] == 0.5
    assert not evaluate(step, overwrite=True, mig=0.75)
    assert step.results()["mig"] == 0.75


def test_starting_anew_keeps_what_the_step_did_not_write(step):
    evaluate(step, mig=0.5)
    note, old = step.folder / "notes.txt", step.folder / "artifacts" / "curve.png"
    old.parent.mkdir()
    for path in (note, old):
        path.write_text("mine")
    assert not evaluate(step, overwrite=True, mig=0.75)
    assert note.read_text() == "mine"
    assert not old.exists()


def test_a_step_is_done_again_after_a_new_training(step, tmp_path):
    evaluate(step, mig=0.5)
    train(tmp_path / "model", 2.0)
    assert not evaluate(step, mig=0.25)
    assert step.results()["mig"] == 0.25


def test_an_error_is_not_done(step):
    evaluate(step, settings={"a": "1"}, error="too bad")
    assert step.results() is None
    assert not evaluate(step, settings={"a": "2"}, mig=0.5)


def test_an_interrupted_step_is_done_again(step):
    with pytest.raises(KeyboardInterrupt), gin_utils.configured(), step.claimed(False, {}):
        raise KeyboardInterrupt
    assert not evaluate(step, mig=0.5)


def test_other_settings_are_refused(step):
    evaluate(step, settings={"mig.num_train": "100"}, mig=0.5)
    with pytest.raises(DlibError, match=r"other settings \(mig\.num_train = 100, now 200\)"):
        evaluate(step, settings={"mig.num_train": "200"}, mig=0.5)
    assert step.results()["mig"] == 0.5


def test_other_settings_are_replaced_where_that_is_asked_for(step):
    evaluate(step, settings={"mig.num_train": "100"}, mig=0.5)
    assert evaluate(step, settings={"mig.num_train": "100"}, replace=True, mig=0.25)
    assert not evaluate(step, settings={"mig.num_train": "200"}, replace=True, mig=0.25)
    assert step.results()["mig"] == 0.25


def test_the_previous_step_is_never_written_to(step, tmp_path):
    evaluate(step, mig=0.5)
    wrong = steps.Step("postprocess", step.folder, tmp_path / "model" / "results")
    with pytest.raises(DlibError, match=r"another step \(evaluation\)"):
        evaluate(wrong, overwrite=True)
    assert step.results()["mig"] == 0.5


def test_find_results(step, tmp_path):
    expected = tmp_path / "model" / "results"
    assert steps.find_results(tmp_path / "model", "train") == expected
    assert steps.find_results(tmp_path, "train") == expected
    with pytest.raises(DlibError, match=r"scores is not done .*: run dlib_train first"):
        steps.find_results(tmp_path / "scores", "train")
