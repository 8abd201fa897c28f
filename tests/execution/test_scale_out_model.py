"""The simulation behind benchmarks/scale_out.py, on cases that can be computed by hand."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).resolve().parents[2] / "benchmarks" / "scale_out_model.py"


@pytest.fixture(scope="module")
def model():
    spec = importlib.util.spec_from_file_location("scale_out_model", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["scale_out_model"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    yield module
    del sys.modules["scale_out_model"]


def load(model, seconds, **changes):
    given = {"checkpoint_every": 1e9, "result_bytes": 0.0, "result_requests": 0.0,
             "checkpoint_bytes": 0.0, "data_bytes": 0.0, **changes}  # fmt: skip
    return model.Load(tuple(seconds), **given)


def test_equal_jobs_run_in_rounds(model):
    cluster = model.Cluster(4, gpus_per_node=2, dispatch=0.0, startup=5.0, request_rate=np.inf)
    found = model.Simulation(cluster, load(model, [100.0] * 10)).run()
    assert found.makespan == 3 * 105.0  # ten jobs in rounds of four
    assert found.efficiency == pytest.approx(10 * 100 / (4 * 315))
    assert (found.done, found.lost, found.failures) == (10, 0.0, 0)


def test_the_driver_hands_out_one_after_another(model):
    cluster = model.Cluster(8, dispatch=10.0, startup=0.0, request_rate=np.inf)
    found = model.Simulation(cluster, load(model, [30.0] * 8)).run()
    assert found.makespan == 8 * 10.0 + 30.0
    assert found.driver_busy == 80.0


def test_results_queue_for_the_storage(model):
    cluster = model.Cluster(4, dispatch=0.0, startup=0.0, bandwidth=1e6, request_rate=np.inf)
    found = model.Simulation(cluster, load(model, [30.0] * 4, result_bytes=5e6)).run()
    assert found.makespan == 30.0 + 4 * 5.0
    assert found.bytes == 2e7


def test_the_data_set_is_read_once_a_node(model):
    cluster = model.Cluster(4, gpus_per_node=2, dispatch=0.0, startup=0.0, bandwidth=1e6,
                            request_rate=np.inf)  # fmt: skip
    found = model.Simulation(cluster, load(model, [30.0] * 8, data_bytes=7e6)).run()
    assert found.bytes == 2 * 7e6
    assert found.makespan == 2 * 7.0 + 2 * 30.0  # the second node waits for the first's transfer


def test_a_failure_costs_what_came_after_the_last_checkpoint(model):
    class FailsAt:
        """One failure, then none."""

        def __init__(self, time):
            self.times = [time, 1e12]

        def exponential(self, mean):
            assert mean == 50.0
            return self.times.pop(0)

    cluster = model.Cluster(1, dispatch=0.0, startup=0.0, mtbf=50.0, repair=7.0,
                            request_rate=np.inf)  # fmt: skip
    asked = load(model, [100.0], checkpoint_every=30.0)
    found = model.Simulation(cluster, asked, FailsAt(75.0)).run()
    assert found.failures == 1
    assert found.lost == 15.0  # of 75 seconds 60 were saved
    assert found.makespan == 75.0 + 7.0 + 40.0


def test_a_failure_without_a_checkpoint_costs_all(model):
    cluster = model.Cluster(8, mtbf=400.0, dispatch=0.0, startup=0.0)
    found = model.Simulation(cluster, load(model, [100.0] * 64), np.random.RandomState(1)).run()
    assert found.done == 64
    assert found.failures > 0
    assert found.lost > 0.0
    assert found.makespan > 800.0


def test_ceilings(model):
    cluster = model.Cluster(8, dispatch=0.1, startup=0.0, jobs_per_gpu=2, bandwidth=1e6)
    found = model.ceilings(cluster, load(model, [100.0] * 60, result_bytes=1e5))
    assert found["the driver's dispatch"] == 100 / 0.1 / 2
    assert found["storage bandwidth"] == 100 / 0.1 / 2
    assert found["the number of jobs"] == 30
