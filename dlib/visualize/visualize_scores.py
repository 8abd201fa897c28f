"""The reference's (disentanglement_lib) pictures and counts of relation matrices, under its names.

D codes, K factors. The numbers are those of `dlib.evaluation.metrics.recovery`, the pictures those
of `relation_pictures`.
"""

from pathlib import Path

import numpy as np

from dlib.evaluation.metrics import recovery
from dlib.visualize import relation_pictures
from dlib.visualize.visualize_util import save_image


def heat_square(matrix, output_dir, name, xlabel, ylabel, max_val=None, factor_names=None):
    """Draws ``<output_dir>/<name>.png``: each entry of ``[D, K]`` as a square of its size.

    Args:
      matrix: ``[D, K]``, not negative; D runs to the right.
      output_dir: a folder.
      name: of the file, without ".png".
      xlabel: what D counts.
      ylabel: what K counts.
      max_val: the entry that fills its cell; by default the largest.
      factor_names: K names.

    Raises:
      ValueError: an entry above ``max_val``.
    """
    if max_val is not None and max_val < np.max(matrix):
        raise ValueError(f"the matrix has an entry of {np.max(matrix)}, above max_val {max_val}")
    picture = relation_pictures.relation_squares(matrix, factor_names, max_val, xlabel, ylabel)
    save_image(picture, Path(output_dir) / f"{name}.png")


def plot_recovery_vs_independent(matrix, output_dir, name):
    """Draws ``<output_dir>/<name>.png``, the recovery curve of ``[K, D]``, factors in rows."""
    picture = relation_pictures.recovery_picture(np.asarray(matrix).T)
    save_image(picture, Path(output_dir) / f"{name}.png")


def precision(matrix, th):
    """Number of independent groups of rows and columns whose entries reach ``th``."""
    return recovery.num_groups(matrix, th)


def recall(matrix, th):
    """Number of rows of ``[K, D]`` with an entry that reaches ``th``."""
    return recovery.num_discovered(np.asarray(matrix).T, th)


def bfs(matrix, to_visit, factors, codes, size):
    """Marks what is connected to one node through the entries of ``[K, D]`` that are not 0.

    Args:
      matrix: ``[K, D]``.
      to_visit: a list whose last item is the node to start from: (row, 0) or (column, 1). It is
        taken off.
      factors: marks of the rows ``[K]``, 1 if seen already; changed in place.
      codes: marks of the columns ``[D]``; changed in place.
      size: number of nodes counted so far, the first one included.

    Returns:
      ``factors``, ``codes``, and the number with the nodes that were found.
    """
    seen = (factors, codes)
    start, side = to_visit.pop()
    seen[side][start] = 1
    waiting = [(start, side)]
    while waiting:
        node, side = waiting.pop()
        line = matrix[node] if side == 0 else matrix[:, node]
        for other in np.flatnonzero(line):
            if not seen[1 - side][other]:
                seen[1 - side][other] = 1
                size += 1
                waiting.append((other, 1 - side))
    return factors, codes, size
