"""What ``dlib_reproduce_jmlr``, ``_weakly_supervised`` and ``_semi_supervised`` have in common.

Each trains one model (or takes one that is there), draws it, makes its representations and scores
them, with a seed for every step that follows from one seed of the whole.
"""

import glob
from pathlib import Path

import numpy as np

from dlib.config.budget import bindings_for_budget, check_name
from dlib.utils import command_line, gin_utils
from dlib.utils.config_files import CONFIG_FOLDER
from dlib.utils.errors import DlibError


def flags_of(name, description):
    """The flags that all three commands have."""
    flags = command_line.Flags(name, description)
    flags.add_argument("--output_directory", help="where to write")
    flags.add_argument(
        "--model_dir",
        help="folder of a run whose model (in model/ below it) is taken; training is skipped",
    )
    flags.add_argument(
        "--gin_bindings", action="append", default=[], metavar="'NAME = VALUE'",
        help="a line of configuration of the training; may be repeated",
    )  # fmt: skip
    flags.add_argument("--gin_model_config_dir", help="folder of --gin_model_config_name")
    flags.add_argument(
        "--gin_model_config_name", help="configuration of the training, such as vae.gin"
    )
    flags.add_argument(
        "--gin_postprocess_config_glob",
        help="pattern of representations' configurations, such as 'postprocess/*.gin'",
    )
    flags.add_argument(
        "--gin_evaluation_config_glob",
        help="pattern of metrics' configurations, such as 'metric/m*.gin'",
    )
    flags.add_argument(
        "--budget", default="paper",
        help="smoke, cpu, paper, or a number of updates of the training (paper)",
    )  # fmt: skip
    flags.add_overwrite()
    return flags


def matching(flag, pattern):
    """Configurations by name that a pattern matches, on disk or below the shipped folder.

    Sorted by path, as the seeds follow this order.

    Raises:
      DlibError: if the pattern is missing or matches nothing, or two files have one name.
    """
    if not pattern:
        raise DlibError(f"--{flag} is missing.")
    paths = sorted(glob.glob(pattern)) or sorted(glob.glob(str(CONFIG_FOLDER / pattern)))
    if not paths:
        raise DlibError(f"--{flag}={pattern} matches no file, here or among those of dlib.")
    named = {Path(path).name.removesuffix(".gin"): path for path in paths}
    if len(named) < len(paths):
        raise DlibError(f"--{flag}={pattern} matches two files of one name: rename one.")
    return named


def draw(random_state):
    """A seed; the values are those of the reference's ``randint(2**32)``."""
    return int(random_state.randint(2**32, dtype=np.int64))


class Steps:
    """The steps of one run.

    Args:
      flags: the command's.
      train_bindings: lines of gin for the training, before the user's.
    """

    def __init__(self, flags, train_bindings=()):
        command_line.required(flags, "output_directory")
        self.flags = flags
        self.output = Path(flags.output_directory)
        self.representations = matching(
            "gin_postprocess_config_glob", flags.gin_postprocess_config_glob
        )
        self.metrics = matching("gin_evaluation_config_glob", flags.gin_evaluation_config_glob)
        if check_name(flags.budget) != "paper" and flags.model_dir is not None:
            raise DlibError("--budget is a training's, but --model_dir has one already: leave it.")
        self.model_dir = self.output / "model"
        self.scores = {}
        if flags.model_dir is None:
            self._set_up_training(train_bindings)
        else:
            self.model_dir = Path(flags.model_dir) / "model"
            self.config_files, self.bindings = [], []

    def _set_up_training(self, train_bindings):
        command_line.required(self.flags, "gin_model_config_name")
        name = self.flags.gin_model_config_name
        self.config_files = [str(Path(self.flags.gin_model_config_dir or "") / name)]
        lines = [
            *train_bindings,
            f"model.name = {Path(name).name.removesuffix('.gin')!r}",
            *self.flags.gin_bindings,
        ]
        metrics = list(self.metrics.values())
        budget = bindings_for_budget(
            self.config_files, [*lines, f"pipeline.evaluation = {metrics!r}"], self.flags.budget
        )
        self.bindings = [*lines, *budget]

    def train(self):
        """Trains the model, unless one is there."""
        from dlib.methods.unsupervised.train import train_with_gin

        if self.flags.model_dir is None:
            train_with_gin(self.model_dir, self.flags.overwrite, self.config_files, self.bindings)

    def draw_model(self):
        """Makes pictures of the model."""
        from dlib.visualize import visualize_model

        visualize_model.visualize(
            self.model_dir, self.output / "visualizations", self.flags.overwrite
        )

    def represent(self, random_state):
        """Makes the representations, with a seed each."""
        from dlib.postprocessing.postprocess import postprocess_with_gin

        for name, config in self.representations.items():
            lines = [
                f"postprocess.random_seed = {draw(random_state)}",
                f"postprocess.name = {name!r}",
                *self.budget_of(config),
            ]
            folder = self.output / "postprocessed" / name
            postprocess_with_gin(self.model_dir, folder, self.flags.overwrite, [config], lines)

    def evaluate(self, representation, name, config, lines):
        """Computes one metric of one representation.

        Args:
          representation: its name.
          name: of the metric's folder and result.
          config: the metric's configuration file.
          lines: of gin, such as its seed.
        """
        from dlib.evaluation.evaluate import evaluate_with_gin

        lines = [f"evaluation.name = {name!r}", *self.budget_of(config), *lines]
        self.scores[f"{name} ({representation})"] = evaluate_with_gin(
            self.output / "postprocessed" / representation,
            self.output / "metrics" / representation / name,
            self.flags.overwrite,
            [config],
            lines,
            record_errors=True,
        )

    def budget_of(self, config):
        """Lines of gin that give a step the run's budget."""
        from dlib import pipeline

        with gin_utils.configured(self.config_files, self.bindings):
            return pipeline.handed_on(gin_utils.query("pipeline.bindings", ()), config)

    def finish(self):
        """Writes all scores into one file and prints them.

        Raises:
          DlibError: if a metric failed.
        """
        from dlib.commands import tables
        from dlib.utils import aggregate_results

        tables.print_scores(self.scores)
        failed = [name for name, scores in self.scores.items() if "error" in scores]
        if len(failed) < len(self.scores):
            pattern = self.output / "metrics/*/*/results/aggregate/evaluation.json"
            target = self.output / "metrics" / "aggregated_results.json"
            aggregate_results.aggregate_results_to_json(str(pattern), str(target))
            print(f"scores: {target}")
        if failed:
            raise DlibError(
                f"{len(failed)} of {len(self.scores)} metrics failed: {', '.join(failed)}."
            )
