import numpy as np
import pytest
import safetensors.numpy
from tiny_configs import TINY_DEFT

from dlib.methods.unsupervised import checkpoint, train_log
from dlib.methods.unsupervised.branch import train_branch
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import files
from dlib.utils.errors import DlibError

CONFIG = f"""{TINY_DEFT}
deft.stage_steps = 4
model.eval_steps = 1
train.log_every = 1
train.checkpoint_every = 3
train.callbacks = [@stage_checkpoints()]
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "c.gin"
    path.write_text(CONFIG)
    return [str(path)]


@pytest.fixture
def trunk(config, tmp_path):
    train_with_gin(tmp_path / "trunk", gin_config_files=config)
    return tmp_path / "trunk"


def weights(model_dir, module="module"):
    return safetensors.numpy.load_file(model_dir / module / "weights.safetensors")


def losses(model_dir):
    return [(row["step"], row["loss"]) for row in train_log.read(model_dir) if "loss" in row]


def changed(one, other):
    """Names of the weights that differ."""
    return {name for name in one if not np.array_equal(one[name], other[name])}


def test_a_branch_without_changes_is_the_trunk(config, trunk, tmp_path):
    train_branch(trunk, 0, tmp_path / "b", config)
    assert not changed(weights(trunk), weights(tmp_path / "b"))
    assert not changed(weights(trunk, "stages/0"), weights(tmp_path / "b", "stages/0"))
    assert losses(trunk) == losses(tmp_path / "b")
    recorded = files.read_json(tmp_path / "b/branch.json")
    assert recorded.pop("seconds") > 0
    assert recorded == {
        "trunk": str(trunk), "stage": 0, "step": 4, "changed": {},
    }  # fmt: skip


def test_gamma_zero_leaves_the_first_encoder_as_it_was_and_goes_on_with_the_rest(
    config, trunk, tmp_path
):
    train_branch(trunk, 0, tmp_path / "b", config, ["deft.gamma = 0.0"])
    before, after = weights(tmp_path / "b", "stages/0"), weights(tmp_path / "b")
    moved = {".".join(name.split(".")[:3]) for name in changed(before, after)}
    assert not any(name.startswith("encoder.encoders.0") for name in moved)
    assert any(name.startswith("encoder.encoders.1") for name in moved)
    assert any(name.startswith("decoder") for name in moved)
    assert losses(tmp_path / "b")[:5] == losses(trunk)[:5]  # the fifth is before the first change
    assert losses(tmp_path / "b")[5:] != losses(trunk)[5:]
    recorded = files.read_json(tmp_path / "b/branch.json")
    assert recorded["changed"] == {"deft.gamma": ["0.1", "0.0"]}
    train = files.read_json(tmp_path / "b/results/json/train_config.json")
    assert train["deft.gamma"] == "0.0"


def test_a_branch_goes_on_where_it_was_interrupted(config, trunk, tmp_path, monkeypatch):
    gamma = ["deft.gamma = 0.5"]
    train_branch(trunk, 0, tmp_path / "whole", config, gamma)
    with monkeypatch.context() as patched:
        patched.setattr("dlib.methods.unsupervised.train.save_module", _stop)
        with pytest.raises(KeyboardInterrupt):
            train_branch(trunk, 0, tmp_path / "parts", config, gamma)
    last = checkpoint.latest(tmp_path / "parts/checkpoint")
    assert checkpoint.read_header(last)["step"] == 8
    train_branch(trunk, 0, tmp_path / "parts", config, gamma)
    assert not changed(weights(tmp_path / "whole"), weights(tmp_path / "parts"))


def _stop(*_):
    raise KeyboardInterrupt


def test_a_finished_branch_is_left_alone_unless_told(config, trunk, tmp_path):
    train_branch(trunk, 0, tmp_path / "b", config)
    before = files.read_json(tmp_path / "b/results/json/train_results.json")
    train_branch(trunk, 0, tmp_path / "b", config)
    assert files.read_json(tmp_path / "b/results/json/train_results.json") == before
    with pytest.raises(DlibError, match="holds the results of other settings"):
        train_branch(trunk, 0, tmp_path / "b", config, ["deft.gamma = 0.5"])
    train_branch(trunk, 0, tmp_path / "b", config, overwrite=True)
    assert files.read_json(tmp_path / "b/results/json/train_results.json") != before


def test_a_branch_leaves_what_is_not_its_own(config, trunk, tmp_path):
    broken = ["reconstruction_loss.loss_fn = None"]
    with pytest.raises(DlibError, match="loss_fn must be a function"):
        train_with_gin(tmp_path / "b", False, config, broken)
    (tmp_path / "b" / "notes.txt").write_text("precious")
    for overwrite in (False, True):
        train_branch(trunk, 0, tmp_path / "b", config, overwrite=overwrite)
        assert not changed(weights(trunk), weights(tmp_path / "b"))
        assert (tmp_path / "b" / "notes.txt").read_text() == "precious"


@pytest.mark.parametrize(
    ("stage", "binding", "message"),
    [
        (7, "deft.gamma = 0.0", "keeps no checkpoint of stage 7"),
        (0, "model.random_seed = 1", r"cannot change model.random_seed \(0, now 1\)"),
        (0, "encoder.num_latent = 5", r"cannot change encoder.num_latent \(4, now 5\)"),
    ],
)
def test_what_a_branch_cannot_be_is_told(config, trunk, tmp_path, stage, binding, message):
    with pytest.raises(DlibError, match=message):
        train_branch(trunk, stage, tmp_path / "b", config, [binding])
    assert not (tmp_path / "b").exists()
