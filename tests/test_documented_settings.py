"""Tables of settings in the documentation: each name is there, and has the default that is told."""

import ast
import inspect
import re
from pathlib import Path

import gin
import pytest

import dlib.annealing.auto
import dlib.evaluation.tracker
import dlib.methods.unsupervised.information_plateau  # noqa: F401 - they register what is told of

DOCS = Path(__file__).resolve().parents[1] / "docs"
TEXT = "\n".join((DOCS / name).read_text("utf-8") for name in ("annealing.md", "tracking.md"))
TABLES = re.findall(r"^\| setting \| default \| what \|\n.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
LINES = "".join(TABLES).splitlines()
ROW = re.compile(r"\| `(\w+)\.(\w+)` \| `([^`]+)` \| .+ \|")
ROWS = [pytest.param(*row, id=f"{row[0]}.{row[1]}") for row in ROW.findall("\n".join(LINES))]


def test_each_row_is_read_and_no_setting_is_told_twice():
    assert len(TABLES) == 5
    names = [row.id for row in ROWS]
    assert len(set(names)) == len(names) == len(LINES)


@pytest.mark.parametrize(("owner", "parameter", "told"), ROWS)
def test_a_default_is_the_code_s(owner, parameter, told):
    default = inspect.signature(gin.get_configurable(owner)).parameters[parameter].default
    if told.startswith("@"):
        assert default.__name__ == told[1:]
    else:
        assert default == ast.literal_eval(told)
        assert type(default) is type(ast.literal_eval(told))
