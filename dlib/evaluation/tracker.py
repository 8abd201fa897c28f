"""Information and scores of a model, again and again while it trains.

Each visit encodes the same points once and computes everything from their codes. What it needs is
drawn from random states of its own, so a training is the same with it and without it.

Axes: N points, D latents, K factors.
"""

import time

import gin
import numpy as np

from dlib.evaluation import array_scores, diffusion, track_record
from dlib.evaluation.metrics import sampling
from dlib.methods.shared import settings
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.gaussian_encoder_model import LoadedModel
from dlib.utils.errors import DlibError

_DRAWN_TOGETHER = 64  # points; what the encoder takes at a time


@gin.configurable("tracker")
class Tracker(Callback):
    """NMI, the KL's parts and scores every few updates, in the log, TensorBoard and checkpoint.

    Each visit (every ``every`` updates, at each stage's end and at the training's end) adds a row
    ``{"step": ..., "track": record}`` to the log; see ``track_record``. At the end it prints how
    far each factor's information has left its best latent, and hands it to the results.

    Args:
      every: updates between visits.
      num_points: N, points that are encoded. The mutual information of images and latents is at
        most log N nats by this estimate.
      metrics: further metrics, names as ``dlib.evaluation.scores`` takes them.
      metric_points: points of those, the first of the N, 2 or more; None for all.
      num_samples: of the N points, how many draws the KL's parts are averaged over.
      num_bins: bins of the histograms that NMI is computed from.
      random_seed: decides points and draws; the same ones at each visit.

    Raises:
      DlibError: for a metric that there is not, or numbers that contradict each other.
    """

    def __init__(
        self,
        every=1000,
        num_points=10000,
        metrics=("beta_vae_sklearn", "dci"),
        metric_points=None,
        num_samples=1000,
        num_bins=20,
        random_seed=0,
    ):
        self.every = settings.whole("tracker.every", every)
        self.num_points = settings.whole("tracker.num_points", num_points, 2)
        self.metrics = _known(metrics)
        self.metric_points = settings.whole(
            "tracker.metric_points", num_points if metric_points is None else metric_points, 2
        )
        self.num_samples = settings.whole("tracker.num_samples", num_samples)
        for name in ("metric_points", "num_samples"):
            if getattr(self, name) > num_points:
                raise DlibError(
                    f"tracker.{name} = {getattr(self, name)} is more than tracker.num_points = "
                    f"{num_points}: lower it, or raise the other."
                )
        self.num_bins = settings.whole("tracker.num_bins", num_bins, 2)
        self.random_seed = settings.seed("tracker.random_seed", random_seed)
        self.track = []  # {"step": ..., **record} of each visit
        self.seconds = 0.0  # spent in visits, over all sittings

    def on_update(self, loop):
        """Visits if it is time."""
        if loop.step % self.every == 0:
            self._visit(loop)

    def on_stage_end(self, loop, stage_index):
        """Visits, so that what a stage has made is on the track."""
        del stage_index
        self._visit(loop)

    def on_training_end(self, loop):
        """Visits, and tells where the factors' information went."""
        self._visit(loop)
        for line in diffusion.lines(self._diffusion()):
            print(line)

    def results(self):
        """``diffusion``, ``diffusion_index``, ``tracker_seconds``; see ``diffusion.report``."""
        if not self.track:
            return {}
        found = {"tracker_seconds": self.seconds}
        if self.track[-1]["factor_names"]:
            found |= diffusion.summary(self._diffusion())
        return found

    def state_dict(self):
        """The track and the seconds."""
        return {"track": self.track, "seconds": self.seconds}

    def load_state_dict(self, state):
        """Takes them back."""
        self.track, self.seconds = state["track"], state["seconds"]

    def record(self, model, data, device="cpu"):
        """The record of one visit to ``model``; see ``track_record.record``."""
        mean, logvar, factors = self.encoded(model, data, device)
        made = track_record.record(
            mean, logvar, factors, data.factor_names, self.num_bins, self.num_samples,
            np.random.RandomState([self.random_seed, 1]),
        )  # fmt: skip
        if self.metrics and data.num_factors:
            part = slice(self.metric_points)
            made["metrics"] = metric_scores(
                mean[part], factors[part], self.metrics, self.random_seed
            )
        return {**track_record.schedule(model), **made}

    def encoded(self, model, data, device="cpu"):
        """Mean and log-variance ``[N, D]`` and factors ``[N, K]`` of the tracker's points."""
        was_training = model.training
        encoder = LoadedModel(model.eval(), device=device)
        codes, factors = sampling.sample_codes(
            data,
            lambda observations: np.concatenate(encoder.encode(observations), axis=1),
            self.num_points,
            np.random.RandomState([self.random_seed, 0]),
            _DRAWN_TOGETHER,
        )
        model.train(was_training)
        return *np.split(codes, 2, axis=1), factors

    def _visit(self, loop):
        if self.track and self.track[-1]["step"] == loop.step:
            return  # the end of a stage falls on a visit
        start = time.perf_counter()
        record = self.record(loop.model, loop.data, loop.device)
        loop.log({"track": record})
        self.track.append({"step": loop.step, **record})
        self.seconds += time.perf_counter() - start

    def _diffusion(self):
        names = self.track[-1]["factor_names"]
        if not names:
            return []
        nmi = np.array([record["nmi"] for record in self.track])  # [T, D, K]
        least = diffusion.above_noise(self.track[-1]["noise"])
        return diffusion.report(nmi.transpose(0, 2, 1), names, least)


def _known(metrics):
    there = array_scores.available()
    if not isinstance(metrics, list | tuple) or not all(name in there for name in metrics):
        raise DlibError(f"tracker.metrics must be a list of {', '.join(there)}; got {metrics!r}.")
    return tuple(metrics)


def metric_scores(codes, factors, metrics, random_seed):
    """``{"<metric>.<score>": value}``; a metric that fails says so as ``<metric>.error``."""
    rows = array_scores.scores(codes, factors, metrics, random_seed).to_dict("records")
    return {
        f"{row['metric']}.{'error' if row['error'] else row['score']}": row["error"] or row["value"]
        for row in rows
    }
