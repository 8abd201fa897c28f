import json
import os
import signal

import gin
import numpy as np
import pytest
import safetensors.numpy
from tiny_configs import TINY_DEFT

from dlib.data.ground_truth.dummy_data import DummyData
from dlib.evaluation.metrics import mig
from dlib.evaluation.tracker import Tracker
from dlib.evaluation.tracks import read
from dlib.methods.unsupervised import checkpoint, train_log
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.callbacks import Callback
from dlib.methods.unsupervised.train import train_with_gin
from dlib.methods.unsupervised.training_loop import TrainingInterrupted
from dlib.methods.unsupervised.vae import BetaVAE
from dlib.utils.errors import DlibError

CONFIG = f"""{TINY_DEFT}
deft.stage_steps = 5
model.eval_steps = 1
train.log_every = 2
train.checkpoint_every = 4
train.callbacks = [@tracker()]
tracker.every = 3
tracker.num_points = 64
tracker.num_samples = 16
tracker.metrics = ["sap_score", "modularity_explicitness"]
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "c.gin"
    path.write_text(CONFIG)
    return [str(path)]


@gin.configurable("interrupts")
class Interrupts(Callback):
    """Sends SIGTERM to this process after an update."""

    def __init__(self, step):
        self.step = step

    def on_update(self, loop):
        if loop.step == self.step:
            os.kill(os.getpid(), signal.SIGTERM)


def weights(model_dir):
    return safetensors.numpy.load_file(model_dir / "module" / "weights.safetensors")


def losses(model_dir):
    names = ("step", "loss", "kl_loss")
    return [[row[n] for n in names] for row in train_log.read(model_dir) if "loss" in row]


def results(model_dir):
    return json.loads((model_dir / "results/json/train_results.json").read_text())


def test_visits_are_every_few_updates_at_stage_ends_and_at_the_end(config, tmp_path):
    train_with_gin(tmp_path / "m", gin_config_files=config)
    track = read(tmp_path / "m")
    assert track.steps.tolist() == [3, 5, 6, 9, 10]
    assert track.values("beta").tolist() == [8.0, 8.0, 2.0, 2.0, 2.0]
    assert track.values("stage").tolist() == [0, 0, 1, 1, 1]
    assert track.metric_names[0] == "sap_score.SAP_score"
    assert np.isfinite(track.values("modularity_explicitness.modularity_score")).all()
    assert track.nmi().shape == (5, 10, 4)
    assert len(track.records[0]["kl_per_latent"]) == 4


def test_training_is_not_disturbed(config, tmp_path):
    train_with_gin(tmp_path / "with", gin_config_files=config)
    train_with_gin(tmp_path / "without", False, config, ["train.callbacks = []"])
    ours, theirs = weights(tmp_path / "with"), weights(tmp_path / "without")
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name])
    assert losses(tmp_path / "with") == losses(tmp_path / "without")
    # Nor is watching part of what was computed: a tracked training goes on untracked.
    train_with_gin(tmp_path / "with", False, config, ["train.callbacks = []"])


@pytest.mark.parametrize("step", [4, 5, 10])
def test_a_resumed_training_has_the_track_of_one_that_was_not_stopped(config, tmp_path, step):
    train_with_gin(tmp_path / "whole", gin_config_files=config)
    interrupt = ["train.callbacks = [@tracker(), @interrupts()]", f"interrupts.step = {step}"]
    with pytest.raises(TrainingInterrupted):
        train_with_gin(tmp_path / "parts", False, config, interrupt)
    header = checkpoint.read_header(checkpoint.latest(tmp_path / "parts/checkpoint"))
    kept = dict(header["callbacks"])["Tracker"]["track"]
    expected = [s for s in (3, 5, 6, 9, 10) if s <= step]
    assert [record["step"] for record in kept] == expected
    train_with_gin(tmp_path / "parts", gin_config_files=config)
    assert read(tmp_path / "parts").records == read(tmp_path / "whole").records
    for name in ("diffusion", "diffusion_index"):
        assert results(tmp_path / "parts")[name] == results(tmp_path / "whole")[name]


def test_the_diffusion_is_printed_and_kept(config, tmp_path, capsys):
    train_with_gin(tmp_path / "m", gin_config_files=config)
    lines = [line for line in capsys.readouterr().out.splitlines() if "factor" in line]
    assert len(lines) == 10
    assert lines[0].startswith("factor 0: ")
    found = results(tmp_path / "m")
    assert list(found["diffusion"]) == list(DummyData().factor_names)
    peak = read(tmp_path / "m").nmi()[:, 0].max()
    assert found["diffusion"]["factor 0"]["peak"] == pytest.approx(peak)
    assert found["tracker_seconds"] > 0


def test_a_visit_scores_the_mean_of_the_posterior_at_the_same_points(configured, tiny_networks):
    data = DummyData()
    with configured(bindings=[tiny_networks, "encoder.num_latent = 3"]):
        model = BetaVAE(beta=4.0).bind(TrainingSetup((64, 64, 1), 4, 1), seed=0)
    tracker = Tracker(num_points=200, num_samples=50, metrics=("jemmig",), random_seed=5)
    first, again = tracker.record(model, data), tracker.record(model, data)
    assert first == again
    assert model.training
    mean, logvar, factors = tracker.encoded(model, data)
    assert mean.shape == logvar.shape == (200, 3)
    assert first["mig"] == pytest.approx(mig.mig(mean, factors))
    assert first["kl"] == pytest.approx(
        0.5 * np.mean(np.sum(mean**2 + np.exp(logvar) - 1 - logvar, axis=1)), rel=1e-5
    )
    other = Tracker(num_points=200, num_samples=50, metrics=(), random_seed=6)
    assert other.record(model, data)["mig"] != first["mig"]


def test_a_metric_that_fails_says_so_and_stops_nothing(configured, tiny_networks, monkeypatch):
    from dlib.evaluation import array_scores

    def fails(points):
        raise ZeroDivisionError("no")

    monkeypatch.setitem(array_scores._METRICS, "med", fails)
    with configured(bindings=[tiny_networks, "encoder.num_latent = 2"]):
        model = BetaVAE(beta=4.0).bind(TrainingSetup((64, 64, 1), 4, 1), seed=0)
    tracker = Tracker(num_points=50, num_samples=5, metrics=("med", "jemmig"))
    found = tracker.record(model, DummyData())["metrics"]
    assert found["med.error"] == "ZeroDivisionError: no"
    assert any(name.startswith("jemmig.") for name in found)


def test_data_without_factors_is_tracked_by_its_information(configured, tiny_networks):
    class Unlabelled(DummyData):
        factor_names = ()
        factors_num_values = ()

        def sample_factors(self, num, random_state):
            return np.zeros((num, 0), np.int64)

        def sample_observations_from_factors(self, factors, random_state):
            return random_state.random_sample((len(factors), 64, 64, 1)).astype(np.float32)

    with configured(bindings=[tiny_networks, "encoder.num_latent = 2"]):
        model = BetaVAE(beta=4.0).bind(TrainingSetup((64, 64, 1), 4, 1), seed=0)
    tracker = Tracker(num_points=50, num_samples=5)
    record = tracker.record(model, Unlabelled())
    assert "nmi" not in record
    assert "metrics" not in record
    assert record["mutual_information"] <= np.log(50) + 1e-6
    tracker.track.append({"step": 1, **record})
    assert set(tracker.results()) == {"tracker_seconds"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"every": 0}, "tracker.every must be a whole number"),
        ({"metrics": ("mgi",)}, "tracker.metrics must be a list of mig, dci"),
        ({"metrics": "mig"}, "tracker.metrics must be a list"),
        ({"metrics": 5}, "tracker.metrics must be a list"),
        ({"random_seed": 2**32}, "tracker.random_seed must lie in"),
        ({"num_points": 100}, "num_samples = 1000 is more than tracker.num_points = 100"),
        ({"metric_points": 20000}, "metric_points = 20000 is more than"),
        ({"metric_points": 0}, "tracker.metric_points must be a whole number >= 2, got 0"),
    ],
)
def test_wrong_settings_are_told(wrong, message):
    with pytest.raises(DlibError, match=message):
        Tracker(**wrong)


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [
        ("beta_vae", "vae.beta", 4.0),
        ("beta_tc_vae", "beta_tc_vae.beta", 6.0),
        ("annealed_vae", "annealed_vae.c_max", 25.0),
        ("cascade_vae_c", "cascade_vae_c.stage_steps", 8064),
        ("deft", "deft.betas", [70.0, 30.0, 12.0, 4.0]),
    ],
)
def test_the_tracked_experiments_are_those_of_section_3(configured, name, parameter, value):
    with configured([f"tracked_{name}_dsprites.gin"]):
        assert gin.query_parameter(parameter) == value
        assert gin.query_parameter("model.name") == name
        assert gin.query_parameter("dataset.name") == "dsprites_full"
        watchers = gin.query_parameter("train.callbacks")
        assert [watcher.selector for watcher in watchers] == ["stage_scores", "tracker"]
        assert Tracker().every == gin.query_parameter("tracker.every") == 1000
