"""Groups of runs, curves, heat maps, and the command that draws them, from logs made by hand."""

import csv
import json

import numpy as np
import pytest

from dlib.commands.visualize_training import main
from dlib.evaluation import tracks
from dlib.visualize import heat_maps, run_groups, training_curves
from dlib.visualize.training_curves import Panel
from dlib.visualize.visualize_training import score_panels, visualize_training

NAMES = ["shape", "posX"]


def make_run(folder, method, seed, values, capacity=None, **settings):
    """A run visited at 10, 20, ...; ``values``: NMI of its first latent with the first factor."""
    folder = folder / f"{method}_{'_'.join(settings.values())}" / str(seed) / "model"
    folder.mkdir(parents=True)
    settings = {key.replace("__", "."): value for key, value in settings.items()}
    settings |= {"model.name": repr(method), "model.random_seed": str(seed)}
    (folder / ".dlib.json").write_text(json.dumps({"settings": settings}))
    rows = []
    for visit, value in enumerate(values, 1):
        record = {"mig": value / 2, "nmi1": value, "nmi2": 0.1, "factor_names": NAMES}
        record |= {"nmi": [[value, 0.1], [0.05, 0.3], [0.0, 0.2]], "capacity": capacity}
        record |= {"mutual_information": 2.0, "total_correlation": 0.5, "dimension_wise_kl": 0.1}
        record |= {"noise": [0.0, 0.0], "metrics": {"dci.disentanglement": value, "dci.x": 0.0}}
        rows.append({"step": 10 * visit, "track": record})
    (folder / "train_log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tracks.read(folder)


def test_seeds_of_a_method_are_one_group_in_the_paper_s_order(tmp_path):
    runs = [make_run(tmp_path, "deft", 0, [0.1, 0.2]), make_run(tmp_path, "beta_vae", 0, [0.4])]
    runs += [make_run(tmp_path, "deft", seed, [0.3, 0.4]) for seed in (1, 2)]
    groups = run_groups.by_method(runs)
    assert [group.label for group in groups] == ["β-VAE", "DEFT"]
    assert [group.place for group in groups] == [0, 4]
    assert groups[1].values("nmi1").tolist() == [[0.1, 0.2], [0.3, 0.4], [0.3, 0.4]]


def test_one_method_under_several_settings_is_told_apart(tmp_path):
    runs = [make_run(tmp_path, "beta_vae", 0, [0.1], vae__beta=b) for b in ("4.0", "16.0")]
    groups = run_groups.by_method([*runs, make_run(tmp_path, "deft", 0, [0.1])])
    labels = [group.label for group in groups]
    assert labels == ["β-VAE, vae.beta = 4.0", "β-VAE, vae.beta = 16.0", "DEFT"]
    assert len({group.place for group in groups}) == 3


def test_configurations_that_differ_in_labels_only_are_told_apart(tmp_path):
    runs = [
        make_run(tmp_path, "s2_vae", 0, [0.1], model__num_labelled_samples=n)
        for n in ("100", "1000")
    ]
    labels = [group.label for group in run_groups.by_method(runs)]
    assert len(set(labels)) == 2
    assert labels[0].endswith(", model.num_labelled_samples = 100")


def test_rows_of_a_setting_say_what_else_differs(tmp_path):
    runs = [
        make_run(tmp_path, "deft", seed, [value], deft__gamma=gamma, deft__betas=betas)
        for gamma, betas, seed, value in (
            ("0.1", "[70.0]", 0, 0.2),
            ("0.1", "[70.0]", 1, 0.4),
            ("0.1", "[40.0]", 0, 0.8),
            ("0.0", "[70.0]", 0, 0.6),
        )
    ]
    groups = run_groups.by_setting(runs, "deft.gamma")
    assert [(group.label, len(group.tracks)) for group in groups] == [
        ("0.0, deft.betas = [70.0]", 1),
        ("0.1, deft.betas = [70.0]", 2),
        ("0.1, deft.betas = [40.0]", 1),
    ]
    _, first, _ = heat_maps.of_settings(groups)
    np.testing.assert_allclose(first[:, 0], [0.6, 0.3, 0.8])
    # Where nothing else differs the value is the label.
    groups = run_groups.by_setting([runs[0], runs[1], runs[3]], "deft.gamma")
    assert [group.label for group in groups] == ["0.0", "0.1"]


def test_rows_of_a_setting_name_the_method_where_there_are_several(tmp_path):
    runs = [
        make_run(tmp_path, method, 0, [0.3], encoder__num_latent=latents)
        for method, latents in (("beta_vae", "10"), ("deft", "10"), ("deft", "12"))
    ]
    groups = run_groups.by_setting(runs, "encoder.num_latent")
    assert [group.label for group in groups] == ["10, β-VAE", "10, DEFT", "12, DEFT"]


def test_visits_that_a_run_has_not_reached_are_unknown(tmp_path):
    runs = [make_run(tmp_path, "deft", 0, [0.2, 0.4]), make_run(tmp_path, "deft", 1, [0.6])]
    (group,) = run_groups.by_method(runs)
    np.testing.assert_array_equal(group.values("nmi1"), [[0.2, 0.4], [0.6, np.nan]])
    np.testing.assert_allclose(run_groups.quantile(group.values("nmi1"), 0.5), [0.4, 0.4])
    unknown = np.array([[1.0, np.nan], [3.0, np.nan]])
    np.testing.assert_array_equal(run_groups.quantile(unknown, 0.25), [1.5, np.nan])


def test_ranks_beyond_the_latents_know_nothing():
    nmi = np.array([[[0.1, 0.5, 0.3]]])  # [T, K, D]
    assert [run_groups.ranked(nmi, m).item() for m in (1, 2, 4)] == [0.5, 0.3, 0.0]


def test_curves_are_medians_between_quartiles(tmp_path):
    runs = [make_run(tmp_path, "deft", seed, [0.1 * seed, 0.5]) for seed in range(5)]
    groups = run_groups.by_method(runs)
    panel = Panel("NMI1", "nmi1", (0, 1))
    made = training_curves.figure(groups, [panel])
    (axes,) = made.axes
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[10, 0.2], [20, 0.5]])
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[band[:, 0] == 10][:, 1].min(), band[band[:, 0] == 10][:, 1].max()) == (
        pytest.approx(0.1), pytest.approx(0.3),
    )  # fmt: skip
    header, rows = training_curves.rows_of(groups, [panel])
    assert header[:4] == ["method", "step", "quantity", "runs"]
    assert rows[0] == ["DEFT", 10, "nmi1", 5, *map(pytest.approx, (0.2, 0.1, 0.3))]
    texts = [text.get_text() for text in made.legends[0].get_texts()]
    assert texts == ["DEFT (5 seeds)"]


def test_the_capacity_is_drawn_beside_the_information(tmp_path):
    runs = [make_run(tmp_path, "annealed_vae", 0, [0.1, 0.2], capacity=25.0)]
    groups = run_groups.by_method([*runs, make_run(tmp_path, "deft", 0, [0.1, 0.2])])
    made = training_curves.figure(groups, training_curves.INFORMATION)
    dashed = [line for line in made.axes[0].lines if line.get_linestyle() == "--"]
    assert [line.get_ydata().tolist() for line in dashed if len(line.get_ydata())] == [[25.0, 25.0]]
    texts = [text.get_text() for text in made.legends[0].get_texts()]
    assert texts == ["AnnealedVAE", "DEFT", "C, the capacity aimed at"]


def test_heat_maps_have_a_row_a_checkpoint_and_the_numbers_in_them(tmp_path):
    runs = [make_run(tmp_path, "deft", seed, [0.2 + 0.1 * seed, 0.8]) for seed in range(3)]
    (group,) = run_groups.by_method(runs)
    names, first, second = heat_maps.of_training(group)
    assert names == ["10", "20"]
    np.testing.assert_allclose(first, [[0.3, 0.3], [0.8, 0.3]])
    np.testing.assert_allclose(second, [[0.05, 0.2], [0.05, 0.2]])
    made = heat_maps.figure(names, first, second, NAMES, "update", "DEFT")
    written = [text.get_text() for axes in made.axes[1:] for text in axes.texts]
    assert written == ["0.30", "0.30", "0.80", "0.30", "0.05", "0.20", "0.05", "0.20"]


def test_long_trainings_are_thinned_evenly_and_keep_the_last_visit(tmp_path):
    run = make_run(tmp_path, "deft", 0, [0.1] * 40)
    names, first, _ = heat_maps.of_training(run_groups.by_method([run])[0])
    assert names == [str(10 * visit) for visit in range(1, 41, 3)]
    assert len(first) == 14


def test_steps_are_short():
    assert [training_curves.short(s) for s in (800, 20000, 1500, 1.5e6)] == [
        "800", "20k", "1.5k", "1.5M",
    ]  # fmt: skip


def test_panels_of_scores_are_one_a_metric(tmp_path):
    runs = [make_run(tmp_path, "deft", 0, [0.1])]
    titles = {panel.name: panel.title for panel in score_panels(runs)}
    assert titles == {"mig": "MIG", "dci.disentanglement": "DCI disentanglement"}
    assert [panel.name for panel in score_panels(runs, ["dci.x"])] == ["dci.x"]


def test_the_command_writes_pictures_and_tables(tmp_path, capsys):
    for gamma, value in (("0.0", 0.3), ("1.0", 0.7)):
        make_run(tmp_path / "runs", "deft", 0, [0.1, value], deft__gamma=gamma)
    flags = [f"--model_dir={tmp_path}/runs/*/*", f"--output_dir={tmp_path}/out"]
    assert main([*flags, "--by=deft.gamma"]) == 0
    told = capsys.readouterr().out.split()
    assert told == sorted(map(str, (tmp_path / "out").glob("*.png")))
    written = {path.stem for path in (tmp_path / "out").glob("*.png")}
    maps = {"nmi_deft_deft.gamma_0.0", "nmi_deft_deft.gamma_1.0", "nmi_by_deft.gamma"}
    assert written == {"scores", "information", *maps}
    for stem in written:
        assert (tmp_path / "out" / f"{stem}.pdf").read_bytes().startswith(b"%PDF")
    with open(tmp_path / "out" / "nmi_by_deft.gamma.csv", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["gamma", "factor", "nmi1", "nmi2"]
    assert [(row[0], row[2]) for row in rows[1:] if row[1] == "shape"] == [
        ("0.0", "0.3"), ("1.0", "0.7"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--model_dir is missing"),
        (["--model_dir=nothing*"], "matches no training's folder"),
        (["--model_dir={runs}", "--scores=mgi"], "mgi was not tracked in all runs; there is"),
        (["--model_dir={runs}", "--by=vae.beta"], "did not set vae.beta"),
    ],
)
def test_mistakes_are_told_in_one_line(tmp_path, capsys, flags, message):
    make_run(tmp_path / "runs", "deft", 0, [0.1])
    given = [flag.format(runs=f"{tmp_path}/runs/*/*") for flag in flags]
    assert main([*given, f"--output_dir={tmp_path}/out"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_settings_of_runs_without_factors_are_told_before_anything_is_drawn(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(f"{__name__}.NAMES", [])
    make_run(tmp_path / "runs", "deft", 0, [0.1], deft__gamma="0.1")
    flags = [f"--model_dir={tmp_path}/runs/*/*", f"--output_dir={tmp_path}/out"]
    assert main([*flags, "--by=deft.gamma"]) == 2
    error = capsys.readouterr().err
    assert "--by=deft.gamma draws NMI with factors, and no run's data set has factors" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert main(flags) == 0


def test_only_our_own_folder_is_written_to(tmp_path):
    make_run(tmp_path / "runs", "deft", 0, [0.1])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("precious")
    from dlib.utils.errors import DlibError

    with pytest.raises(DlibError, match="was not made by dlib"):
        visualize_training([f"{tmp_path}/runs/*/*"], tmp_path / "mine")
