"""What is installed, from where, and in which versions."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import dlib

ROOT = Path(dlib.__file__).parents[1]
SCRIPTS = [
    path
    for path in sorted((ROOT / "bin").glob("dlib_*"))
    if path.read_text(encoding="utf-8").startswith("#!/usr/bin/env python3")
]

pytestmark = pytest.mark.skipif(
    not (ROOT / "setup.py").exists(), reason="only a checkout has what packages are made of"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from the checkout, as an open archive."""
    source = tmp_path_factory.mktemp("source")
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("dlib", "gin_configs", "bin"):
        shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "setup.py", "-q", "bdist_wheel", "--dist-dir", "dist"]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (path,) = (source / "dist").glob("*.whl")
    assert path.name.startswith(f"deft_dlib-{dlib.__version__}-py3-none-any")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_a_wheel_holds_modules_configurations_and_scripts(wheel):
    names = set(wheel.namelist())
    for folder, pattern in (("dlib", "*.py"), ("gin_configs", "*.gin")):
        shipped = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob(pattern)}
        assert shipped
        assert not shipped - names
    installed = {name.rpartition("/")[2] for name in names if ".data/scripts/" in name}
    assert installed == {script.name for script in SCRIPTS}


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder that holds the wheel's content, as an installation puts it there."""
    folder = tmp_path_factory.mktemp("site")
    wheel.extractall(folder)
    return folder


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        (
            "deft.gama = 0.1",
            "dlib_train: 'deft.gama = 0.1': Configurable 'deft' doesn't have a parameter named "
            "'gama'. Did you mean 'gamma'?",
        ),
        ("pipeline.bindings = 3", "dlib_train: pipeline.bindings must be a list of lines of gin"),
    ],
)
def test_an_installed_command_finds_its_configurations_from_any_folder(
    installed, tmp_path, binding, message
):
    (script,) = installed.glob("*.data/scripts/dlib_train")
    done = subprocess.run(
        [sys.executable, script, "--gin_config=deft_dsprites.gin", f"--gin_bindings={binding}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_installed_package_is_the_one_that_is_imported(installed, tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import dlib, gin_configs; print(dlib.__file__, *gin_configs.__path__)",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
    )
    assert done.stdout.split() == [
        str(installed / "dlib" / "__init__.py"),
        str(installed / "gin_configs"),
    ]


def test_constraints_name_one_version_of_everything_that_setup_asks_for():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pinned = dict(line.split("==") for line in lines)
    assert len(pinned) == len(lines)
    assert not any("+" in version for version in pinned.values())
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    asked = {name.lower() for name in re.findall(r'"([A-Za-z0-9-]+)>=[\d.]+"', setup)}
    assert {"torch", "numpy", "pytest", "tensorboard"} <= asked
    assert asked <= set(pinned)
    assert pinned["torch"] == "2.13.0"


def test_the_version_is_said_once():
    assert dlib.__version__ in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {dlib.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    try:
        installed = importlib.metadata.version("deft-dlib")
    except importlib.metadata.PackageNotFoundError:
        return
    assert installed == dlib.__version__


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_each_script_is_executable_and_tells_its_flags(script):
    assert os.access(script, os.X_OK)
    done = subprocess.run(
        [sys.executable, script, "--help"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--" in done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_each_script_tells_another_dlib_from_ours(script, tmp_path):
    (tmp_path / "dlib").mkdir()
    (tmp_path / "dlib" / "__init__.py").write_text("")
    done = subprocess.run(
        [sys.executable, script, "--help"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "another package that is also imported as dlib" in done.stderr


@pytest.mark.parametrize(
    "script", ["bin/dlib_demo", "bin/dlib_tests", "bin/environment.sh", ".ci/run"]
)
def test_shell_scripts_parse(script):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    subprocess.run([bash, "-n", ROOT / script], check=True)
