"""benchmarks/annealing.py: both ways run the same tests, and its table."""

import csv
import importlib
from pathlib import Path

import pytest
import torch
from tiny_configs import SHORT_FALL
from torch import nn

from dlib.annealing.chunks import Chunk
from dlib.annealing.factor_tests import FactorTests
from dlib.annealing.freezing_point import Criterion, point_of
from dlib.annealing.schedule import Schedule
from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.methods.shared.architectures import lite_encoder


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).resolve().parents[2] / "benchmarks")
    return importlib.import_module("annealing")


@pytest.fixture
def factor_tests(configured, tiny_networks):
    with configured(bindings=[tiny_networks, SHORT_FALL]):
        data = get_named_ground_truth_data("annealing_squares")
        yield FactorTests(data, 3, encoder_fn=lite_encoder, num_latent=2, device="cpu")


def test_a_plain_test_is_dlibs_own(benchmark, factor_tests):
    outcomes = set()
    for position, name in factor_tests.subjects:
        for ours in factor_tests.run(Chunk(position, name, 0, 2)):
            drawn = benchmark.drawn_test(factor_tests, position, ours.repeat)
            point, held, updates = benchmark.plain_test(
                *drawn, factor_tests.schedule, factor_tests.criterion
            )
            expected = point_of(ours.curve, factor_tests.criterion)
            assert (point.outcome, held) == (expected.outcome, ours.curve.held)
            assert updates == len(ours.curve.betas)
            assert point.beta == pytest.approx(expected.beta, rel=1e-3, nan_ok=True)
            outcomes.add(point.outcome)
    assert outcomes == {"found", "never"}


def test_a_network_that_does_not_fall_silent_is_given_up(benchmark, factor_tests):
    drawn = benchmark.drawn_test(factor_tests, 1, 0)
    schedule = Schedule(start=60, steps=60, hold=7, settle=5)
    point, held, updates = benchmark.plain_test(*drawn, schedule, Criterion(1e-9, window=3))
    assert (point.outcome, held, updates) == ("at_once", 7, 0)


def test_the_plain_network_is_pytorchs_own(benchmark, configured, tiny_networks):
    with configured(bindings=[tiny_networks]):
        data = get_named_ground_truth_data("dummy_data")
        tests = FactorTests(data, 3, ["factor 0"], encoder_fn=lite_encoder, device="cpu")
        network, images, copies, _ = benchmark.drawn_test(tests, 0, 0)
    assert not network.encoder.sees_windows
    assert type(network.decoder.last) is nn.ConvTranspose2d
    seen = []
    network.decoder.last.register_forward_hook(lambda _, given, made: seen.append(given[0]))
    network(images, torch.zeros(5 * copies, 1))
    assert seen[0].shape == (20, 32, 32, 32)  # five values, four times each
    assert seen[0].is_contiguous()


def write(folder, *rows):
    header = ("factor", "repeat", "outcome", "beta", "held", "updates", "base")
    with open(folder / "points.csv", "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_the_table_counts_what_was_found_in_all_of_the_time(benchmark, tmp_path):
    write(
        tmp_path,
        ("a", 0, "found", 80.0, 100, 50, "0 1"),
        ("a", 1, "never", "", 150, 400, "0 2"),
        ("b", 0, "found", 20.0, 100, 200, "0 1"),
        ("b", 1, "found", 30.0, 100, 300, "0 1"),
    )
    plain = benchmark.read_outcome(tmp_path, 60.0)
    assert plain.points == {"a": [80.0, 0.0], "b": [20.0, 30.0]}
    assert plain.updates == {"a": 700, "b": 700}
    assert (plain.found, plain.per_minute) == (3, 3.0)
    assert plain.milliseconds == pytest.approx(60e3 / 1400)
    ours = benchmark.read_outcome(tmp_path, 30.0)
    # 700 (3 + 1) operations at 280 a second: 10 seconds.
    lines = benchmark.table(plain, ours, {"a": 3, "b": 1}, 280.0).splitlines()
    rows = [line[18:].split() for line in lines[1:4]]
    assert rows == [
        ["3/4", "1400", "60.0", "42.9", "3.00"],
        ["3/4", "1400", "30.0", "21.4", "6.00"],
        ["3/4", "1400", "10.0", "7.1", "18.00"],
    ]
    assert lines[4] == "2.00 times the points a minute, 2.00 times the updates"
    assert lines[5:] == [
        "median of a: below the last beta, dlib below the last beta",
        "median of b: 25, dlib 25",
    ]
