"""The page that holds a report: what is written, and what a headless browser makes of it."""

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlib.report import cells, exhibits
from dlib.report.figures import canvas
from dlib.report.html import exhibit_cards, page, runs

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for path in map(shutil.which, BROWSERS) if path), None)
in_a_browser = pytest.mark.skipif(
    CHROMIUM is None, reason=f"none of {', '.join(BROWSERS)} is installed"
)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
METHODS = {"deft": "@deft()", "vae": "@vae()", "beta_tc_vae": "@beta_tc_vae()"}
DATASETS = ("dsprites_full", "smallnorb")
LOG = "".join(
    json.dumps({"step": 100 * n, "stage": int(n > 60), "loss": 500.0 / n, "kl_loss": 12.0 - 9.0 / n,
                "reconstruction_loss": 480.0 / n, "beta": 8.0 if n <= 60 else 2.0}) + "\n"
    for n in range(1, 121)
)  # fmt: skip


def result(run, number):
    """One result file as a dictionary, and the run's folder on disk."""
    method = list(METHODS)[number % 3]
    return {
        "path": f"{run}/metrics/mean/mig/results/aggregate/evaluation.json",
        "evaluation_config.evaluation.name": "'mig'",
        "evaluation_results.discrete_mig": ((number * 7) % 10) / 10,
        "evaluation_results.nmi1": 0.5,
        "evaluation_results.nmi2": 0.25,
        "train_config.dataset.name": f"'{DATASETS[number % 2]}'",
        "train_config.model.name": f"'{method}'",
        "train_config.model.model": METHODS[method],
        "train_config.model.random_seed": str(number),
        "train_config.model.batch_size": "64",
        "train_config.budget.name": "'cpu'",
        "train_config.budget.updates": "12000",
        "train_results.global_step": 12000,
        "train_results.reconstruction_loss": 40.0 + number,
    }


def make_runs(root, count):
    rows = []
    for number in range(count):
        run = root / "output" / f"study{number % 3}" / str(number)
        (run / "model").mkdir(parents=True)
        (run / "model" / "train_log.jsonl").write_text(LOG)
        (run / "visualizations").mkdir()
        rows.append(result(run, number))
    return rows


def draw(rows):
    """A picture of traversals for each run."""
    for number, row in enumerate(rows):
        folder = Path(row["path"].split("/metrics/")[0]) / "visualizations"
        pixels = (
            np.random.RandomState(number).randint(0, 255, (60, 40, 3)).repeat(4, 0).repeat(4, 1)
        )
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "traversals.png")


@pytest.fixture
def three(tmp_path, monkeypatch):
    """A report on three runs; the first one's settings try to break out of the page."""
    monkeypatch.chdir(tmp_path)
    rows = make_runs(tmp_path, 3)
    rows[0]["train_config.deft.note"] = "'</script><img id=\"evil\" src=x onerror=alert(1)>'"
    draw(rows)
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "table.csv").write_text(
        "dataset,method,median\ndsprites_full,deft,0.5\nsmallnorb,vae,\n"
    )
    Image.new("RGB", (300, 200), "white").save(folder / "table.png")
    files = [folder / "table.csv", folder / "table.png", folder / "table.md"]
    exhibit = exhibits.Exhibit("table", "Table 4", files, ["One seed only."])
    page.write(folder, cells.tidy(rows), [exhibit], rows, ["Read this first."])
    return folder / page.NAME


def read(path, name):
    """What the page holds as JSON in an element."""
    found = re.search(
        rf'<script type="application/json" id="{name}">(.*?)</script>', path.read_text(), re.DOTALL
    )
    return json.loads(found[1])


def asked(path, script, address=""):
    """What a script in ``in_browser`` finds on the page, in a browser without a network.

    The script is a function's body and runs when the page is ready; the document is replaced by
    its answer, so that the browser prints no more than that.
    """
    body = (Path(__file__).parent / "in_browser" / f"{script}.js").read_text()
    ending = (
        f"<script>{{const answer = (() => {{{body}}})();"
        f"document.documentElement.innerHTML = '<body><pre></pre></body>';"
        f"document.querySelector('pre').textContent = JSON.stringify(answer);}}</script>"
    )
    changed = path.with_name("asked.html")
    changed.write_text(path.read_text().replace("</body>\n</html>", f"{ending}</body>\n</html>"))
    with tempfile.TemporaryDirectory() as profile:
        # A proxy at which nothing answers: whatever the page asked the network for would fail.
        flags = [*FLAGS, f"--user-data-dir={profile}", "--window-size=1300,900"]
        flags += ["--proxy-server=127.0.0.1:9", "--dump-dom"]
        command = [CHROMIUM, *flags, f"{changed.as_uri()}{address}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(html.unescape(re.search("<pre>(.*)</pre>", done.stdout, re.DOTALL)[1]))


def test_runs_scores_and_settings_stand_in_the_page(three):
    report = read(three, "report")
    assert [row["method"] for row in report["rows"]] == ["beta_tc_vae", "deft", "vae"]
    by_seed = {row["seed"]: row for row in report["rows"]}
    assert [score["name"] for score in report["scores"]] == [
        "mig", "nmi1", "nmi2", "reconstruction_error",
    ]  # fmt: skip
    assert by_seed[1]["scores"] == [0.7, 0.5, 0.25, 41.0]
    assert by_seed[2]["dataset"] == "dsprites_full"
    assert by_seed[2]["budget"] == "cpu"
    assert report["shared_settings"] == {
        "budget.name": "'cpu'", "budget.updates": "12000", "model.batch_size": "64",
    }  # fmt: skip
    found = read(three, f"run-{by_seed[1]['id']}")
    assert found["settings"] == {
        "dataset.name": "'smallnorb'", "model.model": "@vae()", "model.name": "'vae'",
        "model.random_seed": "1",
    }  # fmt: skip
    assert found["picture"] == "../output/study1/1/visualizations/traversals.png"
    assert found["log"]["ends"] == [6000]
    assert found["files"][0] == {"label": "log", "href": "../output/study1/1/model/train_log.jsonl"}


def test_an_exhibit_has_its_table_its_picture_and_its_notes(three):
    report = read(three, "report")
    assert report["colors"]["deft"] == canvas.colors(["deft"])["deft"]  # as in the pictures
    assert report["labels"]["mig"] == "MIG"
    (exhibit,) = report["exhibits"]
    assert exhibit["table"] == {
        "columns": ["dataset", "method", "median"],
        "rows": [["dsprites_full", "deft", 0.5], ["smallnorb", "vae", None]],
        "left_out": 0,
    }
    (picture,) = exhibit["pictures"]
    assert picture["label"] == "table"
    assert picture["src"].startswith("data:image/webp;base64,")
    assert exhibit["notes"] == ["One seed only."]
    assert [link["href"] for link in exhibit["files"]] == ["table.csv", "table.png", "table.md"]


def test_the_page_loads_nothing_and_no_setting_breaks_out_of_it(three):
    text = three.read_text()
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|<link", text)
    assert '<img id="evil"' not in text
    assert text.count("</script>") == text.count("<script")


def by_protocols(*runs_and_points):
    rows = []
    for run, points in runs_and_points:
        rows.append(result(run, 0) | {"evaluation_config.mig.num_train": points})
        rows[-1]["path"] = f"{run}/metrics/mean/mig{points}/results/aggregate/evaluation.json"
    return cells.tidy(rows)


def test_runs_of_different_protocols_share_a_column_and_tell_which():
    frame = by_protocols(("a", "10000"), ("b", "500"))
    columns = runs.score_columns(frame)
    assert columns[0]["name"] == "mig"
    assert columns[0]["protocols"] == ["num_train=10000", "num_train=500"]
    first, second = sorted(runs.lines(frame, columns), key=lambda line: line["name"])
    assert "protocols" not in first
    assert second["protocols"][0] == 1


def test_a_run_with_one_metric_by_two_protocols_has_two_columns():
    frame = by_protocols(("a", "10000"), ("a", "500"), ("b", "500"))
    columns = runs.score_columns(frame)
    names = [column["name"] for column in columns if column["metric"] == "mig"]
    assert names == ["mig (num_train=10000)", "mig (num_train=500)"]
    first, second = sorted(runs.lines(frame, columns), key=lambda line: line["name"])
    assert first["scores"][:2] == [0.0, 0.0]
    assert second["scores"][:2] == [None, 0.0]


def test_many_runs_share_the_room_for_pictures_and_too_many_get_none():
    assert page._limit(3, 0) == 120_000
    assert page._limit(1000, 0) == 16_000
    assert page._limit(1000, 15_500_000) == 13_900  # what else there is takes from the pictures
    assert page._limit(50_000, 0) == 0


def test_a_thousand_runs_with_nine_curves_and_all_exhibits_take_30_mb(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    curves = ["reconstruction_loss", "kl_loss", "regularizer", "beta", "loss", "elbo"]
    curves += ["mutual_information", "total_correlation", "dimension_wise_kl", "tenth"]
    steps = range(1, 111)
    log = [
        {"step": 201 * n, "stage": n // 30} | dict.fromkeys(curves, -1.2345e-5 * n) for n in steps
    ]
    monkeypatch.setattr(sys.modules[__name__], "LOG", "".join(json.dumps(r) + "\n" for r in log))
    rows = make_runs(tmp_path, 1000)
    for number, row in enumerate(rows):
        folder = Path(row["path"].split("/metrics/")[0])
        (folder / "visualizations" / "traversals.png").touch()
        for setting in range(25):  # more of its own than a method has
            row[f"train_config.a_configurable.parameter_{setting}"] = str(number)
    folder = tmp_path / "report"
    folder.mkdir()
    listed = []
    for number in range(15):
        table = folder / f"table{number}.csv"
        table.write_text("a,b,c,d,e,f\n" + "0.3123456789012345,dsprites_full,beta_vae,,,\n" * 500)
        Image.new("RGB", (30, 20), "white").save(folder / f"table{number}.png")
        picture = folder / f"table{number}.png"
        listed.append(exhibits.Exhibit(f"table{number}", "Title", [table, picture], ["Note."]))
    for module in (runs, exhibit_cards):  # each picture takes all the room that it may
        monkeypatch.setattr(module, "thumbnail", lambda path, limit: "A" * limit)
    size = page.write(folder, cells.tidy(rows), listed, rows).stat().st_size
    assert 29_000_000 < size <= 30_000_000
    report = folder / page.NAME
    assert len(read(report, "run-7")["log"]["curves"]) == 9
    assert len(read(report, "run-7")["thumbnail"]) > 8_000


@in_a_browser
def test_a_click_opens_a_run_and_a_filter_leaves_the_others_out(three):
    seen = asked(three, "click")
    assert seen["summary"] == "3 runs · 3 methods · 2 data sets · budget cpu"
    assert "Read this first." in seen["notices"]
    assert seen["rows"] == 3
    assert seen["opened"] == "true"
    assert seen["picture"] == "data:image/webp"
    assert seen["full"].endswith("visualizations/traversals.png")
    assert seen["curves"] == ["Reconstruction loss", "KL", "Pressure", "Loss"]
    assert min(seen["lengths"]) > 500
    assert "model.random_seed" in seen["settings"]
    assert seen["hash"] == "#run=1"
    assert len(seen["left"]) == 1
    assert "DEFT" in seen["left"][0]
    assert seen["exhibit"] == 1
    assert seen["cells"] == 1
    assert seen["filtered"] == "#method=deft&run=1"
    assert seen["cleared"] == 3
    assert seen["evil"] is None


@in_a_browser
def test_tables_sort_and_the_keyboard_walks(three):
    seen = asked(three, "sort")
    assert seen["down"] == [["0.700", "0.400", "0"], "descending"]
    assert seen["up"] == [["0", "0.400", "0.700"], "ascending"]
    assert seen["walked"] is True
    assert [seen["open"], seen["closed"], seen["dot"]] == [1, 0, 1]
    assert seen["themes"] == ["light", "dark"]


@in_a_browser
def test_an_address_opens_what_it_names(three):
    # Run 2 is the one of "vae", on SmallNORB; runs and scores that are not there are passed over.
    assert asked(three, "address", "#dataset=smallnorb&score=nmi1&run=2") == [1, 1, "nmi1"]
    assert asked(three, "address", "#method=deft&run=2&run=99&score=none") == [1, 0, "mig"]


@in_a_browser
def test_a_thousand_runs_are_small_and_soon_usable(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = make_runs(tmp_path, 1000)
    for row in rows:
        folder = Path(row["path"].split("/metrics/")[0])
        (folder / "visualizations" / "traversals.png").touch()
    # Each picture takes all the room that it may.
    address = "data:image/webp;base64," + "".join(
        np.random.RandomState(0).choice([*"ABCD"], 120_000)
    )
    monkeypatch.setattr(runs, "thumbnail", lambda path, limit: address[:limit])
    written = page.write(tmp_path / "report", cells.tidy(rows), [], rows)
    assert 16_000_000 < written.stat().st_size < 30_000_000
    # Of two openings the faster one: other programs may be at work just now.
    first, second = asked(written, "use"), asked(written, "use")
    assert first["panels"] == 1
    assert first["rows"] == first["dots"] == 334
    assert min(first["ready"], second["ready"]) <= 3000
    assert min(first["use"], second["use"]) <= 1000
