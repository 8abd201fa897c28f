"""What is drawn of a finished test, from tables made by hand."""

import json

import pytest

from dlib.annealing import pictures
from dlib.visualize import freezing_points, information_curves

QUANTITIES = ("information", "reconstruction", "increment")
FOUND = {"groups": [["a"]], "betas": [5.0], "change_points": []}


@pytest.fixture
def drawn(monkeypatch):
    """Names of the figures in the order of drawing, with what they were given."""
    calls = []
    for module, name in (
        (freezing_points, "draw_points"), (freezing_points, "draw_curve"),
        (information_curves, "draw_information"), (information_curves, "draw_increment"),
        (information_curves, "draw_latents"),
    ):  # fmt: skip

        def draw(*given, _name=name, **named):
            calls.append((_name, given, named))

        monkeypatch.setattr(module, name, draw)
    return calls


def factors(folder, points):
    """Tables of a factor's tests; a curve is told by its repeat."""
    rows = [f"a,{r},{'found' if p else 'never'},{p or ''}" for r, p in enumerate(points)]
    (folder / "points.csv").write_text("\n".join(["factor,repeat,outcome,beta", *rows]) + "\n")
    curves = [f"a,{r},0,{r + 1},0,0" for r in range(len(points))]
    header = "factor,repeat,update,beta,information,reconstruction"
    (folder / "curves.csv").write_text("\n".join([header, *curves]) + "\n")
    (folder / "separation.json").write_text(json.dumps(FOUND))


@pytest.mark.parametrize(
    ("points", "repeat"),
    [
        ([10.0, 30.0, 20.0], 2),
        ([10.0, 30.0, 20.0, 0, 0], 0),  # with those that never froze the median is 10
        ([50.0, 30.0, 0, 0, 0], 1),  # it has no number: the one next to it
    ],
)
def test_the_curve_of_a_factor_is_the_one_next_to_the_median_of_all_tests(
    points, repeat, drawn, tmp_path
):
    factors(tmp_path, points)
    pictures.draw(tmp_path, 0.1)
    # The figure that says that all are drawn comes last.
    assert [name for name, _, _ in drawn] == ["draw_curve", "draw_points"]
    _, (betas, *_), named = drawn[0]
    assert betas.tolist() == [repeat + 1]
    assert named["point"] == points[repeat]


def test_a_factor_that_never_froze_has_no_curve(drawn, tmp_path):
    factors(tmp_path, [0, 0, 0])
    pictures.draw(tmp_path, 0.1)
    assert [name for name, _, _ in drawn] == ["draw_points"]


@pytest.mark.parametrize(
    ("whole", "mark"), [((40.0, 30.0, 20.0), 30.0), ((0, 0, 20.0), 0.0), ((40.0, 30.0, 0), 30.0)]
)
def test_a_whole_sets_own_point_marks_its_curve(whole, mark, drawn, tmp_path):
    rows = ["factor,repeat,latent,outcome,beta"]
    for r, point in enumerate(whole):
        rows.append(f"whole_set,{r},,{'found' if point else 'never'},{point or ''}")
        rows += [f"a,{r},1,found,11", f"latent_1,{r},0,found,{12 + r}"]
    (tmp_path / "points.csv").write_text("\n".join(rows) + "\n")
    bands = [f"{q},{beta},1,1,1,1" for q in QUANTITIES for beta in (100, 10)]
    header = "quantity,beta,median,low,high,seed_0"
    (tmp_path / "information.csv").write_text("\n".join([header, *bands]) + "\n")
    curves = [f"whole_set,{r},0,100,0,0,0.{r},0.9" for r in range(3)]
    header = "factor,repeat,update,beta,information,reconstruction,kl_0,kl_1"
    (tmp_path / "curves.csv").write_text("\n".join([header, *curves]) + "\n")
    found = FOUND | {"groups": [["latent_1"]]}
    (tmp_path / "separation.json").write_text(json.dumps(found))
    assert pictures.read_points(tmp_path)["whole_set"] == list(whole)
    pictures.draw(tmp_path, 0.1)
    calls = {name: given for name, given, _ in drawn}
    assert list(calls)[-1] == "draw_points"
    assert calls["draw_information"][2] == [mark]
    assert calls["draw_points"][0] == {"latent_1": [12, 13, 14]}  # of latents only
    assert calls["draw_latents"][1].tolist() == [[0.1]]  # of the seed in the middle, repeat 1
    assert [named for name, _, named in drawn if name == "draw_latents"] == [{"networks": 3}]


def test_the_latents_are_those_of_a_network_that_fell_silent(drawn, tmp_path):
    # The network of repeat 0 did not, so it has no latents and no curve.
    rows = ["factor,repeat,latent,outcome,beta", "whole_set,0,,at_once,"]
    for r, point in ((1, 12), (2, 14), (3, 16)):
        rows += [f"whole_set,{r},,found,{point}", f"latent_1,{r},0,found,{point}"]
    (tmp_path / "points.csv").write_text("\n".join(rows) + "\n")
    bands = [f"{q},{beta},1,1,1,1" for q in QUANTITIES for beta in (100, 10)]
    header = "quantity,beta,median,low,high,seed_0"
    (tmp_path / "information.csv").write_text("\n".join([header, *bands]) + "\n")
    curves = [f"whole_set,{r},0,100,0,0,0.{r}" for r in (1, 2, 3)]
    header = "factor,repeat,update,beta,information,reconstruction,kl_0"
    (tmp_path / "curves.csv").write_text("\n".join([header, *curves]) + "\n")
    (tmp_path / "separation.json").write_text(json.dumps(FOUND | {"groups": [["latent_1"]]}))
    pictures.draw(tmp_path, 0.1)
    calls = {name: given for name, given, _ in drawn}
    assert calls["draw_points"][0] == {"latent_1": [12, 14, 16]}
    assert calls["draw_latents"][1].tolist() == [[0.2]]
