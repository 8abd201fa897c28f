"""What the tracker costs: seconds of a visit, part by part, beside those of the updates between.

    OMP_NUM_THREADS=2 python benchmarks/tracker.py [--gin_config=tracked_deft_dsprites.gin]

The target is 5 % at a visit every 1000 updates.
"""

import argparse
import time

import gin
import numpy as np
import torch

from dlib.data.ground_truth import named_data
from dlib.evaluation import track_record, tracker
from dlib.methods.unsupervised.base_vae import TrainingSetup, built
from dlib.methods.unsupervised.training_loop import make_optimizer
from dlib.utils import gin_utils


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gin_config", default="tracked_deft_dsprites.gin")
    parser.add_argument("--updates", type=int, default=30)
    flags = parser.parse_args()
    with gin_utils.configured([flags.gin_config]):
        data = named_data.get_named_ground_truth_data()
        batch_size = gin_utils.query("model.batch_size")
        setup = TrainingSetup(
            tuple(data.observation_shape),
            batch_size,
            gin_utils.query("model.training_steps", None),
            data.num_images,
        )
        model = built(gin.get_bindings("model")["model"]).bind(setup, 0, "cpu")
        update = seconds_of_updates(model, data, flags.updates)
        every = gin_utils.query("tracker.every")
        watcher = tracker.Tracker()
        parts = seconds_of_parts(watcher, model, data)
    print(f"{flags.gin_config}, {torch.get_num_threads()} threads, batch size {batch_size}")
    print(f"update                    {update * 1e3:8.0f} ms")
    for name, seconds in parts.items():
        print(f"{name:24}  {seconds:8.2f} s")
    visit = sum(parts.values())
    print(f"visit                     {visit:8.2f} s, one in {every} updates: ", end="")
    print(f"{visit / (every * update):.1%} of the training")


def seconds_of_updates(model, data, number):
    """Seconds of an update: the median of ``number``, after three to warm up."""
    loader = model.make_loader(data, np.random.RandomState(0), "shuffled")
    (name, groups), *_ = model.parameter_groups().items()
    optimizer = make_optimizer(name, groups)
    seconds = []
    for _ in range(number + 3):
        start = time.perf_counter()
        loss = model.losses(loader.next_batch())[name]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds[3:]))


def seconds_of_parts(watcher, model, data):
    """Seconds of each part of a visit; compiled code is compiled before."""
    encode = timed(lambda: watcher.encoded(model, data))
    mean, logvar, factors = watcher.encoded(model, data)
    names, bins = data.factor_names, watcher.num_bins
    parts = {f"encode {len(mean)} points": encode}
    parts["NMI"] = timed(lambda: track_record.of_factors(mean, factors, names, bins))
    parts["MI, TC, DWKL"] = timed(
        lambda: track_record.kl_decomposition(
            mean, logvar, np.random.RandomState(0), num_samples=watcher.num_samples
        )
    )
    part = slice(watcher.metric_points)
    for metric in watcher.metrics:
        small = slice(200)
        tracker.metric_scores(mean[small], factors[small], [metric], 0)
        parts[metric] = timed(
            lambda metric=metric: tracker.metric_scores(mean[part], factors[part], [metric], 0)
        )
    return parts


def timed(action):
    """Seconds of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
