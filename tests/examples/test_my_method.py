"""The example of a method of one's own, as its user runs it: a wheel, a folder elsewhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHORT = ["train.device = 'cpu'", "train.progress = False", "model.eval_steps = 1"]
SHORT += ["model.batch_size = 8", "stage_scores.num_points = 100", "pipeline.visualize = False"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder that the wheel is installed to; built from a copy, so that nothing is left here."""
    pytest.importorskip("setuptools", minversion="77")
    source = tmp_path_factory.mktemp("source")
    for name in ("dlib", "gin_configs", "bin"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index"]
    wheels = tmp_path_factory.mktemp("wheels")
    made = [*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(wheels), source]
    subprocess.run(made, check=True, cwd=source)
    site = tmp_path_factory.mktemp("site")
    (wheel,) = wheels.glob("deft_dlib-*.whl")
    subprocess.run([*pip, "install", *offline, "--target", str(site), str(wheel)], check=True)
    return site


@pytest.fixture
def run(site, tmp_path):
    """Runs a command of the wheel in a folder that holds the example alone."""
    for name in ("my_method.py", "my_method.gin"):
        shutil.copy(ROOT / "examples" / name, tmp_path / name)
    environment = {**os.environ, "PYTHONPATH": str(site), "DLIB_CACHE": str(tmp_path / "cache")}

    def run(command, *arguments):
        done = subprocess.run(
            [sys.executable, str(site / "bin" / command), *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_trained_evaluated_and_listed_beside_deft(run, site, tmp_path):
    bindings = [f"--gin_bindings={line}" for line in SHORT]
    run("dlib_train", "--gin_config=my_method.gin", *bindings,
        "--gin_bindings=model.training_steps = 2")  # fmt: skip
    run("dlib_train", "--gin_config=deft_triangle.gin", *bindings,
        "--gin_bindings=deft.stage_steps = 1")  # fmt: skip
    used = [sys.executable, "-c", "import dlib; print(dlib.__file__)"]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    where = subprocess.run(used, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert Path(where.stdout.strip()).is_relative_to(site)
    listed = run("dlib_aggregate")
    assert "my_method" in listed
    assert "deft" in listed

    module = json.loads((tmp_path / "output/my_method/0/model/module/module.json").read_text())
    assert module["method"] == "FreeBitsVAE"
    assert "import my_method" in module["config"]
    results = json.loads((tmp_path / "results.json").read_text())
    names = set(results["train_config.model.name"].values())
    assert names == {"'my_method'", "'deft'"}
    assert all(0 <= mig <= 1 for mig in results["evaluation_results.discrete_mig"].values())


def test_the_example_is_a_dozen_lines():
    text = (ROOT / "examples/my_method.py").read_text().split('"""\n\nimport', 1)[1]
    code = [line for line in text.splitlines() if line.strip() and '"""' not in line]
    assert len(code) <= 14
