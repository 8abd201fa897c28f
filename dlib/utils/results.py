"""Result files, as the reference (disentanglement_lib) lays them out.

``<folder>/gin/<step>.gin``                 the operative configuration
``<folder>/json/<step>_config.json``        the same as string -> string
``<folder>/json/<step>_results.json``       numbers, elapsed_time, uuid
``<folder>/json/<step>_environment.json``   versions, device, threads (not in the reference)
``<folder>/aggregate/<step>.json``          all of json/*.json as one flat dictionary

Each step copies the results of the one before. The aggregate file is written last: a step is done
when it exists.
"""

import uuid
from pathlib import Path

from dlib.utils import files, gin_utils
from dlib.utils.environment import describe_environment


def update_result_directory(
    result_directory, step_name, results_dict, old_result_directory=None, environment=None
):
    """Adds one step's results to a result folder.

    Must be called while the step's configuration is in place.

    Args:
      result_directory: the step's ``results`` folder.
      step_name: "train", "postprocess", "evaluation", ...
      results_dict: numbers, arrays and strings by name; a ``uuid`` is added if it has none. NaN
        and infinities are written as null.
      old_result_directory: the previous step's ``results`` folder; its files are copied first.
      environment: entries to add to the description of the environment, such as the device.
    """
    result_directory = Path(result_directory)
    if old_result_directory is not None and Path(old_result_directory) != result_directory:
        files.copy_folder(old_result_directory, result_directory)
    (result_directory / "aggregate" / f"{step_name}.json").unlink(missing_ok=True)
    json_directory = result_directory / "json"
    save_gin(result_directory / "gin" / f"{step_name}.gin")
    save_dict(json_directory / f"{step_name}_config.json", gin_dict())
    save_dict(
        json_directory / f"{step_name}_results.json", {"uuid": str(uuid.uuid4()), **results_dict}
    )
    save_dict(
        json_directory / f"{step_name}_environment.json",
        describe_environment() | (environment or {}),
    )
    aggregate = aggregate_json_results(json_directory)
    save_dict(result_directory / "aggregate" / f"{step_name}.json", aggregate)


def read_step(result_directory, step_name):
    """The flat dictionary of a step that is done, or None if it is not.

    A step whose results record an ``error`` does not count as done.
    """
    path = Path(result_directory) / "aggregate" / f"{step_name}.json"
    if not path.exists():
        return None
    aggregate = files.read_json(path)
    return None if f"{step_name}_results.error" in aggregate else aggregate


def aggregate_json_results(base_path):
    """All ``*.json`` of a folder as one dictionary with the keys ``<file stem>.<key>``."""
    named = {path.stem: files.read_json(path) for path in sorted(Path(base_path).glob("*.json"))}
    return namespaced_dict(**named)


def namespaced_dict(base_dict=None, **named_dicts):
    """``base_dict`` and the entries of each named dictionary under ``<name>.<key>``."""
    merged = dict(base_dict or {})
    for name, entries in named_dicts.items():
        merged |= {f"{name}.{key}": value for key, value in entries.items()}
    return merged


def gin_dict(config_path=None):
    """A saved configuration, or the operative one, as ``{"name.parameter": "literal"}``."""
    if config_path is None:
        return gin_utils.as_dict(gin_utils.operative_config())
    return gin_utils.as_dict(Path(config_path).read_text(encoding="utf-8"))


def save_gin(config_path):
    """Saves the operative configuration as text."""
    files.write_text(config_path, gin_utils.operative_config())


def save_dict(config_path, dict_with_info):
    """Saves a dictionary as JSON."""
    files.write_json(config_path, dict_with_info)
