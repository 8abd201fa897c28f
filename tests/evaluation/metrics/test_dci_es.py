import numpy as np
import pytest

from dlib.evaluation.metrics import dci_es
from dlib.utils.errors import DlibError


def points(represent=lambda x: x, num_points=900):
    """Two factors with 5 and 6 values seen through ``represent``."""
    random_state = np.random.RandomState(0)
    factors = np.stack([random_state.randint(n, size=num_points) for n in (5, 6)], axis=1)
    codes = represent(factors * 1.0)
    half = num_points // 2
    return codes[:half], factors[:half], codes[half:], factors[half:]


def score(represent=lambda x: x, **options):
    state = np.random.RandomState(0)
    return dci_es.explicitness_and_size(*points(represent), state, **options)


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([0.2, 0.2, 0.2], 1.0),
        ([1.0, 0.75, 0.5, 0.25, 0.0], 0.0),  # equal steps from the baseline
        ([1.0, 1.0, 1.0, 1.0, 0.0], 1.0 - 2.0 * 3.5 / 4),  # only the last probe succeeds
        ([0.5, 0.9, 0.0], 1.0 - 2.0 * (0.5 + 0.25) / 2),  # a worse probe of more capacity
        ([1.0, 1.0], 0.0),
        ([1.5, 1.2], 0.0),  # no probe beats the constant
        ([3.0, 0.0], 0.0),  # worse than the constant counts as the constant
    ],
)
def test_explicitness_of_curves(losses, expected):
    assert dci_es.explicitness(np.array(losses)) == pytest.approx(expected)


def test_explicitness_in_units_of_the_baseline():
    assert dci_es.explicitness(np.array([2.0, 1.0, 0.0]), baseline=2.0) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("represent", "size"),
    [
        (lambda x: x, 1.0),
        (lambda x: x @ np.array([[1.0, 1.0], [1.0, -1.0]]), 1.0),  # rotated
        (lambda x: np.hstack([x, x]), 0.5),  # duplicated
        (lambda x: np.hstack([x, np.zeros((len(x), 2))]), 0.5),  # two dead codes
    ],
)
def test_linear_codes_are_explicit(represent, size):
    found = score(represent)
    assert found["explicitness"] == pytest.approx(1.0, abs=1e-6)
    assert found["best_r_squared"] == pytest.approx(1.0, abs=1e-6)
    assert found["size"] == size


def test_dead_codes_have_nothing_to_be_explicit_about():
    found = score(np.zeros_like)
    assert (found["explicitness"], found["best_r_squared"]) == (0.0, 0.0)


def test_codes_that_need_capacity_are_less_explicit():
    """A factor wound around a circle: a line sees little of it, the features nearly all."""
    found = score(lambda x: np.stack([np.cos(3 * x[:, 0]), np.sin(3 * x[:, 0])], axis=1))
    curve = np.array(found["loss_capacity_curves"])[0]
    assert curve[0] > 0.5
    assert curve[-1] < 0.2
    assert found["explicitness_per_factor"][0] < 0.9


def test_more_codes_than_points_are_solvable():
    found = score(lambda x: np.repeat(x, 12, axis=1), num_doublings=2)
    assert found["best_r_squared"] == pytest.approx(1.0, abs=1e-4)


def test_a_factor_of_one_value_is_left_out():
    train, factors_train, test, factors_test = points()
    factors_train[:, 1] = 3
    state = np.random.RandomState(0)
    found = dci_es.explicitness_and_size(train, factors_train, test, factors_test, state)
    assert found["size"] == 0.5
    assert len(found["explicitness_per_factor"]) == 1


def test_bad_input_is_named():
    with pytest.raises(DlibError, match="num_doublings is 0"):
        score(num_doublings=0)


class Factors:
    name, num_factors = "factors", 2

    def sample(self, num, random_state):
        factors = random_state.randint(3, size=(num, 2))
        return factors, factors.astype(np.float32)


def test_representation_of_drawn_points():
    state = np.random.RandomState(0)
    found = dci_es.compute_dci_es(Factors(), lambda x: x, state, None, 200, 100)
    assert found["explicitness"] == pytest.approx(1.0, abs=1e-4)
    assert found["size"] == 1.0
