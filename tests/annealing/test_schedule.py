import numpy as np
import pytest

from dlib.annealing.schedule import Schedule
from dlib.utils.errors import DlibError


def test_linear_falls_by_equal_differences_and_exponential_by_equal_ratios():
    linear = Schedule(start=9, end=1, steps=5, shape="linear").betas()
    np.testing.assert_allclose(linear, [9, 7, 5, 3, 1])
    exponential = Schedule(start=16, end=1, steps=5).betas()
    np.testing.assert_allclose(exponential, [16, 8, 4, 2, 1])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"start": 1.0, "end": 200.0}, "must lie above"),
        ({"end": 0.0}, "annealing_schedule.end"),
        ({"steps": 1}, "annealing_schedule.steps"),
        ({"shape": "cosine"}, "annealing_schedule.shape"),
        ({"hold": 0}, "annealing_schedule.hold"),
        ({"settle": -1}, "annealing_schedule.settle"),
    ],
)
def test_wrong_settings_are_told(wrong, words):
    with pytest.raises(DlibError, match=words):
        Schedule(**wrong)
