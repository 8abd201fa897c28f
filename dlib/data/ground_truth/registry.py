"""Names of data sets, registered beside the class that serves them."""

_CONSTRUCTORS = {}


def register(name, constructor=None):
    """Makes a data set known as ``dataset.name = "<name>"``.

    Use as a decorator (``@register("my_set")``) or as a call (``register("my_set", MySet)``).
    ``constructor`` is called without arguments; options reach it through gin. A module anywhere
    on disk may register, if the configuration file imports it.
    """
    if constructor is None:
        return lambda decorated: register(name, decorated)
    _CONSTRUCTORS[name] = constructor
    return constructor


def constructors():
    """All registered names with their constructors, in order of registration."""
    return dict(_CONSTRUCTORS)
