"""Dendrogram of factors: at which threshold of a relation matrix they merge into one group.

D codes, K factors. The horizontal axis counts the entries of the matrix in falling order; a
factor's line begins at its largest entry and joins another's where entries connect the two
(`dlib.evaluation.metrics.recovery`). Disentangled factors begin early and merge late.
"""

from typing import NamedTuple

import numpy as np

from dlib.evaluation.metrics import recovery
from dlib.visualize import style, threshold_axis
from dlib.visualize.visualize_util import save_image

_ROW = 44  # pixels from factor to factor


class Layout(NamedTuple):
    """Where everything stands: positions along the axis, heights in rows from the bottom."""

    order: list  # the factor of each row, from the bottom
    lines: list  # (start, end, height) of each set of factors until it merges
    joints: list  # (position, height, height) of each merge


def dendrogram_plot(matrix, output_dir, factor_names):
    """Draws ``<output_dir>.png``; the reference's (disentanglement_lib) function.

    Args:
      matrix: ``[K, D]``, factors in rows.
      output_dir: path of the picture without ".png".
      factor_names: K names, or None.

    Returns:
      ``{"merge_I_J": position}``, as `recovery.merge_positions`.
    """
    matrix = np.asarray(matrix).T
    save_image(dendrogram(matrix, factor_names), f"{output_dir}.png")
    return recovery.merge_positions(recovery.merges(matrix))


def dendrogram(matrix, factor_names=None):
    """The dendrogram of a relation matrix ``[D, K]``: uint8 ``[H, W, 3]``."""
    names = threshold_axis.names_of(matrix, factor_names)
    order, lines, joints = layout(matrix)
    stroke = {"color": style.ACCENT, "linewidth": style.points(3), "solid_capstyle": "round"}
    with style.look():
        labels = [names[k] for k in order]
        made, axes = threshold_axis.figure(matrix, 30 + _ROW * len(order), labels)
        for start, end, height in lines:
            axes.plot([start, end], [height, height], **stroke)
        for position, low, high in joints:
            axes.plot([position, position], [low, high], **stroke)
        starts = recovery.first_edges(matrix)[order]
        axes.scatter(
            starts, range(len(order)), s=style.points(9) ** 2, color=style.ACCENT, zorder=3
        )
        axes.set_ylim(-0.7, len(order) - 0.3)
        axes.set_yticks(range(len(order)), labels, fontsize=style.points(15), color=style.INK)
        return style.to_array(made)


def layout(matrix):
    """`Layout` of the dendrogram of a relation matrix ``[D, K]``."""
    merges = recovery.merges(matrix)
    order = _leaf_order(merges, np.shape(matrix)[1])
    starts = recovery.first_edges(matrix).tolist()
    tips = {k: (starts[k], order.index(k)) for k in order}  # the end of the set that k is in
    lines, joints = [], []
    for merge in merges:
        heights = []
        for side in (merge.first, merge.second):
            start, height = tips[side[0]]
            lines.append((start, merge.position, height))
            heights.append(height)
        joints.append((merge.position, *heights))
        tips |= dict.fromkeys(merge.first + merge.second, (merge.position, np.mean(heights)))
    return Layout(order, lines, joints)


def _leaf_order(merges, num_factors):
    """Factors in an order in which sets that merge are neighbours."""
    orders = {k: [k] for k in range(num_factors)}  # of the set that k is in
    for merge in merges:
        joined = orders[merge.first[0]] + orders[merge.second[0]]
        orders |= dict.fromkeys(joined, joined)
    return orders[0]


def _union(nodes, idx, idy, val, z, cluster_id, size, matrix, n_clusters, idx_found):
    """The reference's helper: one edge of the union-find, on its own tables.

    Joins the trees of nodes ``idx`` and ``idy`` (rows of ``matrix`` come first) under the smaller
    root. If both hold a row, writes (set, set, ``val``, rows in both) into line ``idx_found`` of
    the linkage ``z``. Tables are changed in place.

    Returns:
      ``z``, ``cluster_id``, ``size``, and the two counters, each one higher if sets were joined.
    """
    roots = [_root(nodes, int(node)) for node in (idx, idy)]
    if roots[0] == roots[1]:
        return z, cluster_id, size, n_clusters, idx_found
    nodes[max(roots)] = min(roots)
    if max(roots) < len(matrix):
        first, second = (cluster_id[root] for root in roots)
        n_clusters += 1
        size[n_clusters] = size[first] + size[second]
        z[idx_found] = [first, second, val, size[n_clusters]]
        cluster_id |= dict.fromkeys(roots, n_clusters)
        idx_found += 1
    return z, cluster_id, size, n_clusters, idx_found


def _root(nodes, node):
    while nodes[node] != node:
        node = nodes[node]
    return node
