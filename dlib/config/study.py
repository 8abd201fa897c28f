"""A study is data: which configurations, which sweep over them, in which order."""

from pathlib import Path

from dlib.utils import hyperparams
from dlib.utils.config_files import CONFIG_FOLDER, find_config
from dlib.utils.errors import DlibError


class Study:
    """Base class; a study gives the configuration of each of its models.

    The interface is the reference's. ``len(study)`` is the number of models, or an error where it
    is not limited.
    """

    def get_model_config(self, model_num=0):
        """Lines of gin and the path of the configuration file of a model's training."""
        raise NotImplementedError

    def get_postprocess_config_files(self):
        """Paths of the configuration files of representations."""
        raise NotImplementedError

    def get_eval_config_files(self):
        """Paths of the configuration files of metrics."""
        raise NotImplementedError

    def print_model_config(self, model_num=0):
        """Prints the configuration of a model's training."""
        bindings, file = self.get_model_config(model_num)
        print(f"Configuration of the training: {file}")
        _print_lines("Bindings of the training:", bindings)

    def print_postprocess_config(self):
        """Prints the configuration files of representations."""
        _print_lines("Configurations of representations:", self.get_postprocess_config_files())

    def print_eval_config(self):
        """Prints the configuration files of metrics."""
        _print_lines("Configurations of metrics:", self.get_eval_config_files())

    def check_model_num(self, model_num):
        """Checks that there is such a model.

        Raises:
          DlibError: if there is not.
        """
        size = len(self) if hasattr(self, "__len__") else None
        if model_num < 0 or (size is not None and model_num >= size):
            last = "..." if size is None else size - 1
            raise DlibError(f"there is no model number {model_num}: they go from 0 to {last}.")

    def training(self, model_num):
        """Names of configuration files and lines of gin that train a model and go on from it.

        Lines come in the reference's order: name and number first, so that the study's win.
        """
        bindings, file = self.get_model_config(model_num)
        name = Path(file).name.removesuffix(".gin")
        lines = [f"model.name = '{name}'", f"model.model_num = {model_num}", *bindings]
        postprocess = [config_name(path) for path in self.get_postprocess_config_files()]
        evaluation = [config_name(path) for path in self.get_eval_config_files()]
        lines += [
            f"pipeline.postprocess = {postprocess!r}",
            f"pipeline.evaluation = {evaluation!r}",
            "pipeline.visualize = True",
        ]
        return [config_name(file)], lines


class SweepStudy(Study):
    """A study that is a list of settings.

    Args:
      sweep: function that gives the list of ``{name: value}``; a model's number is its place.
      config: name of the configuration file that all share, or a function of an entry of the list.
      postprocess, evaluation: names of the configurations of representations and metrics.
    """

    def __init__(self, sweep, config, postprocess, evaluation):
        self._sweep = sweep
        self._config = config if callable(config) else lambda entry: config
        self._postprocess = postprocess
        self._evaluation = evaluation
        self._entries = None

    def entries(self):
        """The settings of all models."""
        if self._entries is None:
            self._entries = self._sweep()
        return self._entries

    def __len__(self):
        return len(self.entries())

    def bindings(self, model_num):
        """Lines of gin that tell a model from the others."""
        return hyperparams.to_bindings(self.entries()[model_num])

    def get_model_config(self, model_num=0):
        """See ``Study``."""
        self.check_model_num(model_num)
        file = find_config(self._config(self.entries()[model_num]))
        return self.bindings(model_num), str(file)

    def get_postprocess_config_files(self):
        """See ``Study``."""
        return [str(find_config(name)) for name in self._postprocess]

    def get_eval_config_files(self):
        """See ``Study``."""
        return [str(find_config(name)) for name in self._evaluation]


def config_name(path):
    """A shipped configuration file by the name that it has on every machine; others as they are."""
    path = Path(path)
    try:
        return path.resolve().relative_to(CONFIG_FOLDER).as_posix()
    except ValueError:
        return str(path)


def _print_lines(title, lines):
    print(f"\n{title}")
    for line in lines:
        print(f"  {line}")
