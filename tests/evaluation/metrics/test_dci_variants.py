import functools

import numpy as np
import pytest

from dlib.evaluation.metrics import dci_variants
from dlib.utils.errors import DlibError

FITS = {
    "forest": functools.partial(dci_variants.fit_random_forest, num_trees=10),
    "lasso": dci_variants.fit_lasso,
    "hist": functools.partial(dci_variants.fit_hist_boosting, num_rounds=10, num_repeats=2),
}


def points(represent=lambda x: x):
    """Three factors with 2 or 3 values seen through ``represent``, with little noise."""
    random_state = np.random.RandomState(0)
    factors = np.stack([random_state.randint(n, size=450) for n in (2, 3, 3)], axis=1)
    codes = represent(factors * 1.0)
    codes = codes + 0.02 * random_state.randn(*codes.shape) * (codes.std(axis=0) > 0)
    return codes[:300], factors[:300], codes[300:], factors[300:]


def score(fit, represent=lambda x: x):
    return dci_variants.dci_with(FITS[fit], *points(represent), np.random.RandomState(0))


@pytest.mark.parametrize("fit", FITS)
def test_aligned_codes_are_perfect(fit):
    found = score(fit)
    assert found["disentanglement"] > 0.95
    assert found["completeness"] > 0.95
    assert found["informativeness_train"] > 0.98
    assert found["informativeness_test"] > 0.98
    np.testing.assert_allclose(found["importance_matrix"], np.eye(3), atol=0.05)


@pytest.mark.parametrize("fit", FITS)
def test_duplicated_codes_stay_disentangled(fit):
    found = score(fit, lambda x: np.hstack([x, x]))
    assert found["disentanglement"] > 0.95
    assert found["informativeness_test"] > 0.98


@pytest.mark.parametrize("fit", FITS)
def test_mixed_codes_are_entangled(fit):
    mix = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, 0.5], [1.0, 0.5, -1.0]])
    found = score(fit, lambda x: x @ mix)
    assert found["disentanglement"] < 0.5
    assert found["completeness"] < 0.5


@pytest.mark.parametrize("fit", FITS)
def test_dead_codes_have_no_importance(fit):
    found = score(fit, np.zeros_like)
    assert found["disentanglement"] == pytest.approx(0.0, abs=1e-9)
    assert found["completeness"] == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_array_equal(found["importance_matrix"], np.zeros((3, 3)))


def test_lasso_is_linear_and_reports_r_squared():
    """Of a factor's square Lasso knows half: R^2 of z^2 by a line, z in {-1, 0, 1, 2}, is 5/9."""
    z = np.tile([-1.0, 0.0, 1.0, 2.0], 50)[:, None]
    _, train, test = dci_variants.fit_lasso(z, z[:, 0] ** 2, z, z[:, 0] ** 2, 0)
    covariance = np.mean(z**3) - np.mean(z) * np.mean(z**2)
    expected = covariance**2 / np.var(z) / np.var(z**2)
    assert train == pytest.approx(expected, abs=1e-3)
    assert test == train


def test_equal_seeds_give_equal_scores_and_others_do_not():
    mix = np.random.RandomState(5).randn(3, 3)
    drawn = points(lambda x: x @ mix)
    fit = FITS["forest"]
    first, again, other = (
        dci_variants.dci_with(fit, *drawn, np.random.RandomState(seed)) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_a_factor_of_one_value_is_left_out():
    train, factors_train, test, factors_test = points()
    sets = (train, factors_train * [1, 1, 0], test, factors_test * [1, 1, 0])
    found = dci_variants.dci_with(FITS["forest"], *sets, np.random.RandomState(0))
    assert found["informativeness_test"] == 1.0
    assert np.array(found["importance_matrix"])[:, 2].tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(DlibError, match="every factor has a single value"):
        dci_variants.dci_with(
            FITS["forest"], train, factors_train * 0, test, factors_test, np.random.RandomState(0)
        )


class Factors:
    name, num_factors = "factors", 2

    def sample(self, num, random_state):
        factors = random_state.randint(3, size=(num, 2))
        return factors, factors.astype(np.float32)


@pytest.mark.parametrize(
    ("compute", "options"),
    [
        (dci_variants.compute_dci_random_forest, {"num_trees": 5, "max_depth": 4}),
        (dci_variants.compute_dci_lasso, {"num_folds": 3}),
        (dci_variants.compute_dci_hist_boosting, {"num_rounds": 5, "num_repeats": 2}),
    ],
)
def test_representation_of_drawn_points(compute, options):
    state = np.random.RandomState(0)
    found = compute(Factors(), lambda x: x, state, None, 200, 100, **options)
    assert found["disentanglement"] == pytest.approx(1.0, abs=0.05)
    assert found["informativeness_test"] == pytest.approx(1.0, abs=0.01)
