"""A training that is killed at random moments, and goes on, is the training that was not killed."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import safetensors.numpy

from dlib.methods.unsupervised import train_log

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
"""
PROGRAM = """
import sys
from dlib.methods.unsupervised.train import train_with_gin
train_with_gin(sys.argv[2], gin_config_files=[sys.argv[1]])
"""


def start(config, model_dir):
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(config), str(model_dir)])


def last_step(model_dir):
    rows = train_log.read(model_dir)
    return rows[-1]["step"] if rows else 0


def kill_after(process, model_dir, step):
    deadline = time.monotonic() + 120
    while last_step(model_dir) < step and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    return process.wait()


def test_killed_and_going_on_is_the_same_to_the_bit(tmp_path):
    config = tmp_path / "killed.gin"
    config.write_text(CONFIG)
    assert start(config, tmp_path / "whole").wait() == 0
    moments = random.Random(0)
    for low, high in [(5, 40), (50, 100)]:
        process = start(config, tmp_path / "parts")
        assert (
            kill_after(process, tmp_path / "parts", moments.randint(low, high)) == -signal.SIGKILL
        )
    assert start(config, tmp_path / "parts").wait() == 0
    whole, parts = (
        safetensors.numpy.load_file(tmp_path / name / "module/weights.safetensors")
        for name in ("whole", "parts")
    )
    for name in whole:
        np.testing.assert_array_equal(whole[name], parts[name])
    rows = [
        [(row["step"], row["loss"], row["kl_loss"]) for row in train_log.read(tmp_path / name)]
        for name in ("whole", "parts")
    ]
    assert len(rows[0]) == 120
    assert rows[0] == rows[1]
