"""Who takes part in a benchmark: the user's method, and those that it is compared with.

All train on the user's data and are scored by the user's metrics.
"""

import dataclasses
from collections import Counter
from pathlib import Path

from dlib.config.budget import bindings_for_budget
from dlib.execution.jobs import Job
from dlib.utils import gin_utils
from dlib.utils.config_files import CONFIG_FOLDER, find_config
from dlib.utils.errors import DlibError

_COMMON = ("train/paper.gin", "train/pipeline.gin")  # of a method that comes without experiment


@dataclasses.dataclass(frozen=True)
class Contestant:
    """One method with its settings.

    Attributes:
      name: in the leaderboard.
      folder: its runs lie in ``<folder>/<seed>``.
      files: configurations.
      bindings: lines of gin.
      source: where its settings come from, for people.
      hint: what else could be asked for, said with any mistake.
    """

    name: str
    folder: str
    files: tuple[str, ...]
    bindings: tuple[str, ...]
    source: str
    hint: str = ""

    def job(self, seed, budget):
        """The job of one seed.

        A training at the budget "paper" lies where ``dlib_train`` writes it, so that its runs
        count; smaller budgets have folders of their own.
        """
        folder = self.folder if budget == "paper" else f"{self.folder}_{budget}"
        return Job(
            name=f"{self.name}/{seed}",
            gin_config_files=self.files,
            gin_bindings=(*self.bindings, f"model.random_seed = {seed}"),
            folder=f"{folder}/{seed}",
            budget=budget,
        )

    def check(self, budget):
        """Reads everything that its runs will read, and makes its model once.

        Raises:
          DlibError: for any mistake, named with the contestant.
        """
        from dlib import pipeline
        from dlib.methods.unsupervised.base_vae import built

        try:
            added = bindings_for_budget(self.files, self.bindings, budget)
            with gin_utils.configured(self.files, (*self.bindings, *added)):
                pipeline.check()
                built(gin_utils.query("model.model").scoped_configurable_fn())
        except DlibError as error:
            raise DlibError(f"{self.name} ({self.source}): {error}{self.hint}") from None


@dataclasses.dataclass(frozen=True)
class Setup:
    """What all contestants share: the data and the scores of the user's configuration.

    Attributes:
      dataset: its name.
      data: lines of gin that make the data set.
      pipeline: lines of gin that list representations, metrics and pictures.
      training_steps: updates of the user's training; None if its stages tell.
      bindings: the lines that the user gave for all.
    """

    dataset: str
    data: tuple[str, ...]
    pipeline: tuple[str, ...]
    training_steps: int | None
    bindings: tuple[str, ...]


def of_user(files, bindings):
    """The user's contestant, and what it sets for all others.

    Raises:
      DlibError: if the configuration has a mistake or lists no metric.
    """
    paths = [str(find_config(name)) for name in files]
    with gin_utils.configured(paths, bindings):
        settings = gin_utils.as_dict(gin_utils.config_text())
        dataset = gin_utils.query("dataset.name")
        name = gin_utils.query("model.name", "") or _stem(paths)
        training_steps = gin_utils.query("model.training_steps", None)
        if not gin_utils.query("pipeline.evaluation", ()):
            raise DlibError(
                f'{paths[0]} lists no metric to compare by: add include "train/pipeline.gin", or '
                f"pipeline.evaluation = ['metric/mig.gin']."
            )
    setup = Setup(
        dataset,
        tuple(_lines(settings, _of_data(settings, dataset))),
        tuple(_lines(settings, [key for key in settings if key.startswith("pipeline.")])),
        training_steps,
        tuple(bindings),
    )
    source = ", ".join(Path(path).name for path in paths)
    return Contestant(name, _stem(paths), tuple(files), tuple(bindings), source), setup


def opponent(name, setup):
    """The contestant that ``--against`` names.

    In this order: the experiment of that method on the user's data set (``deft`` on dSprites is
    ``deft_dsprites.gin``); an experiment or file of that name, whose data is replaced by the
    user's; the method alone (``method/deft.gin``) with the paper's training.

    Raises:
      DlibError: if there is nothing of that name; it lists what there is.
    """
    shared = (*setup.pipeline, *setup.bindings)
    shipped = _experiments()
    experiment = f"{name}_{_suffix(setup.dataset, shipped)}"
    if experiment in shipped:
        files = (f"{experiment}.gin",)
        return Contestant(name, experiment, files, shared, files[0])
    if name in shipped or Path(name).is_file():
        return _with_my_data(name, setup, shared)
    if name in _methods():
        return _alone(name, setup, shared, [stem for stem in shipped if shipped[stem][1] == name])
    raise DlibError(
        f"--against: there is no method '{name}'. Methods: {', '.join(_methods())}. Experiments, "
        f"whose settings can be taken: {', '.join(shipped)}. Or a file of one's own."
    )


def _with_my_data(name, setup, shared):
    """An experiment or a file, on the user's data."""
    path = Path(name) if Path(name).is_file() else CONFIG_FOLDER / f"{name}.gin"
    is_same = _dataset_and_method(path)[0] == setup.dataset
    return Contestant(
        path.stem,
        path.stem if is_same else f"{path.stem}_on_{setup.dataset}",
        (str(name) if Path(name).is_file() else path.name,),
        (*setup.data, *shared),
        path.name if is_same else f"{path.name} on {setup.dataset}",
    )


def _alone(name, setup, shared, experiments):
    """A method without an experiment on the user's data: it trains as long as the user's."""
    block = f"method/{name}.gin"
    bindings = (*setup.data, *shared)
    with gin_utils.configured([block]):
        has_stages = gin_utils.query("model.training_steps", 0) is None
    if not has_stages and setup.training_steps is not None:
        bindings = (f"model.training_steps = {setup.training_steps}", *bindings)
    taken = f"; or take the settings of one of {', '.join(experiments)}" if experiments else ""
    return Contestant(
        name, f"{name}_{setup.dataset}", (block, *_COMMON), bindings, f"{block} alone",
        f" Set what it lacks by --gin_bindings{taken}.",
    )  # fmt: skip


def _suffix(dataset, experiments):
    """What the names of the paper's experiments on a data set end with.

    Most methods have one of that name; variants, such as a demo, are of one method.
    """
    found = Counter(
        stem.removeprefix(f"{method}_")
        for stem, (its_dataset, method) in experiments.items()
        if its_dataset == dataset and stem.startswith(f"{method}_")
    )
    return max(found, key=lambda suffix: (found[suffix], -len(suffix)), default="")


def _dataset_and_method(path):
    with gin_utils.configured([path]):
        return gin_utils.query("dataset.name", None), gin_utils.query("model.name", "")


def _methods():
    return sorted(path.stem for path in (CONFIG_FOLDER / "method").glob("*.gin"))


def _experiments():
    """Shipped configurations of trainings, ``{stem: (data set, method)}``."""
    trained = [
        path
        for path in sorted(CONFIG_FOLDER.glob("*.gin"))
        if "dlib_train" in path.read_text(encoding="utf-8")  # others find pressures, say
    ]
    return {path.stem: _dataset_and_method(path) for path in trained}


def _of_data(settings, dataset):
    """Names of the parameters that make a data set, those of what it refers to included."""
    heads, found = {"dataset", dataset}, []
    while True:
        fitting = [key for key in settings if key.rpartition(".")[0].split("/")[-1] in heads]
        if len(fitting) == len(found):
            return found
        found = fitting
        for key in found:
            heads |= {part.split("/")[-1].rstrip("(),] ") for part in settings[key].split("@")[1:]}
            heads |= {part.rstrip("(),] ") for part in settings[key].split("%")[1:]}


def _lines(settings, keys):
    return [f"{key} = {settings[key]}" for key in keys]


def _stem(paths):
    return "+".join(Path(path).name.removesuffix(".gin") for path in paths)
