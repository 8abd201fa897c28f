"""The boosted trees against scikit-learn's, node by node and score by score."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from scipy.stats import entropy
from sklearn.ensemble import GradientBoostingClassifier

from dlib.evaluation.metrics import boosted_trees
from dlib.evaluation.metrics import boosted_trees_kernels as kernels
from dlib.utils.errors import DlibError

DEPTH = 3
NUM_INNER = 2**DEPTH - 1


def mixed_codes(num_points, sizes, seed=0, num_codes=6):
    """Codes that mix the factors, with noise; the last one is noise alone."""
    random_state = np.random.RandomState(seed)
    factors = np.stack([random_state.randint(size, size=num_points) for size in sizes], axis=1)
    weights = random_state.normal(size=(len(sizes), num_codes))
    weights[:, -1] = 0.0
    noise = 0.3 * random_state.normal(size=(num_points, num_codes))
    return (factors / np.array(sizes) @ weights + noise).astype(np.float32), factors


def grow(codes, residuals, seed=0):
    """One tree grown on given residuals: (tree, importances)."""
    data = boosted_trees.sort_columns(codes)
    num_points, num_codes = codes.shape
    num_nodes = 2 * NUM_INNER + 1
    tree = kernels.Tree(
        np.zeros(NUM_INNER, np.uint32), np.zeros(NUM_INNER), np.zeros(NUM_INNER + 1)
    )
    nodes = kernels.Nodes(
        np.empty(num_points, np.uint32),
        np.zeros(num_nodes, np.int64),
        np.zeros(num_nodes, np.int64),
        np.empty(num_points, np.uint8),
        np.empty(num_points, np.uint32),
        np.empty((NUM_INNER, num_codes, data.bin_starts.shape[1] - 1, 4)),
    )
    random_state = np.random.RandomState(seed)
    columns = np.stack([random_state.permutation(num_codes) for _ in range(NUM_INNER)])
    importances = np.zeros(num_codes)
    kernels.grow_tree(residuals, data, columns, tree, nodes, importances)
    kernels.set_leaf_values(residuals, 1.0, tree, nodes, np.zeros(num_points))
    return tree, importances


def squared_error_decrease(residuals, right):
    """What a split gains, straight from its definition."""
    parts = [residuals, residuals[~right], residuals[right]]
    whole, left, rest = (np.sum((part - part.mean()) ** 2) if len(part) else 0.0 for part in parts)
    return whole - left - rest


class Comparison:
    """Walks a tree of ours beside one of scikit-learn's and counts what it finds."""

    def __init__(self, codes, residuals, tree, sklearn_tree, leaf_scale):
        self.codes, self.residuals, self.leaf_scale = codes, residuals, leaf_scale
        self.tree, self.theirs = tree, sklearn_tree
        self.same = self.ties = self.leaves = 0
        self.visit(0, 0, np.ones(len(codes), bool))

    def visit(self, ours, theirs, inside):
        if ours >= NUM_INNER or np.isinf(self.tree.thresholds[ours]):
            self.check_leaf(ours, theirs, inside)
            return
        column, threshold = self.tree.columns[ours], self.tree.thresholds[ours]
        right = self.codes[:, column] > threshold
        if self.theirs.children_left[theirs] < 0:
            # They stopped where we split: no error was left, up to rounding.
            assert np.var(self.residuals[inside]) < 1e-14
            self.ties += 1
        elif (column, threshold) == (self.theirs.feature[theirs], self.theirs.threshold[theirs]):
            self.same += 1
            self.visit(2 * ours + 1, self.theirs.children_left[theirs], inside & ~right)
            self.visit(2 * ours + 2, self.theirs.children_right[theirs], inside & right)
        else:
            self.check_tie(theirs, inside, right)

    def check_tie(self, theirs, inside, right):
        their_right = self.codes[:, self.theirs.feature[theirs]] > self.theirs.threshold[theirs]
        gains = [
            squared_error_decrease(self.residuals[inside], side[inside])
            for side in (right, their_right)
        ]
        assert gains[0] == pytest.approx(gains[1], rel=1e-9, abs=1e-13)
        self.ties += 1

    def check_leaf(self, ours, theirs, inside):
        if self.theirs.children_left[theirs] >= 0:
            assert np.var(self.residuals[inside]) < 1e-14
            self.ties += 1
            return
        while ours < NUM_INNER:
            ours = 2 * ours + 1
        value = self.leaf_scale * self.tree.leaf_values[ours - NUM_INNER]
        assert value == pytest.approx(self.theirs.value[theirs, 0, 0], rel=1e-10, abs=1e-10)
        self.leaves += 1


def residuals_before(model, codes, factor, rounds):
    """Residuals ``{round: [T, N]}`` that scikit-learn's trees of these rounds were grown on."""
    classes, labels = np.unique(factor, return_inverse=True)
    shares = np.bincount(labels) / len(labels)
    binary = len(classes) == 2
    raw = np.full(len(codes), np.log(shares[1] / shares[0])) if binary else np.log(shares)[None]
    staged = [raw, *model.staged_decision_function(codes)]
    if binary:
        return {r: (labels - expit(staged[r].ravel()))[None] for r in rounds}
    indicators = np.eye(len(classes))[labels]
    return {r: (indicators - softmax(staged[r], axis=1)).T for r in rounds}


def compare(codes, factor, rounds):
    """Compares the trees of some rounds: numbers of (equal nodes, ties, compared leaves)."""
    model = GradientBoostingClassifier(n_estimators=max(rounds) + 1, random_state=0)
    model.fit(codes, factor)
    num_classes = len(model.classes_)
    leaf_scale = (num_classes - 1) / num_classes if num_classes > 2 else 1.0
    counts = np.zeros(3, int)
    for r, residuals in residuals_before(model, codes, factor, rounds).items():
        for k, residual in enumerate(np.ascontiguousarray(residuals)):
            tree, importances = grow(codes, residual)
            theirs = model.estimators_[r, k].tree_
            found = Comparison(codes, residual, tree, theirs, leaf_scale)
            if found.ties == 0:
                expected = theirs.compute_feature_importances(normalize=False)
                np.testing.assert_allclose(importances, expected, rtol=1e-9, atol=1e-14)
            counts += found.same, found.ties, found.leaves
    return counts


def rounded(codes, factors):
    return np.round(2.0 * codes) / 2.0, factors


def with_dead_codes(codes, factors):
    codes = codes.copy()
    codes[:, 1] = 0.25
    codes[:, 2] *= 1e-9
    return codes, factors


def near_the_tolerance(codes, factors):
    """Neighbouring values are about 5e-8 apart: half of them count as one in a whole column."""
    return np.float32(4e-5) * codes, factors


def duplicated(codes, factors):
    return np.concatenate([codes, codes, -codes], axis=1), factors


def unchanged(codes, factors):
    return codes, factors


@pytest.mark.parametrize(
    ("change", "num_values", "least_same"),
    [
        (unchanged, 5, 0.85),
        (unchanged, 2, 0.85),
        (rounded, 5, 0.85),
        (with_dead_codes, 5, 0.85),
        (near_the_tolerance, 3, 0.85),
        (duplicated, 3, 0.0),
    ],
)
def test_every_node_is_that_of_scikit_learn_or_an_exact_tie(change, num_values, least_same):
    codes, factors = change(*mixed_codes(1500, (num_values, 4, 6)))
    same, ties, leaves = compare(codes, factors[:, 0], rounds=(0, 1, 7, 19))
    assert same >= least_same * (same + ties)
    assert same + ties > 0
    assert leaves > 0 or least_same == 0.0


def test_more_points_than_16_bits_can_number():
    codes, factors = mixed_codes(70_000, (2, 5), num_codes=3)
    same, ties, _ = compare(codes, factors[:, 0], rounds=(0, 1))
    assert same >= 12
    assert ties <= 2


def test_a_single_threshold_is_found_by_hand():
    codes = np.arange(10, dtype=np.float32)[:, None]
    residuals = np.where(np.arange(10) < 3, -0.5, 0.5)
    tree, importances = grow(codes, residuals)
    assert tree.thresholds[0] == 2.5
    assert np.isinf(tree.thresholds[1:]).all()
    assert importances[0] == pytest.approx(3 * 7 / 10 / 10)  # n_l n_r / n (mean_l - mean_r)^2 / N
    # sum r / sum |r| (1 - |r|), with |r| = 1/2 everywhere; empty leaves are 0.
    assert tree.leaf_values[0] == -2.0
    assert tree.leaf_values[4] == 2.0


def sklearn_scores(codes, factors, num_train, seed, num_rounds):
    importances, accuracies = [], []
    for factor in factors.T:
        model = GradientBoostingClassifier(n_estimators=num_rounds, random_state=seed)
        model.fit(codes[:num_train], factor[:num_train])
        importances.append(model.feature_importances_)
        accuracies.append(
            [
                model.score(codes[:num_train], factor[:num_train]),
                model.score(codes[num_train:], factor[num_train:]),
            ]
        )
    return np.stack(importances, axis=1), *np.transpose(accuracies)


def our_scores(codes, factors, num_train, seed, num_rounds, num_threads=1):
    return boosted_trees.fit_boosted_trees(
        codes[:num_train],
        factors[:num_train],
        codes[num_train:],
        factors[num_train:],
        np.random.RandomState(seed),
        num_rounds,
        num_threads=num_threads,
    )


def dci(importances):
    """Disentanglement and completeness of an importance matrix ``[D, K]``."""
    share = importances / importances.sum()
    codes = 1.0 - entropy(importances.T + 1e-11, base=importances.shape[1])
    factors = 1.0 - entropy(importances + 1e-11, base=importances.shape[0])
    return np.array([codes @ share.sum(axis=1), factors @ share.sum(axis=0)])


@pytest.mark.parametrize("change", [unchanged, rounded, with_dead_codes])
def test_scores_differ_from_scikit_learn_as_its_seeds_do(change):
    codes, factors = change(*mixed_codes(3600, (2, 3, 5)))
    first = sklearn_scores(codes, factors, 600, seed=0, num_rounds=40)
    second = sklearn_scores(codes, factors, 600, seed=1, num_rounds=40)
    ours = our_scores(codes, factors, 600, seed=0, num_rounds=40)
    floor = np.abs(dci(first[0]) - dci(second[0])).max()
    assert np.abs(dci(ours[0]) - dci(first[0])).max() <= max(2e-3, 2.0 * floor)
    for values, expected, other in zip(ours[1:], first[1:], second[1:], strict=True):
        gap = np.abs(expected.mean() - other.mean())
        assert np.abs(values.mean() - expected.mean()) <= max(2e-3, 2.0 * gap)
    np.testing.assert_allclose(ours[0].sum(axis=0), 1.0)


def test_result_depends_on_the_seed_only_not_on_threads():
    codes, factors = duplicated(*mixed_codes(400, (2, 6, 9)))
    one = our_scores(codes, factors, 300, 3, 10, num_threads=1)
    two = our_scores(codes, factors, 300, 3, 10, num_threads=2)
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first, second)
    other = our_scores(codes, factors, 300, 4, 10)
    assert np.abs(one[0] - other[0]).max() > 1e-6


def test_equal_codes_share_the_importance():
    """Ties are drawn: of two equal codes neither is favoured (the first would take it all)."""
    codes, factors = mixed_codes(500, (4, 7))
    codes = np.concatenate([codes, codes], axis=1)
    importances, _, _ = our_scores(codes, factors, 400, 0, 100)
    first, second = importances[:6].sum(axis=0), importances[6:].sum(axis=0)
    np.testing.assert_allclose(first, second, atol=0.4)


def test_labels_may_be_any_values():
    codes, factors = mixed_codes(300, (2, 5))
    expected = our_scores(codes, factors, 200, 0, 5)
    renamed = np.array([-7, 3, 11, 200, 2**40])[factors]
    for values, others in zip(our_scores(codes, renamed, 200, 0, 5), expected, strict=True):
        np.testing.assert_array_equal(values, others)


def test_a_single_value_has_nothing_to_predict():
    codes, factors = mixed_codes(300, (3, 4))
    factors[:, 1] = 5
    factors[200:250, 1] = 6
    importances, train, test = our_scores(codes, factors, 200, 0, 5)
    np.testing.assert_array_equal(importances[:, 1], 0.0)
    assert importances[:, 0].sum() == pytest.approx(1.0)
    assert (train[1], test[1]) == (1.0, 0.5)


def test_constant_codes_predict_the_most_frequent_value():
    factors = np.array([0, 1, 1, 2, 1, 1, 0, 2, 1, 1])[:, None]
    importances, train, test = our_scores(np.zeros([10, 3]), factors, 6, 0, 5)
    np.testing.assert_array_equal(importances, 0.0)
    assert (train[0], test[0]) == (4 / 6, 2 / 4)


def test_a_factor_that_is_a_code_is_learned_from_it_alone():
    factors = np.random.RandomState(0).randint(4, size=(400, 2))
    importances, train, test = our_scores(factors * 1.0, factors, 300, 0, 20)
    np.testing.assert_allclose(importances, np.eye(2), atol=1e-9)
    np.testing.assert_array_equal([train, test], 1.0)


def test_bad_input_is_named():
    codes, factors = mixed_codes(30, (3,))
    with pytest.raises(DlibError, match=r"\[20, 6\] and \[10, 5\]"):
        boosted_trees.fit_boosted_trees(
            codes[:20], factors[:20], codes[20:, :5], factors[20:], None
        )
    with pytest.raises(DlibError, match="NaN or infinite"):
        our_scores(np.where(codes > 0.0, 1e300, 0.0), factors, 20, 0, 1)
    with pytest.raises(DlibError, match="depth"):
        boosted_trees.fit_boosted_trees(codes, factors, codes, factors, None, depth=0)
