import numpy as np
import pytest

from dlib.config import gamma_sweep
from dlib.evaluation import tracks
from dlib.utils import files
from dlib.utils.errors import DlibError

CONFIG = """
include "track/gamma_sweep_dsprites.gin"
include "data/triangle_correlated.gin"
encoder.num_latent = 4
deft.betas = [4.0, 1.0]
deft.group_size = 2
deft.epochs_per_stage = None
deft.stage_steps = 3
model.batch_size = 8
model.eval_steps = 1
train.progress = False
tracker.every = 2
tracker.num_points = 300
tracker.num_samples = 50
"""


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """Trainings with three gammas from one first stage, and what was measured."""
    folder = tmp_path_factory.mktemp("sweep")
    config = folder / "sweep.gin"
    config.write_text(CONFIG)
    folders = gamma_sweep.train(folder, gammas=(0.0, 0.1, 1.0), config=str(config))
    return folders, gamma_sweep.measure(folders, config=str(config)), str(config)


def test_the_first_stage_is_trained_once(sweep):
    folders, rows, _ = sweep
    assert [row["gamma"] for row in rows] == [0.0, 0.1, 1.0]
    first = {(f / "stages/0/weights.safetensors").read_bytes() for f in folders.values()}
    last = {(f / "module/weights.safetensors").read_bytes() for f in folders.values()}
    assert (len(first), len(last)) == (1, 3)
    assert files.read_json(folders[0.0] / "branch.json")["trunk"] == str(folders[0.1])
    assert not (folders[0.1] / "branch.json").exists()
    for folder in folders.values():  # the log of a branch has the first stage, too
        assert tracks.read(folder).steps.tolist() == [2, 3, 4, 6]


def test_at_gamma_zero_the_first_group_knows_what_it_knew(sweep):
    zero, tenth, one = sweep[1]
    assert zero["encoder_change"] == 0.0
    assert zero["mi_first_after"] == zero["mi_first_before"]
    assert zero["kl_first_after"] == zero["kl_first_before"]
    assert zero["kl_after"] != zero["kl_before"]  # the other group goes on
    assert 0 < tenth["encoder_change"] < one["encoder_change"]
    before = [row[f"{name}_before"] for row in sweep[1] for name in ("kl", "mi", "nmi1")]
    np.testing.assert_array_equal(before, before[:3] * 3)


def test_what_is_measured_is_what_the_tracker_saw(sweep):
    folders, rows, _ = sweep
    for row in rows:
        record = tracks.read(folders[row["gamma"]]).records
        assert row["kl_before"] == pytest.approx(record[1]["kl"], rel=1e-5)
        assert row["mi_after"] == pytest.approx(record[-1]["mutual_information"], abs=1e-4)
        assert row["nmi2_after"] == pytest.approx(record[-1]["nmi2"], abs=1e-6)


def test_gamma_can_act_from_the_first_update_on(sweep, tmp_path):
    folders = gamma_sweep.train(tmp_path, gammas=(1.0,), anew=True, config=sweep[2])
    assert folders == {1.0: tmp_path / "gamma_1_anew" / "model"}
    assert not (folders[1.0] / "branch.json").exists()
    (row,) = gamma_sweep.measure(folders, config=sweep[2])
    assert row["kl_before"] != sweep[1][2]["kl_before"]


def test_a_trunk_that_is_not_among_the_gammas_is_trained_all_the_same(sweep, tmp_path):
    folders = gamma_sweep.train(tmp_path, gammas=(0.0,), config=sweep[2])
    assert list(folders) == [0.0]
    (row,) = gamma_sweep.measure(folders, config=sweep[2])
    assert row == sweep[1][0]


def test_a_configuration_without_stage_checkpoints_is_told(sweep, tmp_path):
    with pytest.raises(DlibError, match="keeps no checkpoint of stage 0"):
        gamma_sweep.train(
            tmp_path, ["train.callbacks = [@tracker()]"], gammas=(0.0,), config=sweep[2]
        )


def test_the_answer_says_what_changed_and_what_did_not():
    row = {"gamma": 0.0, "encoder_change": 0.0, "kl_first_before": 2.0, "kl_first_after": 2.0}
    row |= {"mi_first_before": 1.5, "mi_first_after": 1.5, "mi_before": 1.5, "mi_after": 2.75}
    row |= {"kl_before": 2.1, "kl_after": 3.1}
    assert gamma_sweep.answer(row) == (
        "gamma 0: I(x; z) of the first group does not change (1.50 -> 1.50 nats), its KL "
        "2.00 -> 2.00; of all latents increases (1.50 -> 2.75 nats), their KL 2.10 -> 3.10; the "
        "first encoder is the same to the bit"
    )
    row |= {"mi_first_after": 1.0, "encoder_change": 0.031}
    assert "decreases (1.50 -> 1.00 nats)" in gamma_sweep.answer(row)
    assert "change by up to 0.031" in gamma_sweep.answer(row)
