"""Linear support vector machines on a single code: the machines of all classes at once, exactly.

N points, M test points, C machines. The machine of one class has two parameters and minimises

    1/2 (w^2 + b^2) + sum_i c_i max(0, 1 - y_i (w x_i + b))^2,

scikit-learn's ``LinearSVC`` (squared hinge, the intercept is penalised too) with the weights c_i
of ``class_weight="balanced"``, one class against the rest. On the sorted line the points inside
the margin are a range, so prefix sums give the derivatives, and a Newton step of all machines
costs a few binary searches instead of passes over the points.
"""

import numpy as np

MAX_STEPS = 50
SHORTEST_STEP = 1e-6
TOLERANCE = 1e-8  # on the norm of the gradient, relative to the one at the start


def fit_predict(code_train, labels_train, code_test, strength=0.01):
    """Trains on one code and predicts the class of test points.

    Args:
      code_train: ``[N]``.
      labels_train: ``[N]``; with two classes one machine is trained, with more one per class.
      code_test: ``[M]``.
      strength: what the weights of the errors are multiples of (``C`` of LinearSVC).

    Returns:
      ``[M]`` labels. Labels of a single class are predicted everywhere.
    """
    classes, indices = np.unique(labels_train, return_inverse=True)
    if len(classes) == 1:
        return np.full(len(code_test), classes[0])
    weights = strength * len(indices) / (len(classes) * np.bincount(indices))  # "balanced"
    if len(classes) == 2:
        targets, inside, outside = np.array([1]), weights[1:], weights[:1]
    else:
        targets, inside, outside = np.arange(len(classes)), weights, np.full(1, strength)
    line = _Line(np.asarray(code_train, np.float64), indices, targets)
    slope, offset = _minimise(line, inside, outside)
    decision = np.asarray(code_test, np.float64)[:, None] * slope + offset  # [M, C]
    if len(classes) == 2:
        return classes[(decision[:, 0] > 0).astype(int)]
    return classes[np.argmax(decision, axis=1)]


def _minimise(line, inside, outside):
    """Slopes and offsets ``[2, C]`` by Newton steps with a backtracking line search."""
    point = np.zeros([2, len(line.targets)])
    value, gradient, hessian = _derivatives(line, point, inside, outside)
    target = TOLERANCE * np.linalg.norm(gradient, axis=0)
    for _ in range(MAX_STEPS):
        if np.all(np.linalg.norm(gradient, axis=0) <= target):
            break
        step = _solve(hessian, -gradient)
        descent = 1e-4 * np.sum(gradient * step, axis=0)
        length = np.ones(len(line.targets))
        while True:
            trial = _derivatives(line, point + length * step, inside, outside)
            worse = (trial[0] > value + length * descent) & (length > SHORTEST_STEP)
            if not worse.any():
                break
            length[worse] /= 2
        point = point + length * step
        value, gradient, hessian = trial
    return point


def _derivatives(line, point, inside, outside):
    """Objective ``[C]``, gradient ``[2, C]`` and Hessian entries (ww, wb, bb) ``[3, C]``."""
    value = 0.5 * np.sum(point**2, axis=0)
    gradient = point.copy()
    hessian = np.repeat([[1.0], [0.0], [1.0]], point.shape[1], axis=1)
    own, _ = line.sums_inside_margin(*point)
    _, rest = line.sums_inside_margin(*-point)
    for sign, (n, x, xx), weight in ((1.0, own, inside), (-1.0, rest, outside)):
        # over these points: the sum of (1 - y (w x + b))^2 and its derivatives
        w, short = sign * point[0], 1.0 - sign * point[1]
        value += weight * (short**2 * n - 2 * short * w * x + w**2 * xx)
        gradient -= 2 * weight * sign * np.array([short * x - w * xx, short * n - w * x])
        hessian += 2 * weight * np.array([xx, x, n])
    return value, gradient, hessian


def _solve(hessian, right):
    """Solutions ``[2, C]`` of the 2 x 2 systems with entries (ww, wb, bb) ``[3, C]``."""
    ww, wb, bb = hessian
    return np.array([bb * right[0] - wb * right[1], ww * right[1] - wb * right[0]]) / (
        ww * bb - wb**2
    )


class _Line:
    """Points sorted along a code, with prefix sums over all of them and over each class."""

    def __init__(self, code, indices, targets):
        order = np.argsort(code, kind="stable")
        self.targets = targets  # [C], the class of each machine
        self._code = code[order]
        self._stride = len(code) + 1
        labels = indices[order]
        by_class = np.argsort(labels, kind="stable")  # ranks on the line, class by class
        self._keys = labels[by_class] * self._stride + by_class  # sorted
        self._all_sums = _prefix_sums(self._code)
        self._class_sums = _prefix_sums(self._code[by_class])

    def sums_inside_margin(self, slope, offset):
        """Sums of 1, x and x^2 where slope x + offset < 1, for one slope and offset per machine.

        Returns:
          the sums over the machine's own class and over all other points, both ``[3, C]``.
        """
        low, high = self._range(slope, offset)  # ranks [C]
        every = self._all_sums[:, high] - self._all_sums[:, low]
        first = np.searchsorted(self._keys, self.targets * self._stride + low)
        last = np.searchsorted(self._keys, self.targets * self._stride + high)
        own = self._class_sums[:, last] - self._class_sums[:, first]
        return own, every - own

    def _range(self, slope, offset):
        """The ranks low <= rank < high of the points with slope x + offset < 1."""
        sloped = slope != 0
        edge = (1.0 - offset) / np.where(sloped, slope, 1.0)
        below = np.searchsorted(self._code, edge, side="left")  # x < edge
        above = np.searchsorted(self._code, edge, side="right")  # x > edge from here
        count = len(self._code)
        flat_high = np.where(offset < 1, count, 0)
        low = np.where(slope < 0, above, 0)
        high = np.where(slope > 0, below, np.where(sloped, count, flat_high))
        return low, high


def _prefix_sums(code):
    """Sums of 1, x and x^2 over the first 0, 1, ... N points: ``[3, N + 1]``."""
    powers = np.stack([np.ones_like(code), code, code * code])
    return np.concatenate([np.zeros([3, 1]), np.cumsum(powers, axis=1)], axis=1)
