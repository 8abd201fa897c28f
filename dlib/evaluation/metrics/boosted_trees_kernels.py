"""The compiled part of `boosted_trees`: exact regression trees over sorted, binned columns.

Importing this module imports numba; the machine code is cached beside this file. All of it is in
one file because numba compiles anew only when the file of the outermost function has changed.

A split is searched in two steps. The values of a column lie in bins of neighbouring values, and a
node counts its points bin by bin: number and sum of the negative residuals, the same of the
others. The gain of a cut between two bins is then exact. The gain of a cut inside a bin has an
upper bound (`bin_bound`), and only bins whose bound beats the best gain so far are opened and
walked point by point. So the split found is the best of all cuts, as in scikit-learn, while few
points are ever visited in sorted order.

A tree is a heap of fixed depth: the children of node i are 2i + 1 and 2i + 2. A node that is not
split sends all its points to the left (threshold infinity).

Axes: N points, D codes, B bins, T trees, I inner nodes of a tree (I + 1 leaves).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

# scikit-learn's tolerances: an impurity that counts as zero, two values that count as one.
PURE = np.finfo(np.float64).eps
SAME_VALUE = np.float32(1e-7)
# The four numbers of a histogram cell: negative residuals, then the others.
NUM_NEGATIVE, NEGATIVE, NUM_POSITIVE, POSITIVE = range(4)

compiled = njit(cache=True, nogil=True, error_model="numpy")


class Tree(NamedTuple):
    """A tree: a point goes right where its value in the node's column exceeds the threshold."""

    columns: np.ndarray  # uint32 [I]
    thresholds: np.ndarray  # float64 [I]
    leaf_values: np.ndarray  # float64 [I + 1]


class Nodes(NamedTuple):
    """Where the points of a growing tree are: those of node i are points[starts[i] : stops[i]]."""

    points: np.ndarray  # uint32 [N]
    starts: np.ndarray  # int64 [2 I + 1]
    stops: np.ndarray  # int64 [2 I + 1]
    node_of: np.ndarray  # uint8 [N]
    spare: np.ndarray  # uint32 [N]
    histograms: np.ndarray  # float64 [I, D, B, 4]


@compiled
def gain(left_sum, left_count, total, count):
    """Decrease of the squared error by a cut: n_l n_r / n (mean_l - mean_r)^2."""
    contrast = left_sum * count - total * left_count
    return contrast * contrast / (count * left_count * (count - left_count))


@compiled
def bin_bound(left_sum, left_count, cell, total, count):
    """Upper bound of the gain of all cuts inside a bin.

    A cut puts 1 to n - 1 of the bin's n points on the left, whose sum lies between the bin's
    negative and positive sum. The gain is convex in (left sum, left count), so over this rectangle
    it is largest in a corner.
    """
    few = left_count + 1.0
    many = left_count + cell[NUM_NEGATIVE] + cell[NUM_POSITIVE] - 1.0
    # For a given count the gain is largest at the sum farthest from the node's mean.
    mean = total / count
    low, high = left_sum + cell[NEGATIVE], left_sum + cell[POSITIVE]
    sum_few = high if high - few * mean > few * mean - low else low
    sum_many = high if high - many * mean > many * mean - low else low
    return max(gain(sum_few, few, total, count), gain(sum_many, many, total, count))


@compiled
def fill_histogram(points, residuals, cells, histogram):
    """Counts ``points`` into ``histogram [D, B, 4]``."""
    flat = histogram.reshape(-1)
    flat[:] = 0.0
    for i in range(len(points)):
        point = points[i]
        residual = residuals[point]
        side = np.uint32(NUM_NEGATIVE if residual < 0.0 else NUM_POSITIVE)
        for d in range(cells.shape[1]):
            cell = cells[point, d] + side
            flat[cell] += 1.0
            flat[cell + np.uint32(1)] += residual


@compiled
def best_cut_between_bins(columns, histogram, data, total, count):
    """Best (gain, column, position of the cut) over the cuts between bins."""
    best, best_column, best_position = -1.0, -1, 0
    for column in columns:
        left_sum = left_count = 0.0
        for b in range(data.num_bins[column] - 1):
            cell = histogram[column, b]
            left_sum += cell[NEGATIVE] + cell[POSITIVE]
            left_count += cell[NUM_NEGATIVE] + cell[NUM_POSITIVE]
            if 0.0 < left_count < count:
                new = gain(left_sum, left_count, total, count)
                if new > best:
                    best, best_column, best_position = new, column, data.bin_starts[column, b + 1]
    return best, best_column, best_position


@compiled
def best_cut_inside(points, values, node_of, node, residuals, left_sum, left_count, total, count):
    """Best (gain, position of the cut) between the node's points among ``points`` of a bin."""
    best, best_position = -1.0, 0
    previous = np.float32(np.inf)
    for i in range(len(points)):
        point = points[i]
        if node_of[point] == node:
            if values[i] > previous + SAME_VALUE:
                new = gain(left_sum, left_count, total, count)
                if new > best:
                    best, best_position = new, i
            left_sum += residuals[point]
            left_count += 1.0
            previous = values[i]
    return best, best_position


@compiled
def best_cut(columns, histogram, data, node_of, node, residuals, total, count):
    """Best (gain, column, position) of a node; the gain is -1 if there is no cut.

    The position is that of the first value on the right in the sorted column. Of equal gains the
    first found wins, in the order of ``columns``.
    """
    best, best_column, best_position = best_cut_between_bins(columns, histogram, data, total, count)
    for column in columns:
        left_sum = left_count = 0.0
        for b in range(data.num_bins[column]):
            cell = histogram[column, b]
            size = cell[NUM_NEGATIVE] + cell[NUM_POSITIVE]
            first, stop = data.bin_starts[column, b], data.bin_starts[column, b + 1]
            values = data.sorted_values[column, first:stop]
            if (
                size >= 2.0
                and bin_bound(left_sum, left_count, cell, total, count) > best
                and values[0] < values[-1]
            ):
                new, position = best_cut_inside(
                    data.order[column, first:stop], values, node_of, node, residuals,
                    left_sum, left_count, total, count,
                )  # fmt: skip
                if new > best:
                    best, best_column, best_position = new, column, first + position
            left_sum += cell[NEGATIVE] + cell[POSITIVE]
            left_count += size
    return best, best_column, best_position


@compiled
def threshold_at(position, order, values, node_of, node):
    """Halfway between the two points of the node beside a cut of the sorted column."""
    below, above = position - 1, position
    while node_of[order[below]] != node:
        below -= 1
    while node_of[order[above]] != node:
        above += 1
    return np.float64(values[below]) / 2.0 + np.float64(values[above]) / 2.0


@compiled
def partition(points, values, threshold, node_of, node, spare):
    """Reorders ``points`` into left, then right, by ``values [N]``; returns the left count."""
    num_right = 0
    for i in range(len(points)):
        point = points[i]
        is_right = np.uint8(values[point] > threshold)
        points[i - num_right] = point
        spare[num_right] = point
        num_right += is_right
        node_of[point] = 2 * node + 1 + is_right
    num_left = len(points) - num_right
    points[num_left:] = spare[:num_right]
    return num_left


@compiled
def sum_and_impurity(points, residuals):
    """Sum and variance of the residuals of ``points``."""
    total = squares = 0.0
    for i in range(len(points)):
        residual = residuals[points[i]]
        total += residual
        squares += residual * residual
    mean = total / len(points)
    return total, squares / len(points) - mean * mean


@compiled
def leaf_value(points, residuals):
    """One Newton step of the log loss: sum r / sum |r| (1 - |r|)."""
    gradient = hessian = 0.0
    for i in range(len(points)):
        residual = residuals[points[i]]
        gradient += residual
        hessian += abs(residual) * (1.0 - abs(residual))
    return gradient / hessian if hessian >= 1e-150 * len(points) else 0.0


@compiled
def split_node(node, residuals, data, columns, tree, nodes, importances):
    """Finds the split of a node, moves its points and returns the number that go left."""
    points = nodes.points[nodes.starts[node] : nodes.stops[node]]
    tree.columns[node], tree.thresholds[node] = 0, np.inf
    if len(points) >= 2:
        total, impurity = sum_and_impurity(points, residuals)
        if impurity > PURE:
            best, column, position = best_cut(
                columns, nodes.histograms[node], data, nodes.node_of, node, residuals, total,
                float(len(points)),
            )  # fmt: skip
            if best >= 0.0:
                importances[column] += best / len(residuals)
                tree.columns[node] = column
                tree.thresholds[node] = threshold_at(
                    position, data.order[column], data.sorted_values[column], nodes.node_of, node
                )
    values = data.values[tree.columns[node]]
    return partition(points, values, tree.thresholds[node], nodes.node_of, node, nodes.spare)


@compiled
def grow_tree(residuals, data, columns, tree, nodes, importances):
    """Grows ``tree`` on ``residuals [N]``.

    Searches the columns of node i in the order ``columns[i]`` and adds the decrease of the squared
    error per point to ``importances [D]``. Afterwards ``nodes`` tells the points of each leaf.
    """
    num_points, num_inner = len(residuals), len(tree.columns)
    for i in range(num_points):
        nodes.points[i] = i
    nodes.node_of[:] = 0
    nodes.starts[0], nodes.stops[0] = 0, num_points
    fill_histogram(nodes.points, residuals, data.cells, nodes.histograms[0])
    for node in range(num_inner):
        size = split_node(node, residuals, data, columns[node], tree, nodes, importances)
        start, stop = nodes.starts[node], nodes.stops[node]
        left, right = 2 * node + 1, 2 * node + 2
        nodes.starts[left], nodes.stops[left] = start, start + size
        nodes.starts[right], nodes.stops[right] = start + size, stop
        if right < num_inner:
            small, large = (left, right) if 2 * size <= stop - start else (right, left)
            points = nodes.points[nodes.starts[small] : nodes.stops[small]]
            fill_histogram(points, residuals, data.cells, nodes.histograms[small])
            nodes.histograms[large] = nodes.histograms[node] - nodes.histograms[small]


@compiled
def set_leaf_values(residuals, scale, tree, nodes, raw):
    """Sets the leaf values, times ``scale``, and adds them to the predictions ``raw [N]``."""
    num_inner = len(tree.columns)
    for leaf in range(num_inner + 1):
        node = num_inner + leaf
        points = nodes.points[nodes.starts[node] : nodes.stops[node]]
        tree.leaf_values[leaf] = scale * leaf_value(points, residuals)
        for i in range(len(points)):
            raw[points[i]] += tree.leaf_values[leaf]


@compiled
def add_tree(tree, depth, values, raw):
    """Adds the tree's prediction for ``values [D, M]`` to ``raw [M]``."""
    first_leaf = np.uint64(len(tree.columns))
    one = np.uint64(1)  # unsigned indices need no test for being negative
    for i in range(len(raw)):
        node = np.uint64(0)
        for _ in range(depth):
            is_right = np.uint64(values[tree.columns[node], i] > tree.thresholds[node])
            node += node + one + is_right
        raw[i] += tree.leaf_values[node - first_leaf]


@compiled
def boost(trees, residuals, data, columns, scales, depth, raw, values_test, raw_test, importances):
    """One round of ``trees``: grows each on its residuals and adds it to its predictions.

    Args:
      trees: which of the T trees, ``[n]``.
      residuals: ``[T, N]``.
      data: the training points, `boosted_trees.Columns`.
      columns: order in which each node searches the columns, ``[T, I, D]``.
      scales: factor on the leaf values, ``[T]``.
      depth: I = 2^depth - 1.
      raw: predictions of the training points, ``[T, N]``, updated.
      values_test: test points, float32 ``[D, M]``.
      raw_test: their predictions, ``[T, M]``, updated.
      importances: ``[T, D]``, updated.
    """
    _, num_inner, num_codes = columns.shape
    num_points = residuals.shape[1]
    tree = Tree(np.zeros(num_inner, np.uint32), np.zeros(num_inner), np.zeros(num_inner + 1))
    nodes = Nodes(
        np.empty(num_points, np.uint32),
        np.zeros(2 * num_inner + 1, np.int64),
        np.zeros(2 * num_inner + 1, np.int64),
        np.empty(num_points, np.uint8),
        np.empty(num_points, np.uint32),
        np.empty((num_inner, num_codes, data.bin_starts.shape[1] - 1, 4)),
    )
    for t in trees:
        grow_tree(residuals[t], data, columns[t], tree, nodes, importances[t])
        set_leaf_values(residuals[t], scales[t], tree, nodes, raw[t])
        add_tree(tree, depth, values_test, raw_test[t])
