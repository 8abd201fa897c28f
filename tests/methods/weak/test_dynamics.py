"""From one observation of a pair to the other."""

import numpy as np
import pytest

from dlib.methods.weak import dynamics
from dlib.utils.errors import DlibError


class Sizes:
    """Factors of 2, 1, 5 and 3 values."""

    factors_num_values = (2, 1, 5, 3)


def changed_by(k, variant, num=400, data=Sizes):
    factors = np.zeros((num, len(data.factors_num_values)), np.int64)
    return factors, *dynamics.simple_dynamics(
        factors, data, np.random.RandomState(0), k=k, variant=variant
    )


@pytest.mark.parametrize("k", [1, 2, 3, -1])
def test_k_factors_change_to_another_value(k):
    before, after, changed = changed_by(k, "paper")
    assert not before.any()  # the argument is left as it was
    np.testing.assert_array_equal(before != after, changed)
    assert (after < Sizes.factors_num_values).all()
    numbers = changed.sum(1)
    if k == -1:  # 1 to K - 1 of them, all as likely
        counts = np.bincount(numbers, minlength=5)
        assert counts[[0, 4]].tolist() == [0, 0]
        assert counts[1:4].min() > 100
    else:
        assert (numbers == k).all()
    assert not changed[:, 1].any()
    assert changed[:, [0, 2, 3]].any(axis=0).all()
    # All other values come up.
    assert set(after[:, 2].tolist()) >= {1, 2, 3, 4}


def test_no_more_factors_change_than_can():
    _, _, changed = changed_by(4, "paper")
    assert (changed.sum(1) == 3).all()


def test_the_references_dynamics():
    before, after, changed = changed_by(3, "reference", num=2000)
    assert not before.any()
    assert (changed.sum(1) == 1).all()  # the last one only
    # With probability 1/2 one factor is redrawn, else three: (1 + 3) / 2 / 4 redraws of each, of
    # which 4/5 change the factor of five values.
    assert (after[:, 2] != 0).mean() == pytest.approx(0.5 * 4 / 5, abs=0.04)
    assert (after != before).sum(1).max() <= 3


@pytest.mark.parametrize(
    ("k", "variant", "said"),
    [
        (0, "paper", "dynamics.k must be -1 or 1 to 4"),
        (5, "paper", "dynamics.k must be -1 or 1 to 4"),
        (1, "new", "dynamics.variant must be one of paper, reference; got 'new'."),
    ],
)
def test_wrong_dynamics(k, variant, said):
    with pytest.raises(DlibError, match=said):
        changed_by(k, variant)


def test_dynamics_need_factors():
    class Unlabelled:
        factors_num_values = ()

    with pytest.raises(DlibError, match="this data set has none"):
        changed_by(1, "paper", data=Unlabelled)
