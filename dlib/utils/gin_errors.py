"""gin's errors in one line, with the names that were probably meant."""

import contextlib
import difflib
import inspect
import logging
import re
import tokenize

from gin import config as gin_config

from dlib.utils.errors import DlibError

_LOCATION = re.compile(
    r"\n  In (?:file \"(?P<file>.*?)\",|bindings string) line (?P<line>\d+)\n(?P<text>.*)"
)
_CALLED_FROM = "\n  In call to configurable '"
_NO_VALUE = "\n  No values supplied by Gin or caller for arguments: "


@contextlib.contextmanager
def told_in_one_line():
    """Turns what gin raises about a configuration's text into a ``DlibError``."""
    try:
        yield
    except DlibError as error:
        if not _LOCATION.search(str(error)):
            raise
        # About an included file, which it names; gin has added where the file is included.
        raise DlibError(str(error)[: _LOCATION.search(str(error)).start()]) from error
    except ImportError as error:
        where, _ = _where(error)
        raise DlibError(
            f"{where}{_first_line(error)}. Modules are looked for among the installed ones and in "
            f"the working directory."
        ) from error
    except (ValueError, SyntaxError, KeyError, OSError, tokenize.TokenError) as error:
        where, _ = _where(error)
        message = _first_line(error).rstrip(".")
        raise DlibError(f"{where}{message}.{_suggestion(message)}") from error


@contextlib.contextmanager
def naming(source):
    """Names what is read in errors of gin's that do not: a text that cannot be split into words.

    Args:
      source: a file's path, or a line of gin in quotes.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        raise DlibError(f"{source} is no UTF-8 text ({error.reason}): save it as UTF-8.") from error
    except tokenize.TokenError as error:
        raise DlibError(f"{source}: {_first_line(error)}.") from error


@contextlib.contextmanager
def missing_values_told_in_one_line():
    """Turns gin's complaints about values that were never set into a ``DlibError``.

    A ``DlibError`` from inside a configured function loses what gin appended to it; all other
    exceptions pass.
    """
    try:
        yield
    except DlibError as error:
        if _CALLED_FROM not in str(error):
            raise
        raise DlibError(message_of(error)) from error
    except RuntimeError as error:
        missing = re.match(
            r"Required bindings for `(.+?)` not provided in config: (\[.*?\])", str(error)
        )
        if not missing:
            raise
        raise DlibError(_not_set(*missing.groups())) from error
    except TypeError as error:
        missing = re.search(re.escape(_NO_VALUE) + r"(\[.*?\])", str(error))
        called = re.search(re.escape(_CALLED_FROM) + r"(.+?)'", str(error))
        if not (missing and called and "required positional argument" in str(error)):
            raise
        raise DlibError(_not_set(called[1], missing[1])) from error


@contextlib.contextmanager
def without_failed_lookups():
    """Keeps gin from logging an error for each place where an included file is not."""

    def is_something_else(record):
        return not str(record.msg).startswith("Path not found")

    root = logging.getLogger()
    root.addFilter(is_something_else)
    try:
        yield
    finally:
        root.removeFilter(is_something_else)


def message_of(error):
    """An error's own message, without what gin appends on its way through configured functions."""
    return str(error).split(_CALLED_FROM)[0].split(_NO_VALUE)[0]


def _not_set(name, parameters):
    names = [f"{name}.{parameter}" for parameter in re.findall(r"'(.+?)'", parameters)]
    return (
        f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not set: set it in the "
        f"configuration or by --gin_bindings='{names[0]} = ...'."
    )


def _where(error):
    """File and line that an error is about, as a prefix, and the line's text."""
    if isinstance(error, SyntaxError) and error.lineno:
        return _prefix(error.filename, error.lineno, error.text)
    if location := _LOCATION.search(str(error)):
        return _prefix(location["file"], location["line"], location["text"])
    return "", ""


def _prefix(file, line, text):
    text = (text or "").strip()
    return (f"{file}, line {line}: " if file else f"'{text}': "), text


def _first_line(error):
    if isinstance(error, SyntaxError):
        return str(error.msg).split("\n")[0]
    if isinstance(error, tokenize.TokenError):
        return f"{error.args[0]} (a bracket or a string is not closed)"
    return message_of(error).split("\n")[0].strip("\"'" if isinstance(error, KeyError) else "")


def _suggestion(message):
    """ " Did you mean ...?" for a name or a parameter that gin does not know."""
    if unknown := re.match(r"No configurable matching (?:reference )?'@?([\w./]+)", message):
        known = {selector.split(".")[-1] for selector, _ in gin_config._REGISTRY.items()}
        return _did_you_mean(unknown[1].split("/")[-1].split(".")[-1], known)
    if unknown := re.match(r"Configurable '(.+?)' doesn't have a parameter named '(.*?)'", message):
        configurable = gin_config._REGISTRY.get_match(unknown[1])
        known = _parameters(configurable) if configurable else []
        return _did_you_mean(unknown[2], known) or f" It has: {', '.join(known) or 'none'}."
    return ""


def _parameters(configurable):
    function = configurable.wrapped
    names = inspect.signature(function).parameters
    return [
        name
        for name in names
        if name not in (configurable.denylist or ())
        and (not configurable.allowlist or name in configurable.allowlist)
    ]


def _did_you_mean(word, known):
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
