"""The one training loop. It knows no method by name: a method brings its losses, its parameter
groups, their learning rates, and its stages."""

import contextlib
import time
from pathlib import Path

import gin
import torch

from dlib.methods.unsupervised import checkpoint
from dlib.methods.unsupervised.finite_loss import FiniteLoss, sees_at_once
from dlib.methods.unsupervised.gaussian_encoder_model import save_module
from dlib.methods.unsupervised.progress import make_progress
from dlib.methods.unsupervised.signals import on_signal
from dlib.methods.unsupervised.train_log import TrainLog
from dlib.utils.errors import DlibError


class TrainingInterrupted(KeyboardInterrupt):
    """A signal arrived; the training was saved and can go on."""


class TrainingLoop:
    """Trains a bound method to its last step, from wherever its folder's checkpoint is.

    Args:
      model: a bound method.
      data: the data set, for callbacks.
      loader: gives batches by ``next_batch``.
      settings: ``RunSettings``.
      device: where batches go.
      model_dir: folder of the training.
      config: the configuration's text, kept with each checkpoint and module.
    """

    def __init__(self, model, data, loader, settings, device, model_dir, config):
        self.model = model
        self.data = data
        self.loader = loader
        self.settings = settings
        self.device = device
        self.model_dir = Path(model_dir)
        self.config = config
        self.groups = model.parameter_groups()
        self.optimizers = self._make_optimizers()
        self.seconds = 0.0  # spent in training, over all sittings
        self._has_ended = False  # whether the callbacks know that the last update is done
        self._finite = FiniteLoss(device)
        self._log = None
        self._rows_at_checkpoint = None

    def _make_optimizers(self):
        return {name: make_optimizer(name, groups) for name, groups in self.groups.items()}

    @property
    def step(self):
        """Updates done so far."""
        return self.model.global_step

    def log(self, row):
        """Writes a row to the training's log; the step is added."""
        self._log.write({"step": self.step, **row})

    def run(self):
        """Trains, saves, and logs until the last step.

        Raises:
          DlibError: if the loss stops being finite; the last checkpoint is kept.
          TrainingInterrupted: on SIGINT or SIGTERM, after saving; what callbacks do at the
            training's end is then done once more when it goes on.
        """
        self._restore()
        if self._has_ended:
            return  # all of it was done in an earlier sitting
        self._clock = _Clock(self.step)
        self._log = TrainLog(
            self.model_dir, self.step, self.settings.tensorboard, self._rows_at_checkpoint
        )
        self.model.train()
        arrived = []  # names of signals; an update is ended before they are heeded
        try:
            with on_signal(arrived.append):
                with make_progress(self.model, self.settings.progress) as progress:
                    while self.step < self.model.training_steps:
                        self._one_step(progress)
                        if arrived:
                            self._save()
                            self._interrupt(arrived[0])
                self._end(arrived)
        finally:
            self._log.close()

    def _end(self, arrived):
        """Tells the callbacks. The last update is saved, so a signal need not wait for them."""
        with on_signal(self._interrupt):
            if arrived:
                self._interrupt(arrived[0])
            with self._clock.stopped():
                for callback in self.settings.callbacks:
                    callback.on_training_end(self)
            self._has_ended = True
            self._save()  # what follows the training need not end in this sitting

    def _interrupt(self, signal_name):
        raise TrainingInterrupted(
            f"stopped by {signal_name} after update {self.step} of {self.model.training_steps}; "
            f"the same command goes on from there."
        )

    def _one_step(self, progress):
        stages = self.model.stages()
        stage = self.model.stage_index(self.step)
        if self.model.reset_optimizer and self.step and self.step == stages[stage].start:
            self.optimizers = self._make_optimizers()
        pressure = self.model.pressure()
        self._update()
        stages = self.model.stages()  # the update may have ended one
        self.model.global_step += 1
        is_last = self.step == self.model.training_steps
        due_to_save = self.step % self.settings.checkpoint_every == 0 or is_last
        due_to_log = self.step % self.settings.log_every == 0 or self.step == stages[stage].end
        self._finite.note(self.step, self.model.last_terms["loss"])
        if sees_at_once(self.device) or due_to_log:
            self._check_finite()
        if due_to_log:
            progress.update(self._log_losses(stage, pressure))
        with self._clock.stopped():
            for callback in self.settings.callbacks:
                callback.on_update(self)
        if self.step == stages[stage].end:
            self._end_stage(stage, len(stages))
        if due_to_save:
            self._save()

    def _update(self):
        """One update of every optimizer, all from the same losses."""
        self._set_learning_rates()
        images = self.loader.next_batch()
        with self.settings.autocast(self.device):
            losses = self.model.losses(images)
        names = list(losses)
        for optimizer in self.optimizers.values():
            optimizer.zero_grad(set_to_none=True)
        for name in names:
            # Each loss reaches the parameters of its own optimizer only.
            parameters = [p for group in self.groups[name].values() for p in group]
            losses[name].backward(inputs=parameters, retain_graph=name != names[-1])
        self.model.scale_gradients(self.step)
        for name in names:
            self.optimizers[name].step()

    def _set_learning_rates(self):
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                factor = self.model.learning_rate_factor(group["name"], self.step)
                group["lr"] = group["schedule"](global_step=self.step) * factor

    def _check_finite(self):
        if bad := self._finite.first_bad():
            step, loss = bad
            self._stop_because(f"the loss is {loss} at update {step}")

    def _check_weights_are_finite(self):
        """A finite loss may have had a gradient that is not; such weights must not be saved."""
        for name, parameter in self.model.named_parameters():
            if not parameter.isfinite().all():
                self._stop_because(f"{name} is no longer finite after update {self.step}")

    def _stop_because(self, reason):
        last = checkpoint.latest(self.model_dir / "checkpoint")
        kept = f"the checkpoint {last.name} is kept" if last else "no checkpoint was made yet"
        raise DlibError(f"{reason}; {kept}: lower the learning rate, or look at the data.")

    def _log_losses(self, stage, pressure):
        row = {
            "step": self.step,
            "stage": stage,
            "beta": pressure,
            **{name: term.item() for name, term in self.model.last_terms.items()},
            "images_per_second": self._clock.rate(self.step) * self.loader.batch_size,
        }
        self._log.write(row)
        return row

    def _end_stage(self, stage, num_stages):
        if ending := self.model.stage_ending(stage):
            self.log(ending)
        with self._clock.stopped():
            if num_stages > 1:
                save_module(self.model, self.model_dir / "stages" / str(stage), self.config)
            for callback in self.settings.callbacks:
                callback.on_stage_end(self, stage)

    def _save(self):
        self.save_checkpoint(self.model_dir / "checkpoint")

    def save_checkpoint(self, directory):
        """Writes what the training needs to go on from here into ``directory``, alone there."""
        self._check_finite()
        self._check_weights_are_finite()
        self.seconds += self._clock.lap()
        state = {
            "config": self.config,
            "loader": self.loader.state_dict(),
            "log_rows": self._log.rows,
            "source": self._source(),
            "device": self.device.type,
            "threads": torch.get_num_threads(),
            "seconds": self.seconds,
            "has_ended": self._has_ended,
            "callbacks": [
                [type(callback).__name__, callback.state_dict()]
                for callback in self.settings.callbacks
            ],
        }
        checkpoint.save(directory, self.model, self.optimizers, state)

    def _restore(self):
        path = checkpoint.latest(self.model_dir / "checkpoint")
        if path is None:
            return
        header = checkpoint.restore(path, self.model, self.optimizers)
        self.loader.load_state_dict(header["loader"])
        self.seconds = header["seconds"]
        self._has_ended = header["has_ended"]
        self._restore_callbacks(header["callbacks"])
        self._rows_at_checkpoint = header.get("log_rows")
        note = f"going on from update {self.step} ({path.name})"
        print("; ".join([note, *self._differences(header)]))

    def _differences(self, header):
        """What is not as it was when a checkpoint was made, and what that does to the results."""
        source = header.get("source", self._source())
        if source != self._source():
            yield (
                f"it was made on images from {source!r}, now they are from {self._source()!r}: "
                f"results differ if the images do"
            )
        if header["device"] != self.device.type:
            yield (
                f"it was made on {header['device']}, now it is {self.device.type}: the noise is "
                f"another from here on"
            )
        elif header["threads"] != torch.get_num_threads():
            yield (
                f"it was made with {header['threads']} threads, now there are "
                f"{torch.get_num_threads()}: results may differ in the last bits"
            )

    def _source(self):
        """Where the images come from; empty where the data set does not tell."""
        return getattr(self.data, "source", "")

    def _restore_callbacks(self, saved):
        """Each callback gets the state of its class; the list may have changed meanwhile."""
        for callback in self.settings.callbacks:
            index = next((i for i, s in enumerate(saved) if s[0] == type(callback).__name__), None)
            if index is not None:
                callback.load_state_dict(saved.pop(index)[1])


def make_optimizer(name, groups):
    """The optimizer that gin configures as ``<name>_optimizer``, over named groups."""
    make = gin.get_configurable(f"{name}_optimizer")
    return make([{"params": list(params), "name": group} for group, params in groups.items()])


class _Clock:
    """Wall-clock seconds between laps, and updates a second between rows."""

    def __init__(self, step):
        self._lap = self._row = time.perf_counter()
        self._step = step

    def lap(self):
        now = time.perf_counter()
        seconds, self._lap = now - self._lap, now
        return seconds

    @contextlib.contextmanager
    def stopped(self):
        """Leaves out what happens inside: the callbacks' time is not the training's."""
        start = time.perf_counter()
        yield
        now = time.perf_counter()
        # Whoever took a lap inside leaves nothing to count before the end.
        self._lap = min(self._lap + now - start, now)
        self._row += now - start

    def rate(self, step):
        now = time.perf_counter()
        rate = (step - self._step) / (now - self._row)
        self._row, self._step = now, step
        return rate
