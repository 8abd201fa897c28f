"""A short training of each method, tracked: its rows describe it, and nothing else changes."""

from pathlib import Path

import numpy as np
import pytest

import gin_configs
from dlib.data.ground_truth.dummy_data import DummyData
from dlib.evaluation import track_record, tracks
from dlib.evaluation.metrics import mutual_information
from dlib.evaluation.tracker import Tracker
from dlib.methods.unsupervised.gaussian_encoder_model import load
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils.gin_utils import configured

CONFIG = """
include "train/paper.gin"
dataset.name = "dummy_data"
model.batch_size = 4
model.eval_steps = 1
train.device = "cpu"
train.progress = False
train.callbacks = [@tracker()]
tracker.every = 2
tracker.num_points = 50
tracker.num_samples = 10
tracker.metrics = []
"""
LENGTH = "model.training_steps = 3"
FEW_LABELS = "model.num_labelled_samples = 20"
# What a file of `gin_configs/method` leaves to its experiment.
SETTINGS = {
    "ada_gvae": "group_vae.beta = 2.0",
    "ada_ml_vae": "mlvae.beta = 2.0",
    "annealed_vae": "annealed_vae.c_max = 6.0\nannealed_vae.iteration_threshold = 4",
    "beta_tc_vae": "beta_tc_vae.beta = 6.0",
    "beta_vae": "vae.beta = 4.0",
    "cascade_vae_c": "cascade_vae_c.stage_steps = 1",
    "control_vae": "control_vae.c_max = 9.0\ncontrol_vae.ramp_steps = 3",
    "deft": """
deft.betas = [8.0, 2.0, 1.0]
deft.group_size = 2
deft.stage_steps = 1
encoder.num_latent = 6""",
    "deft_fork": "deft.stage_steps = 1",
    "dip_vae_i": "dip_vae.lambda_od = 2.0",
    "dip_vae_ii": "dip_vae.lambda_od = 2.0",
    "dynamic_vae": "dynamic_vae.c_max = 9.0\ndynamic_vae.ramp_steps = 3",
    "factor_vae": "factor_vae.gamma = 4.0",
    "factorized_support": "factorized_support.gamma = 1.0",
    "group_vae_labels": "group_vae.beta = 2.0",
    "mlvae_labels": "mlvae.beta = 2.0",
    "s2_beta_tc_vae": "s2_beta_tc_vae.beta = 6.0\ns2_beta_tc_vae.gamma_sup = 2.0",
    "s2_dip_vae": """
s2_dip_vae.lambda_od = 2.0
s2_dip_vae.lambda_d_factor = 10.0
s2_dip_vae.dip_type = "i"
s2_dip_vae.gamma_sup = 2.0""",
    "s2_factor_vae": "s2_factor_vae.gamma = 4.0\ns2_factor_vae.gamma_sup = 2.0",
    "s2_mine_vae": "s2_mine_vae.beta = 2.0\ns2_mine_vae.gamma_sup = 2.0",
    "s2_vae": "s2_vae.beta = 2.0\ns2_vae.gamma_sup = 2.0",
    "supervised": "",
}
METHODS = sorted(path.stem for path in (Path(gin_configs.__path__[0]) / "method").glob("*.gin"))


# What the tracker must say of the schedule; None where a method has no pressure on the whole KL.
PRESSURES = {
    **dict.fromkeys(("ada_gvae", "ada_ml_vae", "group_vae_labels", "mlvae_labels"), [2.0, 2.0]),
    **dict.fromkeys(("s2_vae", "s2_mine_vae"), [2.0, 2.0]),
    "beta_vae": [4.0, 4.0],
    "factorized_support": [1.0, 1.0],
    "deft": [8.0, 2.0, 1.0],
    "deft_fork": [70.0, 30.0, 12.0, 4.0, 4.0],
}
STAGES = {"cascade_vae_c": [0, 1, 2], "deft": [0, 1, 2], "deft_fork": [0, 1, 2, 3, 4]}


@pytest.fixture(params=METHODS)
def name(request):
    return request.param


@pytest.fixture
def config(name, tmp_path):
    lines = [f'include "method/{name}.gin"', CONFIG, SETTINGS[name]]
    lines += [] if name.startswith("deft") else [LENGTH]
    lines += [FEW_LABELS] if name.startswith(("s2_", "supervised")) else []
    path = tmp_path / "c.gin"
    path.write_text("\n".join(lines))
    return [str(path)]


def test_a_training_of_any_method_is_tracked_and_not_disturbed(name, config, tmp_path):
    train_with_gin(tmp_path / "with", gin_config_files=config)
    track = tracks.read(tmp_path / "with")
    stages = STAGES.get(name, [0, 0])
    # Every second update, each stage's end, the end.
    assert track.steps.tolist() == ([2, 3] if len(set(stages)) == 1 else [s + 1 for s in stages])
    assert track.values("stage").tolist() == stages
    if name not in ("control_vae", "dynamic_vae"):  # their pressure is what comes out
        assert [record["beta"] for record in track.records] == PRESSURES.get(
            name, [None] * len(stages)
        )
    if name == "annealed_vae":  # C of the updates 1 and 2, of 4 until it is 6
        assert track.values("capacity").tolist() == [1.5, 3.0]

    last = track.records[-1]
    assert "metrics" not in last
    model = load(tmp_path / "with").model
    with configured(config):
        mean, logvar, factors = Tracker().encoded(model, DummyData())
    assert mean.shape == (50, model.num_latent)
    np.testing.assert_allclose(
        last["kl_per_latent"], track_record.kl_of_latents(mean, logvar), rtol=1e-5
    )
    np.testing.assert_allclose(
        last["nmi"], mutual_information.nmi_matrix(mean, factors, 20), atol=1e-12
    )

    train_with_gin(tmp_path / "without", False, config, ["train.callbacks = []"])
    unwatched = load(tmp_path / "without").model.state_dict()
    watched = model.state_dict()
    assert all(watched[key].equal(unwatched[key]) for key in unwatched)
