"""The one place where gin files are parsed, and the configuration they make is taken away again.

gin keeps one configuration per process. ``configured`` puts one in place for the length of a
``with`` block and leaves everything as it was, whatever happens inside. It is not meant for
several threads at once.
"""

import contextlib
import copy
import importlib
import importlib.util  # gin 0.5.0 uses it without importing it, so it must be loaded before gin
import os
import sys
import tokenize

import gin
from gin import config as gin_config
from gin import config_parser

from dlib.utils import gin_errors
from dlib.utils.config_files import CONFIG_FOLDER, find_config
from dlib.utils.errors import DlibError

__all__ = ["CONFIG_FOLDER", "as_dict", "bind", "config_text", "configured", "find_config"]
__all__ += ["operative_config", "query", "run_imports"]

_UNSET = object()


@contextlib.contextmanager
def configured(files=(), bindings=()):
    """Parses configuration files, then bindings, and clears everything when the block ends.

    Later bindings win over earlier ones. Inside the block the configuration is locked as gin
    locks it; ``bind`` still changes it. Used inside another ``configured``, the inner
    configuration starts empty and the outer one is back in place afterwards, with what it had
    recorded as operative.

    Args:
      files: names of configuration files, each looked up by ``find_config``.
      bindings: lines of gin, or whole texts.

    Raises:
      DlibError: one line for whatever is wrong with the configuration: an unknown file, name or
        parameter (with the closest names), a mistake in the syntax, a missing value.
    """
    paths = [find_config(name) for name in files or ()]
    _prepare()
    outer = _State()
    gin.clear_config()
    try:
        # A scope that is active outside must not reach in.
        with gin.config_scope(None):
            with gin_errors.told_in_one_line(), gin_errors.without_failed_lookups():
                _parse(paths, list(bindings))
            with gin_errors.missing_values_told_in_one_line():
                yield
    finally:
        gin.clear_config()
        outer.restore()


def _parse(paths, bindings):
    gin.parse_config_files_and_bindings([str(path) for path in paths], None, finalize_config=False)
    try:
        # Without an end of its own gin does not quote the last line.
        gin.parse_config("\n".join([*bindings, ""]))
    except (tokenize.TokenError, SyntaxError):
        for text in bindings:  # what is not closed reaches into the next; which one was it?
            first, *others = text.strip().splitlines() or [""]
            with gin_errors.naming(f"'{first}{' ...' if others else ''}'"):
                list(config_parser.ConfigParser(f"{text}\n", _Literals()))
        raise
    gin.finalize()


def query(name, default=_UNSET):
    """The value bound to ``name`` ("dataset.name"); macros are followed.

    Raises:
      DlibError: if nothing is bound and there is no ``default``.
    """
    try:
        value = gin.query_parameter(name)
    except ValueError:
        if default is not _UNSET:
            return default
        raise DlibError(
            f"{name} is not set: set it in the configuration or by --gin_bindings='{name} = ...'."
        ) from None
    is_macro = isinstance(value, gin_config.ConfigurableReference) and value.selector == "gin.macro"
    return copy.deepcopy(value) if is_macro else value  # a deep copy evaluates the reference


def bind(name, value):
    """Sets one parameter of the configuration in place, locked or not."""
    with gin_errors.told_in_one_line(), gin.unlock_config():
        gin.bind_parameter(name, value)


def operative_config():
    """The operative configuration: every parameter of what was called, defaults included."""
    return gin.operative_config_str()


def config_text():
    """The configuration as it was parsed, as text: sorted, one form for equal configurations."""
    return gin.config_str()


def as_dict(text):
    """Parameters of a configuration's text as ``{"scope/name.parameter": "literal"}``.

    Values are strings of gin literals, as in the reference's result files: ``"1.0"``,
    ``"'dsprites_full'"``, ``"@vae()"``, ``"%seed"``. The text is read by gin's own parser, so
    values that span lines or contain " = " are whole; nothing needs to be registered. Imports and
    includes are left out.
    """
    parameters = {}
    for statement in _statements(text):
        if isinstance(statement, config_parser.BindingStatement):
            key = (
                f"{statement.scope}/{statement.selector}" if statement.scope else statement.selector
            )
            key += f".{statement.arg_name}" if statement.arg_name else ""
            parameters[key] = repr(statement.value)
    return parameters


def run_imports(text):
    """Imports what a configuration's text imports, so that the names it uses are registered."""
    _prepare()
    for statement in _statements(text):
        if isinstance(statement, config_parser.ImportStatement):
            with gin_errors.told_in_one_line():
                importlib.import_module(statement.module)


def _statements(text):
    with gin_errors.told_in_one_line():
        return list(config_parser.ConfigParser(text, _Literals()))


def _prepare():
    """Makes every name of ours known to gin, and the working directory importable."""
    if str(CONFIG_FOLDER) not in gin_config._LOCATION_PREFIXES:
        gin.add_config_file_search_path(str(CONFIG_FOLDER))
        # gin also looks for files inside packages, and takes a folder without code for one: with
        # a folder data/ in the working directory, `include "data/..."` ended in a TypeError.
        gin_config._FILE_READERS[:] = [
            (_naming_its_file(reader), _false_on_type_error(exists))
            for reader, exists in gin_config._FILE_READERS
        ]
    # A script in bin/ does not have the working directory on its path, but `import my_method` must
    # work there. It goes last, so that it hides nothing that is installed.
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.append(os.getcwd())
    importlib.invalidate_caches()
    # The one look upward of this layer, by name and only here: a configuration may use any name,
    # so all of them must be registered before the first line is parsed.
    importlib.import_module("dlib.configurables")


def _naming_its_file(reader):
    """A reader of gin's whose file is named by errors that gin raises while it reads."""

    @contextlib.contextmanager
    def opened(path):
        with gin_errors.naming(path), reader(path) as file:
            yield file

    return opened


def _false_on_type_error(exists):
    def checked(path):
        try:
            return exists(path)
        except TypeError:
            return False

    return checked


class _State:
    """A copy of gin's configuration in place: values, records, imports, singletons, lock."""

    def __init__(self):
        self.config = {key: dict(values) for key, values in gin_config._CONFIG.items()}
        self.operative = {key: dict(values) for key, values in gin_config._OPERATIVE_CONFIG.items()}
        self.imports = set(gin_config._IMPORTS)
        self.singletons = dict(gin_config._SINGLETONS)
        self.locked = gin.config_is_locked()

    def restore(self):
        gin_config._CONFIG.update(self.config)
        gin_config._OPERATIVE_CONFIG.update(self.operative)
        gin_config._IMPORTS.update(self.imports)
        gin_config._SINGLETONS.update(self.singletons)
        gin_config._set_config_is_locked(self.locked)


class _Literals(config_parser.ParserDelegate):
    """Keeps references and macros as what was written."""

    def configurable_reference(self, scoped_configurable_name, evaluate):
        return _Literal(f"@{scoped_configurable_name}{'()' if evaluate else ''}")

    def macro(self, macro_name):
        return _Literal(f"%{macro_name}")


class _Literal(str):
    """Text that stands for itself."""

    __slots__ = ()

    def __repr__(self):
        return str(self)
