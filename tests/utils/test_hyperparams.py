import pytest

from dlib.utils import hyperparams as h


def test_the_first_sweep_of_a_product_varies_slowest():
    items = h.product([h.sweep("a", [1, 2]), h.fixed("f", "x"), h.sweep("b", [3, 4])])
    assert items == [
        {"a": 1, "f": "x", "b": 3},
        {"a": 1, "f": "x", "b": 4},
        {"a": 2, "f": "x", "b": 3},
        {"a": 2, "f": "x", "b": 4},
    ]
    assert list(items[0]) == ["a", "f", "b"]


def test_zipit_repeats_single_entries_and_refuses_other_lengths():
    items = h.zipit([h.fixed("m", "@vae()"), h.sweep("b", h.discrete([1.0, 2.0])), h.fixed("c", 0)])
    assert items == [{"m": "@vae()", "b": 1.0, "c": 0}, {"m": "@vae()", "b": 2.0, "c": 0}]
    assert h.zipit([h.fixed("m", 1), h.fixed("n", 2)]) == [{"m": 1, "n": 2}]
    assert h.zipit([]) == []
    with pytest.raises(ValueError, match="different lengths"):
        h.zipit([h.sweep("a", [1, 2]), h.sweep("b", [1, 2, 3])])


def test_fixed_may_be_longer():
    assert h.fixed("a", 1, length=2) == [{"a": 1}, {"a": 1}]


def test_the_study_of_2019_has_its_size_and_numbering():
    seeds = h.sweep("model.random_seed", h.categorical(range(50)))
    models = h.chainit(
        [h.zipit([h.fixed("model.model", f"@m{i}()"), h.sweep("x", range(6))]) for i in range(6)]
    )
    study = h.product([h.sweep("dataset.name", h.categorical("abcdefg")), models, seeds])
    assert len(study) == 12600
    # 1800 a data set, 300 a model, 50 a setting
    assert study[1800 * 2 + 300 * 4 + 50 * 3 + 7] == {
        "dataset.name": "c", "model.model": "@m4()", "x": 3, "model.random_seed": 7,
    }  # fmt: skip


def test_bindings_quote_strings_but_not_references():
    assert h.to_bindings({"a": "x", "b": "@vae()", "c": 1.0, "d": [1, "y"], "e": None}) == [
        "a = 'x'",
        "b = @vae()",
        "c = 1.0",
        "d = [1, 'y']",
        "e = None",
    ]
