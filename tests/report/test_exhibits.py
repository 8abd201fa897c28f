import json

import pandas as pd
import pytest

from dlib.report import cells, exhibits
from dlib.report.figures import canvas
from dlib.utils.errors import DlibError


@pytest.fixture
def no_pictures(monkeypatch):
    """Pictures are drawn but not rendered, for tests of which there are, not of what is in them."""

    def save(made, stem):
        paths = [stem.with_name(stem.name + suffix) for suffix in (".png", ".pdf")]
        for path in paths:
            path.write_text(f"{len(made.axes)} panels")
        return paths

    monkeypatch.setattr(canvas, "save", save)


METHODS = {
    "deft": ("@deft()", "deft.betas", "[70.0, 4.0]"),
    "beta_vae": ("@vae()", "vae.beta", "16.0"),
}


def rows(root, seeds=2, datasets=("dsprites_full", "smallnorb"), **config):
    """Rows of runs with MIG, DCI and the reconstruction error, and DEFT's logs beside them."""
    made = []
    for number, (dataset, method, seed) in enumerate(
        (d, m, s) for d in datasets for m in METHODS for s in range(seeds)
    ):
        model, parameter, value = METHODS[method]
        run = root / str(number)
        (run / "model").mkdir(parents=True, exist_ok=True)
        if method == "deft":
            log = [{"step": 1, "stage_end": 0, "mig": 0.1}, {"step": 2, "stage_end": 1, "mig": 0.2}]
            text = "".join(f"{json.dumps(line)}\n" for line in log)
            (run / "model" / "train_log.jsonl").write_text(text)
        for metric, scores in (
            ("mig", {"discrete_mig": 0.05 + 0.1 * number}),
            ("dci", {"disentanglement": 0.3 + 0.01 * number}),
        ):
            made.append(
                {
                    "path": f"{run}/metrics/mean/{metric}/results/aggregate/evaluation.json",
                    "train_config.dataset.name": f"'{dataset}'",
                    "train_config.model.name": f"'{method}'",
                    "train_config.model.model": model,
                    "train_config.model.random_seed": str(seed),
                    f"train_config.{parameter}": value,
                    "train_results.global_step": 2000,
                    "train_results.reconstruction_loss": 30.0 + number,
                    "evaluation_config.evaluation.name": f"'{metric}'",
                    **{f"train_config.{k.replace('__', '.')}": v for k, v in config.items()},
                    **{f"evaluation_results.{k}": v for k, v in scores.items()},
                }
            )
    return made


NAMES = [
    "scores", "table4_failure_rate", "summary", "across_data_sets", "comparisons",
    "rank_correlation", "variance_shares", "figure10_score_distributions",
    "figure11_reconstruction_error", "figure12_mig_per_stage",
]  # fmt: skip


def test_every_exhibit_is_data_and_picture(tmp_path):
    frame = cells.tidy(rows(tmp_path))
    written = exhibits.write(frame, tmp_path / "report")
    assert [exhibit.name for exhibit in written] == NAMES
    for exhibit in written:
        endings = [path.suffix for path in exhibit.files]
        tables = [".csv", ".md", ".tex", ".png", ".pdf"]
        expected = [".csv", ".png", ".pdf"] if exhibit.name.startswith("figure") else tables
        assert endings == (expected if exhibit.name != "scores" else [".csv"])
        assert all(path.stat().st_size > 0 for path in exhibit.files)
        assert exhibit.title
    files = {path for exhibit in written for path in exhibit.files}
    assert files | {tmp_path / "report" / "exhibits.json"} == set((tmp_path / "report").iterdir())
    rates = pd.read_csv(tmp_path / "report" / "table4_failure_rate.csv")
    assert list(rates.columns) == [
        "dataset", "method", "runs", "failures", "failure_rate_percent", "ci_low", "ci_high",
        "paper_percent",
    ]  # fmt: skip
    # dSprites: DEFT 0.05 and 0.15, beta-VAE 0.25 and 0.35.
    assert rates["failure_rate_percent"].tolist() == [50, 0, 0, 0, 25, 0]
    assert rates["dataset"].tolist()[-2:] == ["average of 2 data sets"] * 2
    stages = pd.read_csv(tmp_path / "report" / "figure12_mig_per_stage.csv")
    assert stages.groupby("stage")["value"].mean().to_dict() == pytest.approx({1: 0.1, 2: 0.2})
    assert [title for title, _ in exhibits.missing(frame)] == ["Figure 1"]


def test_budgets_have_pictures_of_their_own_and_rows_in_the_table(tmp_path, no_pictures):
    both = rows(tmp_path / "a", datasets=["dsprites_full"], budget__name="'cpu'")
    both += rows(tmp_path / "b", datasets=["dsprites_full"], budget__name="'smoke'")
    written = {e.name: e for e in exhibits.write(cells.tidy(both), tmp_path / "report")}
    names = [path.name for path in written["table4_failure_rate"].files]
    assert "table4_failure_rate_cpu.png" in names
    assert "table4_failure_rate_smoke.png" in names
    assert "figure10_score_distributions_cpu" in written
    rates = pd.read_csv(tmp_path / "report" / "table4_failure_rate.csv")
    assert rates["budget"].tolist() == ["cpu", "smoke"] * 2
    text = (tmp_path / "report" / "table4_failure_rate.md").read_text()
    assert "| dSprites, cpu |" in text
    assert "Budgets are mixed: cpu (4 runs), smoke (4 runs)." in text


def test_one_run_says_what_it_cannot_tell(tmp_path, no_pictures):
    frame = cells.tidy([row for row in rows(tmp_path, 1) if "/0/metrics" in row["path"]])
    written = {e.name: e for e in exhibits.write(frame, tmp_path / "report")}
    assert "comparisons" not in written
    assert "across_data_sets" not in written
    assert any(note.startswith("One seed only") for note in written["summary"].notes)


def test_scores_that_are_not_numbers_are_missed(tmp_path, no_pictures):
    made = rows(tmp_path, 1, ["dsprites_full"])
    for row in made:
        row["train_results.reconstruction_loss"] = None
        if "evaluation_results.discrete_mig" in row:
            row["evaluation_results.discrete_mig"] = None
    frame = cells.tidy(made)
    assert dict(exhibits.missing(frame))["Table 4"] == (
        "the MIG is not a number in all 2 runs that have one"
    )
    assert "Figure 11" in dict(exhibits.missing(frame))
    names = {e.name for e in exhibits.write(frame, tmp_path / "report")}
    assert not {"table4_failure_rate", "figure11_reconstruction_error"} & names


def test_several_settings_have_tables_of_their_own(tmp_path, no_pictures):
    made = rows(tmp_path / "a", datasets=["dsprites_full"], encoder__num_latent="5")
    made += rows(tmp_path / "b", datasets=["dsprites_full"], encoder__num_latent="7")
    written = {e.name: e for e in exhibits.write(cells.tidy(made), tmp_path / "report")}
    assert {"settings", "table3_chosen_settings"} <= set(written)
    each = (tmp_path / "report" / "table4_failure_rate_of_settings.md").read_text()
    assert "encoder.num_latent=5 |" in each
    assert "encoder.num_latent=7 (another stands) |" in each


def test_equal_results_give_equal_files(tmp_path):
    frame = cells.tidy(rows(tmp_path, 1, ["dsprites_full"]))
    for folder in ("first", "second"):
        exhibits.write(frame, tmp_path / folder)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes(), path.name


def test_an_earlier_report_leaves_nothing_behind(tmp_path, no_pictures):
    report = tmp_path / "report"
    both = cells.tidy(
        rows(tmp_path / "a", 1, ["dsprites_full"], budget__name="'cpu'")
        + rows(tmp_path / "b", 1, ["dsprites_full"], budget__name="'smoke'")
    )
    exhibits.write(both, report)
    (report / "mine.txt").write_text("stays")
    assert (report / "figure10_score_distributions_cpu.png").exists()
    exhibits.write(both[both["budget"] == "cpu"], report)
    left = {path.name for path in report.iterdir()}
    assert not any("_cpu" in name or "_smoke" in name for name in left)
    assert {"mine.txt", "figure10_score_distributions.png"} <= left


def test_figure_1_is_of_the_study(tmp_path, no_pictures):
    study = rows(tmp_path / "study", 2, ["dsprites_full"], model__batch_size="64")
    for row in study:
        seed = int(row["train_config.model.random_seed"])
        row["train_config.model.model_num"] = str(250 + seed)  # beta = 16, the sixth value
    # Other runs of the cell with a higher MIG: there, another setting stands.
    foreign = rows(tmp_path / "foreign", 2, ["dsprites_full"], vae__beta="99.0")
    for row in foreign:
        if "evaluation_results.discrete_mig" in row:
            row["evaluation_results.discrete_mig"] = 0.9
    frame = cells.tidy(study + foreign)
    assert set(cells.final(frame, "mig").query("method == 'beta_vae'")["setting"]) == {"beta=99"}
    assert list(exhibits.missing(frame)) == []
    written = {e.name: e for e in exhibits.write(frame, tmp_path / "report")}
    figure = pd.read_csv(written["figure1_score_distributions_dsprites"].files[0])
    assert set(figure["method"]) == {"beta_vae"}
    assert set(figure["metric"]) == {"mig", "dci_disentanglement"}
    assert figure.loc[figure["metric"] == "mig", "value"].tolist() == pytest.approx([0.25, 0.35])
    assert set(figure["setting"]) == {"beta=16"}


def test_nothing_to_report(tmp_path):
    with pytest.raises(DlibError, match="no result that a table or figure"):
        exhibits.write(cells.tidy([]), tmp_path / "report")
    (tmp_path / "file").write_text("")
    with pytest.raises(DlibError, match="is a file, not a folder"):
        exhibits.write(cells.tidy(rows(tmp_path, 1)), tmp_path / "file")
