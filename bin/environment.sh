# Sourced by dlib_demo and dlib_tests: finds or makes the Python that they use.
#
# An active environment (VIRTUAL_ENV or CONDA_PREFIX is set) whose Python already has torch is used
# as it is, and only what it lacks is added; so is any Python that lacks nothing. Nothing is ever
# installed into a Python of the system. Otherwise .venv in the checkout is made once and used from
# then on, with the versions of constraints.txt.
#
# usage: use_environment EXTRA    EXTRA: "" or the name of an extra of setup.py
# sets:  python, the path of the interpreter

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

# Whether an interpreter has this checkout and everything that it needs.
is_complete() {
    # -P: what lies in the checkout is not yet installed.
    "$1" -P - "$root" "$2" >/dev/null 2>&1 <<'PYTHON'
import importlib.metadata
import pathlib
import sys

try:
    from packaging.requirements import Requirement
except ImportError:  # no package of ours asks for it, but every pip brings it along
    from pip._vendor.packaging.requirements import Requirement

root, extra = sys.argv[1:]
distribution = importlib.metadata.distribution("deft-dlib")
for text in distribution.requires or ():
    requirement = Requirement(text)
    if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
        version = importlib.metadata.version(requirement.name)
        assert requirement.specifier.contains(version, prereleases=True)
import dlib

assert pathlib.Path(dlib.__file__).resolve().parents[1] == pathlib.Path(root).resolve()
PYTHON
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Whether an interpreter is that of the active environment, and has torch.
is_active_with_torch() {
    "$1" - >/dev/null 2>&1 <<'PYTHON'
import os
import sys

active = [os.environ[name] for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if os.environ.get(name)]
assert os.path.realpath(sys.prefix) in map(os.path.realpath, active)
import torch
PYTHON
}

# Whether an interpreter has another package that is imported as dlib.
has_foreign_dlib() {
    "$1" -P -c 'import dlib, sys; sys.exit(hasattr(dlib, "IS_DEFT_DLIB"))' 2>/dev/null
}

use_environment() {
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    local extra=$1 what constraints
    cd "$root" || exit 2
    python=$(command -v python || command -v python3 || true)
    if [ -n "$python" ] && is_new_enough "$python" &&
        { is_active_with_torch "$python" || is_complete "$python" "$extra"; }; then
        say "using $python, which has torch"
        constraints=()
    else
        python="$root/.venv/bin/python"
        constraints=(-c constraints.txt)
        make_environment
    fi
    if is_complete "$python" "$extra"; then
        return
    fi
    if has_foreign_dlib "$python"; then
        say "$python has another package that is also imported as dlib (a C++ toolkit):" \
            "use a fresh virtual environment, or \`pip uninstall dlib\`"
        exit 2
    fi
    what=".${extra:+[$extra]}"
    say "installing dlib from $root; the first time this downloads PyTorch and more"
    "$python" -m pip install --disable-pip-version-check ${constraints[@]+"${constraints[@]}"} -e "$what" || {
        say "the installation failed; see pip's message above"
        exit 2
    }
}

make_environment() {
    if "$python" -m pip --version >/dev/null 2>&1; then
        say "using $root/.venv"
        return
    fi
    local base
    for base in python3.13 python3.12 python3.11 python3 python; do
        if is_new_enough "$base"; then
            say "making $root/.venv with $base"
            "$base" -m venv --clear "$root/.venv" || {
                say "$base cannot make environments: install its venv module"
                exit 2
            }
            return
        fi
    done
    say "Python 3.11 or newer is needed, and none was found"
    exit 2
}
