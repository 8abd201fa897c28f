"""What TensorBoard gets of a tracked training."""

import sys
import types

import pytest
from tiny_configs import TINY_DEFT

from dlib.evaluation.tracks import read
from dlib.methods.unsupervised.train import train_with_gin

CONFIG = f"""{TINY_DEFT}
deft.stage_steps = 1
model.eval_steps = 1
train.tensorboard = True
train.callbacks = [@tracker()]
tracker.num_points = 50
tracker.num_samples = 10
tracker.metrics = ["jemmig"]
"""


@pytest.fixture
def written(monkeypatch):
    """``{(key, step): value}`` of what a writer was asked for; TensorBoard itself is not needed."""
    scalars = {}

    class Writer:
        def __init__(self, log_dir, purge_step=None):
            pass

        def add_scalar(self, key, value, step):
            assert (key, step) not in scalars
            scalars[key, step] = value

        def close(self):
            pass

    fake = types.ModuleType("torch.utils.tensorboard")
    fake.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", fake)
    return scalars


def test_each_number_of_a_visit_is_a_curve_and_the_matrix_is_not(written, tmp_path):
    (tmp_path / "c.gin").write_text(CONFIG)
    train_with_gin(tmp_path / "m", gin_config_files=[str(tmp_path / "c.gin")])
    records = read(tmp_path / "m").records
    assert [record["step"] for record in records] == [1, 2]
    for record in records:
        step = record["step"]
        seen = {key: value for (key, at), value in written.items() if at == step}
        for name in ("beta", "stage", "mutual_information", "kl", "mig", "nmi1"):
            assert seen[f"track/{name}"] == record[name]
        for factor, found in record["factors"].items():
            assert seen[f"track/factors/{factor}/nmi1"] == found["nmi1"]
            assert seen[f"track/factors/{factor}/nmi2"] == found["nmi2"]
        latents = [seen[f"track/kl_per_latent/{d}"] for d in range(4)]
        assert latents == record["kl_per_latent"]
        assert seen["track/metrics/jemmig.jemmig"] == record["metrics"]["jemmig.jemmig"]
        assert not [key for key in seen if key.startswith(("track/nmi/", "track/factor_names"))]
