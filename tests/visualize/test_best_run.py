import pytest

from dlib.utils import files
from dlib.utils.errors import DlibError
from dlib.visualize.best_run import choose_run, find_trainings, mig_of

_AGGREGATE = "results/aggregate"


def make_run(folder, mig=None, representation="mean"):
    """A run as the pipeline leaves it; later steps hold copies of what was before."""
    files.write_json(folder / "model" / _AGGREGATE / "train.json", {"train_results.loss": 1.0})
    steps = [folder / "postprocessed" / representation]
    if mig is not None:
        scored = folder / "metrics" / representation / "mig"
        result = {"evaluation_results.discrete_mig": mig}
        files.write_json(scored / _AGGREGATE / "evaluation.json", result)
        steps.append(scored)
    for step in steps:
        files.write_json(step / _AGGREGATE / "train.json", {})
        files.write_json(step / _AGGREGATE / "postprocess.json", {})
    return folder / "model"


def test_a_training_and_its_run_mean_the_same(tmp_path):
    model = make_run(tmp_path / "run", 0.3)
    for place in (model, tmp_path / "run"):
        assert choose_run(place) == (model, 0.3, 1, 0)


def test_of_a_study_the_highest_mig_is_chosen(tmp_path):
    make_run(tmp_path / "study" / "0", 0.2)
    best = make_run(tmp_path / "study" / "1", 0.4)
    make_run(tmp_path / "study" / "2")
    make_run(tmp_path / "study" / "3", float("nan"))
    assert choose_run(tmp_path / "study") == (best, 0.4, 4, 2)
    assert choose_run(f"{tmp_path}/*/[01]") == (best, 0.4, 2, 0)
    assert choose_run(f"{tmp_path}/**/0").mig == 0.2


def test_among_equals_the_first_by_name(tmp_path):
    first = make_run(tmp_path / "a", 0.2)
    make_run(tmp_path / "b", 0.2)
    assert choose_run(tmp_path).model_dir == first


def test_a_training_that_is_not_named_model(tmp_path):
    files.write_json(tmp_path / "mine" / _AGGREGATE / "train.json", {})
    path = tmp_path / "mine" / "metrics" / "mean" / "mig" / _AGGREGATE / "evaluation.json"
    files.write_json(path, {"evaluation_results.discrete_mig": 0.5})
    assert choose_run(tmp_path / "mine") == (tmp_path / "mine", 0.5, 1, 0)


def test_the_mean_representation_comes_first(tmp_path):
    model = make_run(tmp_path, 0.1, "best")
    make_run(tmp_path, 0.2, "mean")
    assert mig_of(model) == 0.2


def test_one_run_needs_no_mig(tmp_path):
    model = make_run(tmp_path)
    assert choose_run(tmp_path) == (model, None, 1, 1)


def test_later_steps_are_no_trainings(tmp_path):
    make_run(tmp_path, 0.1)
    assert find_trainings(tmp_path) == [tmp_path / "model"]


def test_what_cannot_be_chosen_is_told(tmp_path):
    with pytest.raises(DlibError, match="no finished training there.*dlib_train"):
        choose_run(tmp_path / "nothing")
    make_run(tmp_path / "a")
    make_run(tmp_path / "b")
    with pytest.raises(DlibError, match="2 trainings, none with a MIG"):
        choose_run(tmp_path)
