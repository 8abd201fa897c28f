"""The stages of DEFT: how long each lasts, fixed beforehand or until its information is in."""

import itertools
import math

from dlib.methods.shared import settings
from dlib.methods.unsupervised.base_vae import Stage
from dlib.utils.errors import DlibError

PLATEAU = "plateau"  # why a stage ended: its information had stopped growing,
LENGTH = "length"  # or it had its full length


class DeftStages:
    """The stages of a training, in order.

    Args:
      lengths: updates of each stage; with a plateau, the most that it may last.
      plateau: an ``InformationPlateau``, or None for stages of these lengths.

    Attributes:
      stages: a ``Stage`` for each, as far as is known now: those that have not ended have their
        full length.
      ended: what is known of stages that have ended, only with a plateau: dictionaries of
        ``stage``, ``stage_updates``, ``stage_ended_by`` ("plateau" or "length") and ``group_kl``
        (nats, smoothed).
    """

    def __init__(self, lengths, plateau=None):
        self.lengths = lengths
        self.plateau = plateau
        self.ended = []
        if plateau:
            plateau.restart()
        self._lay_out()

    def _lay_out(self):
        lasted = [entry["stage_updates"] for entry in self.ended]
        ends = list(itertools.accumulate(lasted + self.lengths[len(lasted) :]))
        self.stages = [
            Stage(start, end, f"stage {j + 1}/{len(ends)}{self._limit(j)}")
            for j, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True))
        ]

    def _limit(self, stage):
        """What a label says of a stage that may end before its time."""
        is_open = self.plateau and stage >= len(self.ended)
        return f" (at most {self.lengths[stage]} updates)" if is_open else ""

    def take_note(self, step, information):
        """Takes note of update ``step``; may end its stage with it.

        Args:
          step: updates done before this one.
          information: KL of the group at work in nats.
        """
        stage = len(self.ended)
        is_reached = self.plateau.is_reached(information)
        if is_reached or step + 1 == self.stages[stage].end:
            self.ended.append(
                {
                    "stage": stage,
                    "stage_updates": step + 1 - self.stages[stage].start,
                    "stage_ended_by": PLATEAU if is_reached else LENGTH,
                    "group_kl": self.plateau.smoothed,
                }
            )
            self.plateau.restart()
            self._lay_out()

    def state(self):
        """Everything that the next stages depend on, as JSON values."""
        return {"ended": list(self.ended), "plateau": self.plateau.state()} if self.plateau else {}

    def load_state(self, state):
        """Takes back what ``state`` gave.

        Raises:
          DlibError: if one of the two has adaptive stages and the other has not.
        """
        if bool(state) != bool(self.plateau):
            made, now = ("with", "without") if state else ("without", "with")
            raise DlibError(
                f"the checkpoint was made {made} deft.adaptive_stages, and now deft is {now}: set "
                f"it as it was."
            )
        if self.plateau:
            self.ended = list(state["ended"])
            self.plateau.load_state(state["plateau"])
            self._lay_out()


def stage_lengths(setup, num_stages, epochs_per_stage, stage_steps, plateau=None):
    """Updates of each stage, the longest allowed ones with a plateau.

    Args:
      setup: a ``TrainingSetup``.
      num_stages: G.
      epochs_per_stage, stage_steps: ``deft``'s settings, one of them None.
      plateau: an ``InformationPlateau`` or None; its ``max_steps`` may stand in for both.

    Raises:
      DlibError: for none or more than one length, for an epoch of a sampler, for a stage that is
        too short for its plateau, and where ``model.training_steps`` is another sum.
    """
    given = {"deft.epochs_per_stage": epochs_per_stage, "deft.stage_steps": stage_steps}
    if plateau:
        given["information_plateau.max_steps"] = plateau.max_steps
    bound = {name: value for name, value in given.items() if value is not None}
    if len(bound) != 1:
        names = list(given)
        raise DlibError(
            f"deft needs the length of its stages once: bind either {', '.join(names[:-1])} or "
            f"{names[-1]} (None for the others)."
        )
    ((name, value),) = bound.items()
    lengths = one_per_stage(name, value, num_stages)
    if name == "deft.epochs_per_stage":
        lengths = [n * _updates_of_an_epoch(setup) for n in lengths]
    if setup.training_steps not in (None, sum(lengths)):
        raise DlibError(
            f"model.training_steps = {setup.training_steps}, but the {num_stages} stages of deft "
            f"last {sum(lengths)} updates ({lengths}): set it to None or to their sum."
        )
    if plateau and min(lengths) <= plateau.min_steps:
        raise DlibError(
            f"a stage of deft may last {min(lengths)} updates ({name}), so that "
            f"information_plateau.min_steps = {plateau.min_steps} can never end it early: lower "
            f"min_steps and patience, or leave out deft.adaptive_stages."
        )
    return lengths


def one_per_stage(name, value, num_stages):
    """``value`` for each stage: an int for all, or a list of one per stage; all >= 1."""
    values = list(value) if isinstance(value, list | tuple) else [value] * num_stages
    if len(values) != num_stages:
        raise DlibError(
            f"{name} = {value} has {len(values)} values for the {num_stages} stages of deft.betas: "
            f"give one number for all, or one per stage."
        )
    return [settings.whole(name, v) for v in values]


def _updates_of_an_epoch(setup):
    if setup.num_images is None:
        raise DlibError(
            "deft.epochs_per_stage needs a data set of stored images; this one is a sampler: "
            "bind deft.stage_steps."
        )
    return math.ceil(setup.num_images / setup.batch_size)
