"""The annealing test of each factor of a labelled data set, from configuration to proposal.

Axes: R repeats, V values, H W C image.
"""

import dataclasses
import sys
from pathlib import Path

import gin
import numpy as np
import torch

from dlib.annealing import results
from dlib.annealing.batched_test import INFORMATION, Curve, run_tests
from dlib.annealing.factor_sets import factor_indices, factor_set
from dlib.annealing.freezing_point import AT_ONCE, Criterion, FreezingPoint
from dlib.annealing.networks import WAYS, SideBySide, make_network
from dlib.annealing.schedule import Schedule
from dlib.annealing.separation import separate
from dlib.data.ground_truth import named_data
from dlib.methods.shared import architectures, settings
from dlib.methods.unsupervised.device import resolve_device
from dlib.postprocessing import inherited_data
from dlib.utils import files, gin_utils, memory, run_folder


@dataclasses.dataclass(frozen=True)
class FactorTest:
    """One repeat of one factor: what it was, what was seen, what came out."""

    factor: str
    repeat: int
    base: tuple
    curve: Curve
    point: FreezingPoint


@gin.configurable("annealing_test", denylist=["data", "factor", "repeats", "random_state"])
def freeze_factor(
    data,
    factor,
    repeats,
    random_state,
    num_latent=1,
    encoder_fn=architectures.standard_encoder,
    information="kl",
    at_least=16,
    at_once=10,
    way="auto",
    device="auto",
):
    """Freezing points of one factor (DEFT paper, section 5.3).

    Args:
      data: a labelled data set.
      factor: position of the factor.
      repeats: tests, each with its own base sample and network.
      random_state: draws base samples and seeds.
      num_latent: latents of each network.
      encoder_fn: an encoder function; the decoder is ``decoder.decoder_fn``'s.
      information: "kl" or "mutual_information".
      at_least: fewest images of an update.
      at_once: tests that run side by side.
      way: see ``SideBySide``.
      device: see ``resolve_device``.

    Returns:
      a list of ``FactorTest``.
    """
    settings.whole("annealing_test.num_latent", num_latent)
    settings.whole("annealing_test.at_once", at_once)
    settings.one_of("annealing_test.information", information, INFORMATION)
    settings.one_of("annealing_test.way", way, WAYS)
    device = resolve_device(device)
    schedule, criterion = Schedule(), Criterion()
    tests = []
    for first in range(0, repeats, at_once):
        count = min(at_once, repeats - first)
        sets = [factor_set(data, factor, random_state, at_least) for _ in range(count)]
        seeds = random_state.randint(2**32, size=count, dtype=np.int64)
        networks = [
            make_network(data.observation_shape, num_latent, encoder_fn, int(seed))
            for seed in seeds
        ]
        images = torch.from_numpy(np.stack([s.images for s in sets]))  # [R, V, H, W, C]
        images = images.permute(0, 1, 4, 2, 3).to(device)
        curves = run_tests(
            SideBySide(networks, way, device),
            lambda running, images=images: images[running],
            sets[0].copies,
            num_latent,
            seeds,
            schedule,
            criterion,
            information,
            device=device,
        )
        for r, (s, curve) in enumerate(zip(sets, curves, strict=True)):
            name = data.factor_names[factor]
            point = point_of(curve, criterion)
            tests.append(FactorTest(name, first + r, s.base, curve, point))
    return tests


def point_of(curve, criterion):
    """The freezing point of a curve; a network that never fell silent froze at once."""
    if not curve.settled:
        return FreezingPoint(AT_ONCE)
    return criterion.find(curve.betas, curve.information)


@gin.configurable("annealing", denylist=["output_dir", "overwrite"])
def anneal(
    output_dir, overwrite=False, factors=None, repeats=50, random_seed=gin.REQUIRED,
    stage_steps=20000,
):  # fmt: skip
    """Tests each factor, proposes a schedule, and writes it all down.

    Args:
      output_dir: where to; a folder that is done is not done again.
      overwrite: whether to start anew.
      factors: names or positions; None for all that have more than one value.
      repeats: tests a factor.
      random_seed: every draw follows from it.
      stage_steps: updates of each stage in the configuration that is written.

    Returns:
      the proposal as a dictionary, see ``results.separation_dict``.

    Raises:
      DlibError: for unlabelled data, a factor with one value, too few repeats, a folder that is
        not ours.
    """
    settings.whole("annealing.repeats", repeats)
    settings.whole("annealing.stage_steps", stage_steps)
    settings.whole("annealing.random_seed", random_seed, 0)
    memory.keep_pages()
    config = gin_utils.as_dict(gin_utils.config_text())
    data = named_data.get_named_ground_truth_data()
    chosen = factor_indices(data, factors)
    # Told before the work, not after it.
    separate({"": np.ones(repeats)}, 2.0, 1.0)
    schedule = Schedule()
    with run_folder.claimed(output_dir, overwrite, config, kind="anneal") as folder:
        done = folder / "deft.gin"
        if done.exists():
            return files.read_json(folder / "separation.json")
        tests = []
        for k in chosen:
            # A stream of its own for each factor, so that the choice of factors changes none.
            random_state = np.random.RandomState([random_seed % 2**32, k])
            tests += freeze_factor(data, k, repeats, random_state)
            _say(tests, data.factor_names[k])
        points = {}
        for test in tests:
            points.setdefault(test.factor, []).append(test.point.bound())
        separation = separate(points, schedule.start, schedule.end)
        results.write(folder, tests, separation, data.source)
        text = results.deft_config(separation, _dataset_bindings(), stage_steps)
        files.write_text(done, text)
    return results.separation_dict(separation)


def anneal_with_gin(output_dir, overwrite=False, gin_config_files=None, gin_bindings=None):
    """``anneal`` as configuration files and bindings say."""
    with gin_utils.configured(gin_config_files, gin_bindings or ()):
        return anneal(output_dir, overwrite)


def _dataset_bindings():
    """Lines that choose the data set and its options, as in the configuration in place."""
    return [f"{key} = {value}" for key, value in inherited_data.dataset_settings().items()]


def _say(tests, name):
    points = [test.point for test in tests if test.factor == name]
    found = [point.beta for point in points if point.outcome == "found"]
    text = f"median {np.median(found):.3g}, {min(found):.3g} to {max(found):.3g}" if found else "-"
    print(f"  {name}: {text} ({len(found)} of {len(points)} found)", file=sys.stderr, flush=True)


def default_output_dir(config_files):
    """``output/<config name>``; names of several files are joined by "+"."""
    return Path("output") / "+".join(Path(f).name.removesuffix(".gin") for f in config_files)
