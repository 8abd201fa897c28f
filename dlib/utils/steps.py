"""What postprocessing and evaluation have in common: they follow a step and are done once."""

import contextlib
from pathlib import Path

from dlib.utils import files, gin_utils, results, run_folder
from dlib.utils.errors import DlibError

# What such steps write into their folders, what says that they are done first.
_WRITES = ("results", "module", "artifacts")

_MADE_BY = {"train": "dlib_train", "postprocess": "dlib_postprocess"}


class Step:
    """One step in its folder.

    Attributes:
      name: "postprocess", "evaluation", ...
      folder: where it writes.
      previous_results: the ``results`` folder of the step before.
    """

    def __init__(self, name, folder, previous_results):
        self.name = name
        self.folder = Path(folder)
        self.previous_results = Path(previous_results)

    @contextlib.contextmanager
    def claimed(self, overwrite, settings, replace=False):
        """Holds the step's folder; yields whether the step is done already.

        A step is done when its results are there, are not an error, and belong to the results of
        the step before as they are now; a result of an earlier model is replaced.

        Args:
          overwrite: whether to start anew in any case.
          settings: ``{name: literal}`` added to the configuration in place: together what the
            result depends on.
          replace: whether a result of other settings is replaced, too, instead of refused.
        """
        settings = settings | gin_utils.as_dict(gin_utils.config_text())
        with run_folder.locked(self.folder) as folder:
            # Nothing of a step that is not done is worth keeping.
            overwrite = overwrite or self.results() is None or not self._follows_previous()
            if replace and run_folder.holds_other_settings(folder, settings):
                overwrite = True
            run_folder.prepare(folder, overwrite, settings, kind=self.name, writes=_WRITES)
            yield self.results() is not None

    def results(self):
        """The step's results by name, or None if it is not done."""
        aggregate = results.read_step(self.folder / "results", self.name)
        if aggregate is None:
            return None
        prefix = f"{self.name}_results."
        return {k.removeprefix(prefix): v for k, v in aggregate.items() if k.startswith(prefix)}

    def _follows_previous(self):
        """Whether the results copied from the step before are those that it has now."""
        copied = self.folder / "results" / "json"
        return all(
            (copied / path.name).is_file()
            and files.read_json(copied / path.name) == files.read_json(path)
            for path in (self.previous_results / "json").glob("*_results.json")
        )


def find_results(directory, step_name):
    """The ``results`` folder of a step that must be done.

    Args:
      directory: the step's folder, or for a training also the run's.

    Raises:
      DlibError: if it is not done.
    """
    directory = Path(directory)
    for folder in (directory, directory / "model"):
        if results.read_step(folder / "results", step_name) is not None:
            return folder / "results"
    raise DlibError(
        f"{directory} is not done ({directory / 'results' / 'aggregate' / step_name}.json is "
        f"missing): run {_MADE_BY.get(step_name, step_name)} first, or give another folder."
    )
