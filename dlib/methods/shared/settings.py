"""Checks of a method's settings: one line that names the setting, before any work."""

import numbers

from dlib.utils.errors import DlibError


def at_least(name, value, bound=0):
    """``value``, if it is a number >= ``bound``.

    Raises:
      DlibError: naming ``name`` otherwise.
    """
    if not isinstance(value, numbers.Real) or not value >= bound:
        raise DlibError(f"{name} must be a number >= {bound}, got {value!r}.")
    return value


def above(name, value, bound=0):
    """``value``, if it is a number > ``bound``; raises as ``at_least``."""
    if not isinstance(value, numbers.Real) or not value > bound:
        raise DlibError(f"{name} must be a number > {bound}, got {value!r}.")
    return value


def whole(name, value, bound=1):
    """``value``, if it is a whole number >= ``bound``; raises as ``at_least``."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or not value >= bound:
        raise DlibError(f"{name} must be a whole number >= {bound}, got {value!r}.")
    return value


def boolean(name, value):
    """``value``, if it is True or False; raises as ``at_least``."""
    if not isinstance(value, bool):
        raise DlibError(f"{name} must be True or False, got {value!r}.")
    return value


def seed(name, value):
    """``value``, if numpy's and torch's random states both take it; raises as ``at_least``."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or not 0 <= value < 2**32:
        raise DlibError(f"{name} must lie in 0 ... 2**32 - 1 and be a whole number, got {value!r}.")
    return value


def function(name, value, example):
    """``value``, if it can be called; raises as ``at_least``, with an ``example`` of the gin."""
    if not callable(value):
        raise DlibError(f"{name} must be a function, such as {example}; got {value!r}.")
    return value


def one_of(name, value, allowed):
    """``value``, if it is among ``allowed``; raises as ``at_least``, listing what there is."""
    if value not in allowed:
        raise DlibError(f"{name} must be one of {', '.join(map(str, allowed))}; got {value!r}.")
    return value
