"""Which Python ``bin/environment.sh`` takes, with stubs in the place of interpreters and pip."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dlib

SCRIPT = Path(dlib.__file__).parents[1] / "bin" / "environment.sh"
BASH = shutil.which("bash")

pytestmark = [
    pytest.mark.skipif(not SCRIPT.exists(), reason="only a checkout has the script"),
    pytest.mark.skipif(BASH is None, reason="there is no bash"),
]

# Runs the real interpreter, on a path that holds the stub's site/ alone. ``pip install`` is written
# down and installs the checkout of the test; ``-m venv`` makes a stub like this one.
STUB = r"""#!{bash}
here=$(cd "$(dirname "$0")" && pwd)
case "$*" in
    "-m pip --version") exit 0 ;;
    "-m pip install"*)
        echo "$here: $*" >> "{log}"
        [ -e "$here/no-install" ] && exit 1
        cp -r "{installed}/." "$here/site/"
        exit 0 ;;
    "-m venv"*)
        echo "$here: -m venv" >> "{log}"
        for target; do :; done
        mkdir -p "$target/bin/site"
        cp "$0" "$target/bin/python"
        exit 0 ;;
esac
PYTHONPATH="$here/site" exec "{python}" -P -S -c '
import sys
sys.prefix, arguments = sys.argv[1], sys.argv[2:]
if "-c" in arguments:
    text = arguments[arguments.index("-c") + 1]
else:
    text, sys.argv = sys.stdin.read(), arguments[arguments.index("-") :]
exec(text)
' "$(dirname "$here")" "$@"
"""
DRIVER = 'source "$1/bin/environment.sh"; use_environment "$2"; echo "$python"'
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


class Machine:
    """A checkout, and interpreters on the path."""

    def __init__(self, folder):
        self.folder, self.root, self.log = folder, folder / "checkout", folder / "log"
        (self.root / "bin").mkdir(parents=True)
        shutil.copy(SCRIPT, self.root / "bin")
        (self.root / "dlib").mkdir()
        (self.root / "dlib" / "__init__.py").write_text("IS_DEFT_DLIB = True\n")
        # What an installation brings: an editable dlib, its requirement, and torch.
        self.installed = folder / "installed"
        self.installed.mkdir()
        (self.installed / "dlib").symlink_to(self.root / "dlib")
        _distribution(self.installed, "deft-dlib", "1.0", "Requires-Dist: torch>=2.4\n")
        _distribution(self.installed, "torch", "2.13.0")
        (self.installed / "torch.py").write_text("")

    def python(self, place, torch=False):
        """An interpreter in ``place/bin``; returns that folder."""
        bin_folder = self.folder / place / "bin"
        (bin_folder / "site").mkdir(parents=True)
        stub = STUB.format(bash=BASH, log=self.log, installed=self.installed, python=sys.executable)
        (bin_folder / "python").write_text(stub)
        (bin_folder / "python").chmod(0o755)
        if torch:
            (bin_folder / "site" / "torch.py").write_text("")
        return bin_folder

    def use(self, bin_folder, extra="", **environment):
        """Sources the script with ``bin_folder`` first on the path."""
        tools = self.folder / "tools"  # without any Python of this machine
        tools.mkdir(exist_ok=True)
        for tool in ("dirname", "basename", "cp", "mkdir"):
            if not (tools / tool).exists():
                (tools / tool).symlink_to(shutil.which(tool))
        return subprocess.run(
            [BASH, "-c", DRIVER, "test", self.root, extra],
            capture_output=True,
            text=True,
            env={"PATH": os.pathsep.join([str(bin_folder), str(tools)]), **environment},
            check=False,
        )

    def calls(self):
        """What was done by pip and venv, one line each."""
        return self.log.read_text().splitlines() if self.log.exists() else []


def _distribution(site, name, version, requires=""):
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(METADATA.format(name=name, version=version) + requires)


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path)
    packaging = Path(pytest.importorskip("packaging").__file__).parent
    shutil.copytree(packaging, machine.installed / "packaging")
    return machine


def test_without_an_active_environment_one_is_made_once(machine):
    system = machine.python("system", torch=True)
    done = machine.use(system, "test")
    venv = machine.root / ".venv" / "bin"
    assert (done.returncode, done.stdout) == (0, f"{venv}/python\n"), done.stderr
    assert machine.calls() == [
        f"{system}: -m venv",
        f"{venv}: -m pip install --disable-pip-version-check -c constraints.txt -e .[test]",
    ]
    again = machine.use(system, "test")
    assert (again.returncode, again.stdout) == (0, f"{venv}/python\n")
    assert "using" in again.stderr
    assert len(machine.calls()) == 2


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
def test_an_active_environment_with_torch_is_used_as_it_is(machine, variable):
    active = machine.python("mine", torch=True)
    for _ in range(2):
        done = machine.use(active, **{variable: str(active.parent)})
        assert (done.returncode, done.stdout) == (0, f"{active}/python\n"), done.stderr
    # What it lacked was added, in the versions of its own, and once.
    assert machine.calls() == [f"{active}: -m pip install --disable-pip-version-check -e ."]


def test_an_active_environment_without_torch_is_left_alone(machine):
    active = machine.python("mine")
    done = machine.use(active, VIRTUAL_ENV=str(active.parent))
    assert done.stdout == f"{machine.root}/.venv/bin/python\n"
    assert not any(call.startswith(f"{active}: -m pip") for call in machine.calls())


def test_a_python_outside_the_active_environment_is_left_alone(machine):
    system = machine.python("system", torch=True)
    done = machine.use(system, VIRTUAL_ENV=str(machine.folder / "elsewhere"))
    assert done.stdout == f"{machine.root}/.venv/bin/python\n"


def test_a_python_that_lacks_nothing_needs_no_environment(machine):
    system = machine.python("system")
    shutil.copytree(machine.installed, system / "site", dirs_exist_ok=True, symlinks=True)
    done = machine.use(system)
    assert (done.returncode, done.stdout) == (0, f"{system}/python\n"), done.stderr
    assert machine.calls() == []


def test_completeness_needs_no_packaging_of_its_own(machine):
    vendored = machine.installed / "pip" / "_vendor"
    vendored.mkdir(parents=True)
    for folder in (vendored.parent, vendored):
        (folder / "__init__.py").write_text("")
    (machine.installed / "packaging").rename(vendored / "packaging")
    system = machine.python("system")
    shutil.copytree(machine.installed, system / "site", dirs_exist_ok=True, symlinks=True)
    assert machine.use(system).stdout == f"{system}/python\n"
    assert machine.calls() == []


def test_another_dlib_is_told_before_anything_is_installed(machine):
    active = machine.python("mine", torch=True)
    (active / "site" / "dlib.py").write_text("")
    done = machine.use(active, VIRTUAL_ENV=str(active.parent))
    assert (done.returncode, done.stdout) == (2, "")
    assert "another package that is also imported as dlib" in done.stderr.splitlines()[-1]
    assert machine.calls() == []


def test_an_installation_that_fails_is_told(machine):
    active = machine.python("mine", torch=True)
    (active / "no-install").write_text("")
    done = machine.use(active, VIRTUAL_ENV=str(active.parent))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "test: the installation failed; see pip's message above"


def test_without_any_python_it_says_what_is_needed(machine):
    (machine.folder / "empty").mkdir()
    done = machine.use(machine.folder / "empty")
    assert done.returncode == 2
    assert done.stderr == "test: Python 3.11 or newer is needed, and none was found\n"
