"""Who may import whom. Imports are read from the source, nothing is run."""

import ast
import importlib.util
from pathlib import Path

import pytest

import dlib

ROOT = Path(dlib.__file__).parent

# From the bottom up; a module imports its own layer and those below. The first prefix that fits
# counts.
LAYERS = [
    ("dlib.utils", "dlib.version"),
    ("dlib.data",),
    ("dlib.methods.shared",),
    ("dlib.methods",),
    ("dlib.postprocessing",),
    ("dlib.evaluation", "dlib.validation"),
    ("dlib.annealing", "dlib.visualize"),
    ("dlib.report",),
    ("dlib.config",),
    ("dlib.pipeline", "dlib.configurables"),
    ("dlib.execution",),
    ("dlib.commands",),
]
# Names of the package itself: its version, and `dlib.load`, which comes late and by name.
EVERYWHERE = ("dlib", "dlib.version")

MODULES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}


def imports(name):
    """Modules that a module imports anywhere in its text, as full names."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
            source = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(source, package)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                found.add(full if full in MODULES else base)
    return found


def layer(name):
    fits = [
        (len(prefix), number)
        for number, prefixes in enumerate(LAYERS)
        for prefix in prefixes
        if name == prefix or name.startswith(f"{prefix}.")
    ]
    return max(fits)[1] if fits else None


@pytest.mark.parametrize("name", [name for name in MODULES if name != "dlib"])
def test_a_module_has_a_layer_and_looks_only_down(name):
    assert layer(name) is not None, f"{name} belongs to no layer"
    above = {
        imported
        for imported in imports(name)
        if imported.split(".")[0] == "dlib"
        and imported not in EVERYWHERE
        and layer(imported) > layer(name)
    }
    assert not above, f"{name} imports {sorted(above)} from above"


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in MODULES
        if name.startswith(("dlib.data", "dlib.evaluation.metrics", "dlib.utils"))
        and name != "dlib.data.ground_truth.loader"
    ],
)
def test_torch_is_used_where_models_are(name):
    assert not {i for i in imports(name) if i.split(".")[0] == "torch"}


def test_the_reader_of_imports_sees_them_all():
    assert "dlib.utils.errors" in imports("dlib.utils.files")  # from dlib.utils.errors import X
    assert "dlib.utils.files" in imports("dlib.utils.results")  # from dlib.utils import files
    assert "dlib.methods.unsupervised.train" in imports("dlib.commands.train")  # inside a function
    assert layer("dlib.methods.shared.losses") < layer("dlib.methods.unsupervised.vae")
    assert layer("dlib.methodss") is None


def test_scripts_only_call_a_command():
    for script in sorted((ROOT.parent / "bin").glob("dlib_*")):
        text = script.read_text(encoding="utf-8")
        if text.startswith("#!/usr/bin/env python3"):
            assert len(text.splitlines()) < 25, f"{script} should only call its command"
