"""An annealing test from configuration to proposal: resumable, in a folder of its own."""

import contextlib
import signal
import sys
import threading
from pathlib import Path

import gin
import numpy as np
import torch

from dlib.annealing import censored, chunks, inherited_settings, proposals, results, work
from dlib.annealing.factor_tests import FactorTests
from dlib.annealing.freezing_point import point_of
from dlib.annealing.networks import make_network
from dlib.annealing.whole_set_tests import WholeSetTests
from dlib.data.ground_truth import named_data
from dlib.methods.shared import losses, optimizers, settings
from dlib.postprocessing import inherited_data
from dlib.utils import files, gin_utils, memory, run_folder
from dlib.utils.errors import DlibError

VARIANTS = {"factors": FactorTests, "whole_set": WholeSetTests}

# How the work is spread may change between two sittings; the rest may not.
_NOT_SCIENCE = ("annealing.processes",)


class AnnealingInterrupted(KeyboardInterrupt):
    """A signal arrived; what was done is saved and the run can go on."""


@gin.configurable("annealing", denylist=["output_dir", "overwrite"])
def anneal(
    output_dir, overwrite=False, factors=None, repeats=50, random_seed=gin.REQUIRED,
    stage_steps=20000, variant="factors", processes="auto",
):  # fmt: skip
    """Runs the tests, proposes a schedule, and writes it all down; goes on where it was stopped.

    Args:
      output_dir: where to; a folder that is done is not done again.
      overwrite: whether to start anew.
      factors: names or positions; None for all that have more than one value.
      repeats: tests a factor, or of the whole set.
      random_seed: every draw follows from it.
      stage_steps: updates of each stage in the configuration that is written.
      variant: "factors" (labelled data) or "whole_set" (any data).
      processes: of one thread each, which run tests side by side; 1 for this process alone;
        "auto": as many as PyTorch would use threads; 1 on a GPU, and where the configuration
        names what only this process knows (a data set that a script registered).

    Returns:
      the proposal as a dictionary, see ``results.separation_dict``.

    Raises:
      DlibError: for unlabelled data, a factor with one value or that cannot be enumerated, too few
        repeats, a folder that is not ours, in use, or of other settings; if nothing ever froze.
      AnnealingInterrupted: on SIGINT or SIGTERM.
    """
    settings.whole("annealing.repeats", repeats)
    settings.whole("annealing.stage_steps", stage_steps)
    settings.whole("annealing.random_seed", random_seed, 0)
    settings.one_of("annealing.variant", variant, VARIANTS)
    if processes != "auto":
        settings.whole("annealing.processes", processes)
    memory.keep_pages()
    science = gin_utils.as_dict(gin_utils.config_text())
    science = {key: value for key, value in science.items() if key not in _NOT_SCIENCE}
    test = make_tests(variant, random_seed, factors)
    # Told before the work, not after it.
    proposals.check_settings(variant, repeats, test.schedule, test.criterion)
    _check_networks(test)
    with run_folder.locked(output_dir) as folder:
        done = folder / results.DEFT_CONFIG
        # A folder that holds nothing but settings has nothing that is worth keeping.
        is_new = not done.exists() and not chunks.any_saved(folder)
        run_folder.prepare(folder, overwrite or is_new, science, kind="anneal")
        if done.exists():
            chunks.remove(folder)
            return files.read_json(folder / results.SEPARATION)
        plan = chunks.plan(test.subjects, repeats, test.at_once, folder)
        with _interruptible(folder, plan):
            _run(test, plan, folder, (variant, random_seed, factors), processes)
        found = _conclude(test, plan, folder, variant, stage_steps, random_seed)
        chunks.remove(folder)
    return found


def make_tests(variant, random_seed, factors):
    """The tests that the configuration in place describes, on its data set."""
    return VARIANTS[variant](named_data.get_named_ground_truth_data(), random_seed, factors)


def _check_networks(test):
    """One network and its loss, so that mistakes show at once and all settings are recorded."""
    shape = test.data.observation_shape
    if len(shape) != 3:
        raise DlibError(
            f"{test.data.name or 'the data set'} has observations of shape {list(shape)}, and the "
            f"annealing test trains on images [H, W, C]: use a data set of images."
        )
    network = make_network(shape, test.num_latent, test.encoder_fn, 0)
    height, width, channels = shape
    images = torch.zeros(1, channels, height, width)
    with torch.no_grad():
        _, _, outputs = network(images, torch.zeros(1, test.num_latent))
        losses.make_reconstruction_loss(images, outputs)
    optimizers.make_vae_optimizer(list(network.parameters()))


def _run(test, plan, folder, described, processes):
    """Runs the chunks that are not done yet."""
    waiting = [chunk for chunk in plan if not chunk.is_saved(folder)]
    if len(waiting) < len(plan):
        text = f"{folder}: {len(plan) - len(waiting)} of {len(plan)} parts are done; going on"
        print(text, file=sys.stderr, flush=True)

    def say(chunk):
        subject = [c for c in plan if c.subject == chunk.subject]
        if all(c.is_saved(folder) for c in subject):
            _say(chunk.subject, [t for c in subject for t in chunks.load(c, folder)], test)

    config = gin_utils.config_text()
    if processes == "auto":
        spread = test.device.type == "cpu" and work.is_known_elsewhere(config, test.data)
        processes = torch.get_num_threads() if spread else 1
    processes = min(processes, len(waiting))
    if processes > 1:
        names = ("variant", "random_seed", "factors")
        setup = dict(zip(names, described, strict=True)) | {"folder": str(folder)}
        setup["config"] = config
        work.run_in_processes(processes, setup, waiting, say)
    else:
        work.run_here(test, waiting, folder, say)


def _conclude(test, plan, folder, variant, stage_steps, random_seed):
    """From the tests of all chunks to the files of the result."""
    tests = [done for chunk in plan for done in chunks.load(chunk, folder)]
    results.write_tests(folder, tests, test.criterion)  # to look at, should nothing freeze
    propose = {"factors": proposals.from_factors, "whole_set": proposals.from_whole_set}[variant]
    random_state = np.random.RandomState([random_seed % 2**32, len(tests)])
    found = propose(tests, test.schedule, test.criterion, random_state)
    bindings = inherited_settings.import_lines()
    bindings += [f"{key} = {value}" for key, value in inherited_data.dataset_settings().items()]
    bindings += inherited_settings.lines_of_networks()
    return results.write(folder, tests, test, found, bindings, stage_steps)


def anneal_with_gin(output_dir, overwrite=False, gin_config_files=None, gin_bindings=None):
    """``anneal`` as configuration files and bindings say."""
    with gin_utils.configured(gin_config_files, gin_bindings or ()):
        return anneal(output_dir, overwrite)


def default_output_dir(config_files):
    """``output/<config name>``; names of several files are joined by "+"."""
    return Path("output") / "+".join(Path(f).name.removesuffix(".gin") for f in config_files)


def _say(subject, tests, test):
    """One line about the points of a subject."""
    bounds = [point_of(done.curve, test.criterion).bound() for done in tests]
    found = int(censored.is_known(bounds).sum())
    middle, low, high = (
        censored.told(bound, test.schedule.start, test.schedule.end)
        for bound in (censored.median(bounds), min(bounds), max(bounds))
    )
    line = f"  {subject}: median {middle}, {low} to {high} ({found} of {len(bounds)} found)"
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _interruptible(folder, plan):
    """Within it SIGINT and SIGTERM say how to go on; outside the main thread nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number, _):
        done = sum(chunk.is_saved(folder) for chunk in plan)
        raise AnnealingInterrupted(
            f"stopped by {signal.Signals(number).name} with {done} of {len(plan)} parts done; the "
            f"same command goes on from there."
        )

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, previous, strict=True):
            signal.signal(number, handler)
