"""Configuration files by name: on disk, or among those that come with dlib."""

import difflib
from pathlib import Path

from dlib.utils.errors import DlibError

# Installed or from a checkout, the two packages lie side by side.
CONFIG_FOLDER = Path(__file__).resolve().parents[2] / "gin_configs"


def find_config(name):
    """Path of a configuration file.

    ``name`` is a path; else a path below the installed ``gin_configs`` ("metric/mig.gin"); else
    the name of a file anywhere below it. ".gin" may be left out for the last two.

    Raises:
      DlibError: if nothing or more than one file fits; it lists the candidates.
    """
    path = Path(name)
    if path.is_file():
        return path
    for candidate in (CONFIG_FOLDER / path, CONFIG_FOLDER / f"{name}.gin"):
        if candidate.is_file():
            return candidate
    shipped = {file.relative_to(CONFIG_FOLDER).as_posix(): file for file in _shipped()}
    found = [key for key, file in shipped.items() if path.name in (file.name, file.stem)]
    if len(found) == 1 and path.name == str(name):
        return shipped[found[0]]
    if len(found) > 1:
        raise DlibError(f"Which configuration is '{name}'? One of: {', '.join(found)}.")
    raise DlibError(
        f"There is no configuration '{name}': neither a file ({path.absolute()}) nor shipped with "
        f"dlib. {_hint(path, shipped)}"
    )


def _shipped():
    return sorted(CONFIG_FOLDER.rglob("*.gin"))


def _hint(path, shipped):
    by_stem = {file.stem: key for key, file in shipped.items()}
    close = difflib.get_close_matches(path.stem, by_stem, n=3, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(by_stem[stem] for stem in close)}?"
    experiments = [key for key in shipped if "/" not in key] or list(shipped)
    return f"Shipped experiments: {', '.join(experiments)}."
