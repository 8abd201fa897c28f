import json
import sys

import pytest
from small_trainings import DEFT, assert_same_training, losses

from dlib.data.ground_truth.dummy_data import DummyData
from dlib.methods.unsupervised.train import WRITES, train, train_with_gin
from dlib.utils import run_folder
from dlib.utils.errors import DlibError


@pytest.fixture
def deft(tmp_path):
    path = tmp_path / "deft.gin"
    path.write_text(DEFT)
    return str(path)


def test_a_training_leaves_module_results_log_and_stages(deft, tmp_path, monkeypatch):
    monkeypatch.setattr(DummyData, "source", "noise")
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    rows = losses(tmp_path / "m")
    assert [row["step"] for row in rows] == list(range(1, 13))
    assert [row["beta"] for row in rows] == [8.0] * 6 + [2.0] * 6
    assert [row["stage"] for row in rows] == [0] * 6 + [1] * 6
    for row in rows:
        expected = row["reconstruction_loss"] + row["beta"] * row["kl_loss"]
        assert row["loss"] == pytest.approx(expected, rel=1e-5)
    aggregate = json.loads((tmp_path / "m/results/aggregate/train.json").read_text())
    assert aggregate["train_results.global_step"] == 12
    assert aggregate["train_config.deft.betas"] == "[8.0, 2.0]"
    assert aggregate["train_config.dataset.name"] == "'dummy_data'"
    assert aggregate["train_environment.device"] == "cpu"
    assert aggregate["train_environment.dataset_source"] == "noise"
    for stage in "01":
        assert (tmp_path / "m/stages" / stage / "weights.safetensors").is_file()
    assert not (tmp_path / "m/checkpoint").exists()


def test_equal_seeds_give_equal_trainings_and_others_do_not(deft, tmp_path):
    train_with_gin(tmp_path / "a", gin_config_files=[deft])
    train_with_gin(tmp_path / "b", gin_config_files=[deft])
    train_with_gin(tmp_path / "c", gin_config_files=[deft], gin_bindings=["model.random_seed = 1"])
    assert_same_training(tmp_path / "a", tmp_path / "b")
    assert losses(tmp_path / "a") != losses(tmp_path / "c")


def test_a_finished_training_is_left_alone(deft, tmp_path, capsys):
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    before = (tmp_path / "m/results/aggregate/train.json").read_bytes()
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    assert "trained already" in capsys.readouterr().out
    assert (tmp_path / "m/results/aggregate/train.json").read_bytes() == before
    train_with_gin(tmp_path / "m", True, [deft])
    assert (tmp_path / "m/results/aggregate/train.json").read_bytes() != before  # another uuid


def test_another_configuration_is_refused_and_told(deft, tmp_path):
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    with pytest.raises(DlibError, match="deft.gamma = 0.1, now 0.5"):
        train_with_gin(tmp_path / "m", False, [deft], ["deft.gamma = 0.5"])
    with pytest.raises(DlibError, match=r"train.order = unset, now 'reference'"):
        train_with_gin(tmp_path / "m", False, [deft], ["train.order = 'reference'"])
    # How it runs is not what it computes.
    train_with_gin(tmp_path / "m", False, [deft], ["train.log_every = 7"])


def test_a_folder_where_nothing_was_done_yet_takes_another_configuration(deft, tmp_path):
    with pytest.raises(DlibError, match="loss_fn must be a function"):
        train_with_gin(tmp_path / "m", False, [deft], ["reconstruction_loss.loss_fn = None"])
    train_with_gin(tmp_path / "m", gin_config_files=[deft])
    assert (tmp_path / "m/module/module.json").is_file()


BROKEN = ["reconstruction_loss.loss_fn = None"]  # told when the first loss is computed


@pytest.mark.parametrize("overwrite", [False, True])
def test_starting_anew_leaves_runs_inside_and_notes_of_the_user(deft, tmp_path, overwrite):
    with pytest.raises(DlibError, match="loss_fn must be a function"):
        train_with_gin(tmp_path / "nest", False, [deft], BROKEN)
    train_with_gin(tmp_path / "nest" / "inner", gin_config_files=[deft])
    (tmp_path / "nest" / "notes.txt").write_text("precious")
    for is_new in (True, False):  # the second time there is a finished training
        (tmp_path / "nest" / "stages").mkdir(exist_ok=True)
        (tmp_path / "nest" / "stages" / "of_a_failure").write_text("")
        train_with_gin(tmp_path / "nest", overwrite, [deft])
        assert_same_training(tmp_path / "nest", tmp_path / "nest" / "inner")
        assert (tmp_path / "nest" / "notes.txt").read_text() == "precious"
        is_left = (tmp_path / "nest" / "stages" / "of_a_failure").exists()
        assert is_left == (not overwrite and not is_new)


def test_all_that_a_training_writes_is_known_to_be_its_own(deft, tmp_path):
    callbacks = "train.callbacks = [@tracker(), @stage_scores(), @stage_checkpoints()]"
    small = ["tracker.num_points = 50", "tracker.num_samples = 5", "stage_scores.num_points = 50"]
    small += ["tracker.metrics = []", "train.tensorboard = True", "train.keep_checkpoint = True"]
    train_with_gin(tmp_path / "m", False, [deft], [callbacks, *small])
    there = {path.name for path in (tmp_path / "m").iterdir()}
    assert there == {*WRITES, run_folder.MARKER, run_folder.LOCK} - {"branch.json"}


def test_a_wrong_optimizer_is_told_before_there_is_a_folder(deft, tmp_path):
    for binding in ("vae_optimizer.optimizer_fn = None", "vae/AdamOptimizer.learning_rate = 'x'"):
        with pytest.raises(DlibError, match="must be"):
            train_with_gin(tmp_path / "m", False, [deft], [binding])
    assert not (tmp_path / "m").exists()


def test_a_folder_that_is_not_ours_is_never_touched(deft, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("precious")
    for overwrite in (False, True):
        with pytest.raises(DlibError, match="was not made by dlib"):
            train_with_gin(tmp_path / "thesis", overwrite, [deft])
    assert (tmp_path / "thesis" / "chapter.tex").read_text() == "precious"


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        ("model.training_steps = 5", "training_steps = 5, but the 2 stages of deft last 12"),
        ("model.batch_size = 0", "model.batch_size must be a whole number >= 1, got 0"),
        ("model.eval_steps = 0", "model.eval_steps must be"),
        ("model.eval_steps = None", "model.eval_steps must be"),
        ("model.batch_size = None", "model.batch_size must be"),
        ("model.model = None", "model.model must be a method, such as @vae"),
        ("model.model = 'deft'", "model.model must be a method, such as @vae"),
        ("encoder.num_latent = 'x'", "encoder.num_latent must be a whole number"),
        ("encoder.encoder_fn = 'conv'", "encoder.encoder_fn must be a function, such as"),
        ("decoder.decoder_fn = None", "decoder.decoder_fn must be a function, such as"),
        ("train.device = None", "train.device must be"),
        ("train.tensorboard = 'x'", "train.tensorboard must be True or False, got 'x'"),
        ("train.progress = 1", "train.progress must be True or False, got 1"),
        ("train.keep_checkpoint = None", "train.keep_checkpoint must be True or False, got None"),
        ("train.device = 'meta'", "train.device must be"),
        ("train.threads = 0", "train.threads must be a whole number >= 1"),
        ("train.checkpoint_every = 1.5", "train.checkpoint_every must be a whole number"),
        ("train.callbacks = [1]", "train.callbacks must be a list of callbacks"),
        ("train.callbacks = [@stage_scores]", "train.callbacks must be a list of callbacks"),
        ("train.callbacks = None", "train.callbacks must be a list of callbacks"),
        ("model.random_seed = -1", "model.random_seed must lie in"),
        ("model.random_seed = True", "model.random_seed must lie in .* whole number, got True"),
        (
            "train.callbacks = [@stage_scores()]\nstage_scores.random_seed = 'a'",
            "stage_scores.random_seed must lie in .* whole number, got 'a'",
        ),
        ("train.log_every = 0", "train.log_every must be a whole number >= 1"),
        ("train.precision = 'float16'", "train.precision must be one of float32, bfloat16"),
        ("train.device = 'tpu9'", "train.device must be"),
        ("train.device = 'cuda:7'", "PyTorch sees . CUDA devices"),
        ("train.order = 'sorted'", "sorted"),
        ("deft.gama = 0.5", "Did you mean 'gamma'"),
        ("dataset.name = 'dsprite_full'", "dsprites_full"),
        ("model.model = @vae()\nvae.beta = 4", "has no stages that tell"),
        ("model.model = @vae()", "vae"),
    ],
)
def test_mistakes_are_told_in_one_line_and_leave_nothing(deft, tmp_path, binding, message):
    with pytest.raises(DlibError, match=message) as error:
        train_with_gin(tmp_path / "m", False, [deft], binding.split("\n"))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "m").exists()


def test_a_missing_tensorboard_is_told_before_there_is_a_folder(deft, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(DlibError, match=r"pip install 'deft-dlib\[tensorboard\]'"):
        train_with_gin(tmp_path / "m", False, [deft], ["train.tensorboard = True"])
    assert not (tmp_path / "m").exists()


def test_bfloat16_is_near_float32(deft, tmp_path):
    train_with_gin(tmp_path / "a", gin_config_files=[deft])
    train_with_gin(tmp_path / "b", False, [deft], ["train.precision = 'bfloat16'"])
    full, half = losses(tmp_path / "a"), losses(tmp_path / "b")
    assert half[-1]["loss"] == pytest.approx(full[-1]["loss"], rel=0.02)
    assert half[-1]["loss"] != full[-1]["loss"]


def test_a_run_in_a_folder_that_another_run_holds_stops(deft, tmp_path):
    with run_folder.locked(tmp_path / "m"), pytest.raises(DlibError, match="in use by another"):
        train_with_gin(tmp_path / "m", gin_config_files=[deft])


def test_train_is_importable_as_in_the_reference():
    assert train.__name__ == "train"
