"""A training that is killed at any moment, and goes on, is the training that was not killed."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from small_trainings import assert_same_training, rows

from dlib.evaluation.evaluate import evaluate_with_gin
from dlib.methods.unsupervised import train_log
from dlib.postprocessing.postprocess import postprocess_with_gin

CONFIG = """
include "method/deft.gin"
include "train/paper.gin"
dataset.name = "dsprites_full"
encoder.num_latent = 4
deft.betas = [8.0, 2.0]
deft.group_size = 2
deft.stage_steps = 60
model.batch_size = 16
model.eval_steps = 2
train.progress = False
train.log_every = 1
train.checkpoint_every = 7
train.threads = 1
train.callbacks = [@tracker(), @stage_scores()]
stage_scores.num_points = 300
tracker.every = 25
tracker.num_points = 50
tracker.num_samples = 10
tracker.metrics = []
"""
PROGRAM = """
import sys, time
from dlib.evaluation.tracker import Tracker
from dlib.methods.unsupervised import checkpoint, train
from dlib.utils import files

def stall(*_):
    print("now", flush=True)
    time.sleep(60)

exec(sys.argv[3])
train.train_with_gin(sys.argv[2], gin_config_files=[sys.argv[1]])
"""
# Where a sitting stalls, to be killed there.
HALF_WRITTEN = """
def write_half(path, content):
    with files.replacing(path) as temporary:
        temporary.write_bytes(content[: len(content) // 2])
        if path.name == "step_0000000056.safetensors":
            stall()
        temporary.write_bytes(content)
checkpoint.files.write_bytes = write_half
"""
NOT_REMOVED = """
class Kept(type(checkpoint.Path())):
    def unlink(self, *args, **kwargs):
        if self.name == "step_0000000091.safetensors":
            stall()
        super().unlink(*args, **kwargs)
checkpoint.Path = Kept
"""
CALLBACKS_END = "Tracker.on_training_end = stall"
TRAINING_ENDED = "train.save_module = stall"


def start(config, model_dir, moment="", **kwargs):
    command = [sys.executable, "-c", PROGRAM, str(config), str(model_dir), moment]
    return subprocess.Popen(command, **kwargs)


def killed_at(moment, config, model_dir):
    """Runs a sitting up to a moment and kills it; the files in its checkpoint folder."""
    with start(config, model_dir, moment, stdout=subprocess.PIPE, text=True) as process:
        assert "now\n" in iter(process.stdout.readline, "")
        process.kill()
    return sorted(path.name for path in (model_dir / "checkpoint").iterdir())


def last_step(model_dir):
    rows = train_log.read(model_dir)
    return rows[-1]["step"] if rows else 0


def kill_after(process, model_dir, step):
    deadline = time.monotonic() + 120
    while last_step(model_dir) < step and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    return process.wait()


def scores(run):
    """The results of a small MIG of a training."""
    postprocess_with_gin(run, run / "mean", False, ["postprocess/mean.gin"])
    small = ["mig.num_train = 300", "evaluation.random_seed = 0"]
    evaluate_with_gin(run / "mean", run / "mig", False, ["metric/mig.gin"], small)
    found = json.loads((run / "mig/results/json/evaluation_results.json").read_text())
    return {name: value for name, value in found.items() if name not in ("uuid", "elapsed_time")}


@pytest.mark.timeout(600)  # seven processes; half a minute where nothing else is at work
def test_killed_and_going_on_is_the_same_to_the_bit(tmp_path):
    config = tmp_path / "killed.gin"
    config.write_text(CONFIG)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert start(config, whole).wait() == 0
    step = random.Random(0).randint(5, 40)
    assert kill_after(start(config, parts), parts, step) == -signal.SIGKILL
    before, half = killed_at(HALF_WRITTEN, config, parts)[::-1]
    assert before == "step_0000000049.safetensors"
    assert half.startswith(".step_0000000056.safetensors.")
    names = [f"step_{step:010d}.safetensors" for step in (91, 98, 120)]
    assert killed_at(NOT_REMOVED, config, parts) == names[:2]
    assert killed_at(CALLBACKS_END, config, parts) == names[2:]
    assert killed_at(TRAINING_ENDED, config, parts) == names[2:]
    assert start(config, parts).wait() == 0
    assert sum("loss" in row for row in rows(parts)) == 120
    assert [row["stage_end"] for row in rows(parts) if "mig" in row] == [0, 1]
    assert_same_training(whole, parts)
    assert scores(whole) == scores(parts)
    environment = json.loads((parts / "results/json/train_environment.json").read_text())
    assert environment["dataset_source"] == "rendered"
