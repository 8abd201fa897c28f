"""Checks of settings name the setting, what was expected, and what came."""

import pytest

from dlib.methods.shared import settings
from dlib.utils.errors import DlibError


def test_right_values_come_back():
    assert settings.at_least("a.b", 0) == 0
    assert settings.above("a.b", 0.5) == 0.5
    assert settings.whole("a.b", 3, 3) == 3
    assert settings.one_of("a.b", "i", ("i", "ii")) == "i"


@pytest.mark.parametrize(
    ("check", "value", "said"),
    [
        (settings.at_least, -0.1, "a.b must be a number >= 0, got -0.1."),
        (settings.at_least, float("nan"), "a.b must be a number >= 0, got nan."),
        (settings.at_least, "4", "a.b must be a number >= 0, got '4'."),
        (settings.at_least, None, "a.b must be a number >= 0, got None."),
        (settings.above, 0, "a.b must be a number > 0, got 0."),
        (settings.whole, 0, "a.b must be a whole number >= 1, got 0."),
        (settings.whole, 2.0, "a.b must be a whole number >= 1, got 2.0."),
    ],
)
def test_wrong_values_are_told_in_one_line(check, value, said):
    with pytest.raises(DlibError) as error:
        check("a.b", value)
    assert str(error.value) == said


def test_choices_are_listed():
    with pytest.raises(DlibError, match="a.b must be one of i, ii; got 'iii'."):
        settings.one_of("a.b", "iii", ("i", "ii"))
