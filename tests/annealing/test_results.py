"""Tables and the configuration of a finished test, from curves made by hand."""

import csv
import io
import math

import numpy as np
import pytest

from dlib.annealing import told
from dlib.annealing.batched_test import Curve
from dlib.annealing.chunks import Test
from dlib.annealing.freezing_point import Criterion, point_of
from dlib.annealing.proposals import Proposal
from dlib.annealing.results import curves_table, deft_config, latents_table, separation_dict
from dlib.annealing.schedule import Schedule
from dlib.annealing.separation import separate
from dlib.visualize import freezing_points


def curve_of(schedule, per_latent, count=None):
    """A curve that shows these latents, ``[T, D]``, and ends after ``count`` updates."""
    nats, none = per_latent[:count], np.zeros((0, per_latent.shape[1]))
    betas = schedule.betas()[:count]
    return Curve(betas, nats.sum(1), nats, -nats.sum(1), 100, True, none.sum(1), none)


def parsed(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_thinned_curve_keeps_its_last_update_so_that_its_point_is_on_it(monkeypatch):
    schedule, criterion = Schedule(steps=20000), Criterion()
    nats = np.maximum(0, 0.5 * np.log(30 / schedule.betas()))[:, None]
    # As a test ends: half a window after the crossing.
    first = int(np.argmax(nats[:, 0] > 0.1))
    curve = curve_of(schedule, nats, first + 1 + criterion.half)
    point = point_of(curve, criterion)
    assert point.beta == pytest.approx(30 * math.exp(-0.2), rel=1e-3)
    rows = parsed(curves_table([Test("posX", 0, (), curve)]))
    updates = [int(row["update"]) for row in rows]
    assert len(rows) <= 401
    assert updates[:2] == [0, 20]
    assert updates[-1] == len(curve.betas) - 1
    assert updates == sorted(set(updates))
    betas = [float(row["beta"]) for row in rows]
    assert betas[-2] > point.beta >= betas[-1]
    drawn = []
    monkeypatch.setattr(freezing_points, "save", lambda made, path: drawn.append(made))
    freezing_points.draw_curve(betas, betas, betas, "path", point.beta, updates)
    assert drawn[0].axes[0].lines[-1].get_xdata()[0] == updates[-1]


@pytest.mark.parametrize(
    ("count", "updates"), [(0, []), (1, [0]), (3, [0, 1, 2]), (801, [*range(0, 801, 3), 800])]
)
def test_every_update_of_a_short_curve_is_kept_once(count, updates):
    curve = curve_of(Schedule(steps=900), np.zeros((900, 1)), count)
    rows = parsed(curves_table([Test("posX", 0, (), curve)]))
    assert [int(row["update"]) for row in rows] == updates


def test_a_whole_set_has_its_own_point_beside_those_of_its_latents():
    schedule = Schedule(start=100, steps=2000)
    # Each of two latents carries less than the threshold where both together pass it.
    latent = np.maximum(0, 0.5 * np.log(np.array([30, 30, 0.5]) / schedule.betas()[:, None]))
    tests = [Test("whole_set", repeat, (), curve_of(schedule, latent)) for repeat in (0, 1)]
    rows = parsed(latents_table(tests, Criterion()))
    names = ["whole_set", "latent_1", "latent_2", "latent_3"]
    assert [(row["repeat"], row["factor"]) for row in rows] == [
        (repeat, name) for repeat in "01" for name in names
    ]
    assert [row["latent"] for row in rows[:4]] == ["", "0", "1", "2"]
    assert [row["outcome"] for row in rows[:4]] == ["found", "found", "found", "never"]
    assert float(rows[0]["beta"]) == pytest.approx(30 * math.exp(-0.1), rel=0.01)
    assert float(rows[1]["beta"]) == pytest.approx(30 * math.exp(-0.2), rel=0.01)


def test_of_a_network_that_never_fell_silent_there_are_no_latents():
    schedule, none = Schedule(start=100, steps=2000), np.zeros((0, 2))
    latent = np.maximum(0, 0.5 * np.log(np.array([30, 0.5]) / schedule.betas()[:, None]))
    loud = Curve(none[:, 0], none[:, 0], none, none[:, 0], 100, False, none[:, 0], none)
    tests = [Test("whole_set", 0, (), loud), Test("whole_set", 1, (), curve_of(schedule, latent))]
    rows = parsed(latents_table(tests, Criterion()))
    assert [(row["repeat"], row["factor"], row["outcome"]) for row in rows] == [
        ("0", "whole_set", "at_once"),
        ("1", "whole_set", "found"),
        ("1", "latent_1", "found"),
        ("1", "latent_2", "never"),
    ]


def test_intervals_without_a_number_are_told_in_words():
    points = {"a": [90.0, 100, 110, 120, math.inf], "b": [0.0, 0, 10, 11, 12]}
    intervals = {"a": (95.0, math.inf), "b": (0.0, 11.5)}
    proposal = Proposal(separate(points, 200, 1), points, intervals, left_out=2)
    found = separation_dict(proposal, Schedule())
    assert found["points"] == {
        "a": {"median": 110, "low": 95, "high": "above 200"},
        "b": {"median": 10, "low": "below 1", "high": 11.5},
    }
    assert found["left_out"] == 2
    assert told.points(found) == [
        "freezing point of a: 110 (95 to above 200)",
        "freezing point of b: 10 (below 1 to 11.5)",
    ]
    assert told.left_out(found) == ["left out, since they never fell silent: 2 networks"]
    assert told.left_out(found | {"left_out": 0}) == []


def test_lines_of_the_test_come_after_the_included_files():
    points = {"a": np.full(5, 100.0), "b": np.full(5, 10.0)}
    text = deft_config(separate(points, 200, 1), ["reconstruction_loss.loss_fn = @l2_loss"], 7)
    lines = text.splitlines()
    place = lines.index("reconstruction_loss.loss_fn = @l2_loss")
    assert max(n for n, line in enumerate(lines) if line.startswith("include")) < place
    assert "deft.betas = [90.0, 9.0]" in lines
    assert "deft.stage_steps = 7" in lines
    assert "pipeline.evaluation" not in text
