"""Runs that are stopped in every way go on to the same bytes; processes do the work of one."""

import os
import signal
import subprocess
import sys
import time

import gin
import pytest

from dlib.annealing import anneal, chunks, work
from dlib.annealing.anneal import AnnealingInterrupted, anneal_with_gin
from dlib.data.ground_truth.dummy_data import DummyData
from dlib.utils import run_folder
from dlib.utils.errors import DlibError

SETTINGS = """
dataset.name = "dummy_data"
decoder.decoder_fn = @standard_decoder
annealing_test.encoder_fn = @lite_encoder
annealing_test.at_once = 3
annealing_schedule.start = 4000.0
annealing_schedule.end = 1000.0
annealing_schedule.steps = 3
annealing_schedule.hold = 3
freezing_point.window = 1
freezing_point.threshold = 0.0001  # some of the tests freeze at once, some never
annealing.factors = [0, 1]
annealing.repeats = 5
annealing.random_seed = 3
annealing.processes = 1
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.learning_rate = 0.002
reconstruction_loss.loss_fn = @bernoulli_loss
"""
TABLES = ("points.csv", "curves.csv", "separation.json", "deft.gin")


def tables(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Tables of a run that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    anneal_with_gin(folder, gin_bindings=[SETTINGS])
    return tables(folder)


@pytest.fixture
def stopped_after(monkeypatch):
    """Makes a run receive a signal, or an error, after some parts; gives the parts that ran."""
    ran, run = [], work.run_chunk

    def stop(count, how):
        def run_and_stop(test, chunk, folder):
            if len(ran) == count:
                how()
            run(test, chunk, folder)
            ran.append((chunk.subject, chunk.first))

        monkeypatch.setattr(work, "run_chunk", run_and_stop)
        return ran

    return stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_a_signal_the_run_goes_on_where_it_was(number, whole, stopped_after, tmp_path):
    before = signal.getsignal(signal.SIGINT)
    ran = stopped_after(2, lambda: os.kill(os.getpid(), number))
    name = signal.Signals(number).name
    with pytest.raises(AnnealingInterrupted, match=f"{name} with 2 of 4 parts done; the same"):
        anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS])
    assert len(ran) == 2
    ran = stopped_after(-1, None)
    anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS])
    assert len(ran) == len(set(ran)) == 4  # nothing ran twice
    assert tables(tmp_path / "out") == whole
    assert signal.getsignal(signal.SIGINT) is before


def test_the_order_of_work_and_the_size_of_the_parts_change_nothing(whole, tmp_path):
    more = "annealing_test.at_once = 1"
    anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS, more])
    assert tables(tmp_path / "out") == whole


def test_other_settings_are_refused_unless_nothing_was_done(stopped_after, tmp_path):
    def crash():
        raise RuntimeError("crash")

    folder, other = tmp_path / "out", "annealing.random_seed = 4"
    stopped_after(0, crash)
    with pytest.raises(RuntimeError):
        anneal_with_gin(folder, gin_bindings=[SETTINGS])
    ran = stopped_after(1, crash)
    with pytest.raises(RuntimeError):  # nothing was lost, so the settings may change
        anneal_with_gin(folder, gin_bindings=[SETTINGS, other])
    with pytest.raises(DlibError, match=r"other settings \(annealing.random_seed = 4, now 3\)"):
        anneal_with_gin(folder, gin_bindings=[SETTINGS])
    ran.clear()
    stopped_after(-1, None)
    anneal_with_gin(folder, True, gin_bindings=[SETTINGS])  # --overwrite starts anew
    assert len(ran) == 4


def test_how_the_work_is_spread_may_change(stopped_after, whole, tmp_path):
    stopped_after(1, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(AnnealingInterrupted):
        anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS, "annealing.processes = 'auto'"])
    stopped_after(-1, None)
    anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS])
    assert tables(tmp_path / "out") == whole


def test_a_run_goes_on_on_a_device_that_takes_more_at_once(
    stopped_after, whole, tmp_path, monkeypatch
):
    def on_a_device_that_takes(count):
        def made(*described):
            test = make_tests(*described)
            test.at_once = count
            return test

        monkeypatch.setattr(anneal, "make_tests", made)

    make_tests = anneal.make_tests
    on_a_device_that_takes(2)
    stopped_after(2, lambda: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(AnnealingInterrupted, match="2 of 6 parts done"):
        anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS])
    on_a_device_that_takes(25)
    ran = stopped_after(-1, None)
    anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS])
    # What was done is not done again, and the rest of each factor is one part.
    assert ran[-2:] == [("factor 0", 4), ("factor 1", 0)]
    assert tables(tmp_path / "out") == whole


def test_the_second_process_in_a_folder_says_so(tmp_path):
    with (
        run_folder.locked(tmp_path / "out"),
        pytest.raises(DlibError, match="in use by another process"),
    ):
        anneal_with_gin(tmp_path / "out", gin_bindings=[SETTINGS])


def test_a_mistake_in_a_process_is_told_here(tmp_path):
    setup = {
        "config": SETTINGS.replace("dummy_data", "no_data"), "variant": "factors",
        "random_seed": 0, "factors": None, "folder": str(tmp_path),
    }  # fmt: skip
    with pytest.raises(DlibError, match="no_data"):
        work.run_in_processes(1, setup, chunks.plan([(0, "a")], 1, 1), print)


def test_what_only_this_process_knows_is_not_given_to_others():
    class Mine(DummyData):
        pass

    @gin.configurable("work_encoder")
    def work_encoder(observation_shape, num_latent):
        raise NotImplementedError

    assert work.is_known_elsewhere(SETTINGS, DummyData())
    assert not work.is_known_elsewhere(SETTINGS, Mine())
    named = SETTINGS.replace("@lite_encoder", "@work_encoder")
    assert not work.is_known_elsewhere(named, DummyData())
    assert work.is_known_elsewhere(f"import {__name__}\n{named}", DummyData())


def command(folder):
    program = "import sys; from dlib.commands.anneal import main; sys.exit(main())"
    bindings = SETTINGS.replace("processes = 1", "processes = 2")
    return [
        sys.executable, "-c", program, f"--output_dir={folder}",
        "--gin_config=data/dummy_data.gin", f"--gin_bindings={bindings}",
    ]  # fmt: skip


def children(pid):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True
    )
    return [int(word) for word in listed.stdout.split()]


def is_alive(pid):
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return listed.stdout.strip()[:1] not in ("", "Z")


def wait_for(condition, seconds=200):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_after_kill_9_the_workers_end_and_two_processes_give_what_one_gives(whole, tmp_path):
    folder = tmp_path / "out"
    run = subprocess.Popen(command(folder), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: chunks.any_saved(folder))
        workers = children(run.pid)
        assert len(workers) == 2
    finally:
        run.kill()
        run.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in workers))
    assert not (folder / "deft.gin").exists()
    done = subprocess.run(command(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "parts are done; going on" in done.stderr
    assert tables(folder) == whole
