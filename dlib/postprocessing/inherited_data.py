"""``dataset.name = "auto"``: a step uses the data set of the step before, options included."""

from gin import config as gin_config

from dlib.data.ground_truth import registry
from dlib.utils import gin_utils
from dlib.utils.errors import DlibError


def resolve_auto(gin_file):
    """Replaces ``dataset.name = "auto"`` in the configuration in place.

    The name and the options of the data set are read from ``gin_file``, the configuration that
    the step before has saved. Options that the configuration in place sets itself stay. Does
    nothing if the name is not "auto".

    Raises:
      DlibError: if that file is missing or names no data set.
    """
    if gin_utils.query("dataset.name") != "auto":
        return
    if not gin_file.is_file():
        raise DlibError(f"dataset.name = 'auto' needs the settings of the step before, {gin_file}.")
    text = gin_file.read_text(encoding="utf-8")
    with gin_utils.configured(bindings=[text]):
        name = gin_utils.query("dataset.name")
        values = {key: gin_utils.query(key) for key in _dataset_keys(gin_utils.as_dict(text))}
    for key, value in values.items():
        if gin_utils.query(key, None) is None:
            gin_utils.bind(key, value)
    gin_utils.bind("dataset.name", name)


def dataset_settings():
    """Name and options of the data set, as the configuration in place has them."""
    settings = gin_utils.as_dict(gin_utils.config_text())
    return {key: settings[key] for key in _dataset_keys(settings)}


def _dataset_keys(settings):
    """Parameters of ``dataset`` and of the registered data sets' constructors."""
    constructors = list(registry.constructors().values())
    keys = []
    for key in settings:
        configurable = gin_config._REGISTRY.get_match(key.rsplit(".", 1)[0].split("/")[-1])
        if configurable and (
            configurable.name == "dataset"
            or configurable.wrapper in constructors
            or configurable.wrapped in constructors
        ):
            keys.append(key)
    return keys
