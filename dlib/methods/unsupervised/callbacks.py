"""What a training calls out to; handed in by ``train.callbacks``."""


class Callback:
    """A training's companion; override what is needed.

    ``loop`` is the ``TrainingLoop``: ``loop.model``, ``loop.data``, ``loop.step``,
    ``loop.log(row)``, ``loop.model_dir``. A callback must not draw from the training's random
    states, so that training with it and without it gives the same weights.
    """

    def on_update(self, loop):
        """After each update."""

    def on_stage_end(self, loop, stage_index):
        """After the last update of a stage, before the next one starts."""

    def on_training_end(self, loop):
        """After the last update."""

    def results(self):
        """What it adds to the training's results: a dictionary, asked for after the end."""
        return {}

    def state_dict(self):
        """What a checkpoint must hold: plain numbers, strings and lists."""
        return {}

    def load_state_dict(self, state):
        """Takes back what ``state_dict`` gave."""
