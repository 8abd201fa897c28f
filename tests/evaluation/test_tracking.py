import numpy as np
import pytest
import torch
from tiny_configs import TINY_DEFT

from dlib.data.ground_truth.dummy_data import DummyData
from dlib.evaluation.metrics import mig, sampling
from dlib.evaluation.tracking import StageScores
from dlib.methods.unsupervised import train_log
from dlib.methods.unsupervised.base_vae import TrainingSetup
from dlib.methods.unsupervised.gaussian_encoder_model import LoadedModel
from dlib.methods.unsupervised.train import train_with_gin
from dlib.methods.unsupervised.vae import BetaVAE
from dlib.utils.errors import DlibError

CONFIG = f"""{TINY_DEFT}
deft.stage_steps = 1
model.eval_steps = 1
train.callbacks = [@stage_scores()]
stage_scores.num_points = 100
"""


def test_scores_are_those_of_the_metric_on_the_same_points(configured, tiny_networks):
    data = DummyData()
    with configured(bindings=[tiny_networks, "encoder.num_latent = 3"]):
        model = BetaVAE(beta=1.0).bind(TrainingSetup((64, 64, 1), 4, 1), seed=0)
    scores = StageScores(num_points=200, random_seed=5).scores(model, data)
    codes, factors = sampling.sample_codes(
        data, lambda x: LoadedModel(model).encode(x)[0], 200, np.random.RandomState(5)
    )
    assert scores["mig"] == pytest.approx(mig.mig(codes, factors))
    assert scores["mig"] == pytest.approx(scores["nmi1"] - scores["nmi2"])  # equations 7 and 8


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"random_seed": "a"}, "stage_scores.random_seed must lie in .*, got 'a'"),
        ({"random_seed": 2**32}, "stage_scores.random_seed must lie in .*, got 4294967296"),
        ({"random_seed": -1}, "stage_scores.random_seed must lie in .*, got -1"),
        ({"random_seed": 0.5}, "stage_scores.random_seed must lie in .*, got 0.5"),
        ({"random_seed": None}, "stage_scores.random_seed must lie in .*, got None"),
        ({"num_points": 1}, "stage_scores.num_points must be a whole number >= 2, got 1"),
        ({"num_bins": "20"}, "stage_scores.num_bins must be a whole number >= 2, got '20'"),
    ],
)
def test_wrong_values_are_told_when_it_is_made(wrong, message):
    with pytest.raises(DlibError, match=message):
        StageScores(**wrong)


def test_each_stage_s_end_is_logged_and_training_is_not_disturbed(tmp_path):
    (tmp_path / "c.gin").write_text(CONFIG)
    train_with_gin(tmp_path / "a", gin_config_files=[str(tmp_path / "c.gin")])
    ends = [row for row in train_log.read(tmp_path / "a") if "stage_end" in row]
    assert [(row["step"], row["stage_end"]) for row in ends] == [(1, 0), (2, 1)]
    assert all(0 <= row["nmi2"] <= row["nmi1"] <= 1 for row in ends)
    train_with_gin(tmp_path / "b", False, [str(tmp_path / "c.gin")], ["train.callbacks = []"])
    weights = [
        torch.from_numpy(
            np.frombuffer(
                (tmp_path / n / "module/weights.safetensors").read_bytes(), np.uint8
            ).copy()
        )
        for n in "ab"
    ]
    assert torch.equal(*weights)
