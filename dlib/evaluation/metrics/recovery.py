"""Which factors a relation matrix recovers, and which it merges, as its threshold falls.

D codes, K factors. Codes and factors are the nodes of a graph; an edge joins a code and a factor
whose entry in the matrix is not 0 and reaches the threshold. A group is a connected component with
an edge. (Locatello et al., 2020, A sober look at unsupervised learning of disentangled
representations.)
"""

from typing import NamedTuple

import numpy as np


class Curve(NamedTuple):
    """Recovery at each threshold: one per entry of the matrix, falling. E = D * K."""

    thresholds: np.ndarray  # [E]
    groups: np.ndarray  # int [E], independent groups
    discovered: np.ndarray  # int [E], factors with an edge

    @property
    def area(self):
        """Integral of the number of groups over the threshold (trapezoids)."""
        means = (self.groups[1:] + self.groups[:-1]) / 2
        return float(-(means @ np.diff(self.thresholds)))


class Merge(NamedTuple):
    """Two sets of factors that an edge joined."""

    position: int  # the edge's place among all entries in falling order, from 0
    threshold: float  # its entry
    first: tuple  # factors on the side of the edge's factor
    second: tuple  # factors on the side of its code


def recovery_curve(matrix):
    """`Curve` of a relation matrix ``[D, K]``."""
    thresholds = np.sort(matrix, axis=None)[::-1]
    counts = {value: (num_groups(matrix, value), num_discovered(matrix, value))
              for value in set(thresholds.tolist())}  # fmt: skip
    groups, discovered = zip(*(counts[value] for value in thresholds.tolist()), strict=True)
    return Curve(thresholds, np.array(groups), np.array(discovered))


def num_groups(matrix, threshold):
    """Number of independent groups of ``matrix`` ``[D, K]`` at a threshold."""
    from scipy.sparse import bmat, csr_array
    from scipy.sparse.csgraph import connected_components

    edges = _edges(matrix, threshold)
    graph = bmat([[None, csr_array(edges)], [csr_array(edges.T), None]])
    _, labels = connected_components(graph, directed=False)
    return len(np.unique(labels[: len(edges)][edges.any(axis=1)]))


def num_discovered(matrix, threshold):
    """Number of factors (columns of ``[D, K]``) with an edge at a threshold."""
    return int(_edges(matrix, threshold).any(axis=0).sum())


def _edges(matrix, threshold):
    matrix = np.asarray(matrix)
    return (matrix >= threshold) & (matrix != 0)


def falling_edges(matrix):
    """Codes and factors of all entries of ``[D, K]`` by falling entry, ``[E]`` each.

    Among equal entries the order is that of the codes, then of the factors.
    """
    order = np.argsort(-np.asarray(matrix), axis=None, kind="stable")
    return np.unravel_index(order, np.shape(matrix))


def first_edges(matrix):
    """Position of the first edge of each factor among all in falling order, int ``[K]``."""
    _, factors = falling_edges(matrix)
    return np.array([np.argmax(factors == k) for k in range(np.shape(matrix)[1])])


def merges(matrix):
    """The K - 1 merges of ``matrix`` ``[D, K]``, in the order of their edges.

    Edges join sets of nodes one by one (union-find). Entries of 0 come last but join too, so that
    in the end all factors are one set.
    """
    codes, factors = falling_edges(matrix)
    num_codes, num_factors = np.shape(matrix)
    labels = np.arange(num_factors + num_codes)  # the set of each node: factors first, then codes
    found = []
    for position, (code, factor) in enumerate(zip(codes.tolist(), factors.tolist(), strict=True)):
        here, there = labels[factor], labels[num_factors + code]
        if here == there:
            continue
        first, second = (tuple(np.flatnonzero(labels[:num_factors] == x)) for x in (here, there))
        if second:
            found.append(Merge(position, float(matrix[code, factor]), first, second))
        labels[labels == there] = here
    return found


def merge_positions(found):
    """``{"merge_I_J": position}`` for each pair of factors that a merge joined."""
    return {
        f"merge_{i}_{j}": float(merge.position)
        for merge in found
        for i in merge.first
        for j in merge.second
    }
