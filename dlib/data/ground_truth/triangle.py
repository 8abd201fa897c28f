"""The correlated triangle: a triangle that always points to the centre of the canvas.

Position is free, orientation follows from it, so the factors are correlated and yet separable
(DEFT, section 5.4). The images are drawn here; the authors' file is not needed.

Axes: N observations, H W C image.
"""

import gin
import numpy as np

from dlib.data.ground_truth import drawing
from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.data.ground_truth.joint_table import JointTable
from dlib.data.ground_truth.registry import register
from dlib.utils.errors import DlibError

CANVAS = 64
NUM_POSITIONS = 32
NUM_ORIENTATIONS = 32
DEGREES_PER_BIN = 360 / NUM_ORIENTATIONS  # 11.25
MIDDLE = 16  # the position that every triangle points to
PATCH = 11  # pixels; the triangle turns about the middle of its patch
OFFSET = 10  # of the patch at position 0
TRIANGLE = np.array([[5.0, 0.0], [-5.0, 3.0], [-5.0, -3.0]])  # tip first, pointing along +x


def pointing_angles(positions):
    """Directions from ``positions`` to the middle.

    Args:
      positions: ``[N, 2]``, posX and posY in 0..31.

    Returns:
      Degrees in [0, 360), ``[N]``: arctan2(posY - 16, posX - 16) + 180, i.e. the paper's angle
      turned by half a circle so that the tip, not the base, is at the middle. At (16, 16) the
      angle is 180.
    """
    x, y = (np.asarray(positions) - MIDDLE).T
    return (np.degrees(np.arctan2(y, x)) + 180.0) % 360.0


def orientation_bins(angles):
    """Orientations 0..31: bin t holds the angles in [11.25 t, 11.25 (t + 1)) degrees."""
    return np.floor(np.asarray(angles) / DEGREES_PER_BIN).astype(np.int64) % NUM_ORIENTATIONS


def draw_triangles():
    """The triangle in each orientation, drawn at its bin's lower edge: uint8 ``[32, 11, 11]``."""
    angles = np.radians(DEGREES_PER_BIN * np.arange(NUM_ORIENTATIONS))
    patches = []
    for cos, sin in zip(np.cos(angles), np.sin(angles), strict=True):
        rotated = TRIANGLE @ np.array([[cos, sin], [-sin, cos]]) + PATCH // 2
        patches.append(drawing.convex_polygon(rotated, PATCH, PATCH))
    return np.stack(patches)


def _overlap_uniform(angles, half_width):
    """P(orientation | angle) for angle + U(-half_width, half_width): ``[N, 32]``."""
    start = DEGREES_PER_BIN * np.arange(NUM_ORIENTATIONS)
    total = 0.0
    for turn in (-360.0, 0.0, 360.0):
        low = np.maximum(start + turn, angles[:, None] - half_width)
        high = np.minimum(start + DEGREES_PER_BIN + turn, angles[:, None] + half_width)
        total = total + np.maximum(high - low, 0.0)
    return total / (2 * half_width)


def _overlap_normal(angles, deviation):
    """P(orientation | angle) for angle + N(0, deviation^2), wrapped: ``[N, 32]``."""
    from scipy.stats import norm

    edges = DEGREES_PER_BIN * np.arange(NUM_ORIENTATIONS + 1)
    turns = 360.0 * np.arange(-3, 4)  # 3 turns are 24 deviations of 45 degrees
    z = (edges[:, None] + turns - angles[:, None, None]) / deviation  # [N, 33, 7]
    return np.diff(norm.cdf(z), axis=1).sum(-1)


# How the orientation spreads about the pointing direction, by name.
ORIENTATION_NOISE = {
    "none": None,
    "uniform": lambda angles: _overlap_uniform(angles, 30.0),
    "normal": lambda angles: _overlap_normal(angles, 45.0),
}


@register("triangle_correlated")
@gin.configurable("triangle_correlated")
class CorrelatedTriangle(IndexedData):
    """1024 images of a triangle at 32 x 32 positions that points to the middle position.

    Factors: posX (32, to the right), posY (32, downwards), orientation (32 bins of 11.25 degrees;
    a function of the position). The authors' images are these transposed, and grey at the edges
    by another interpolation.

    Args:
      orientation_noise: "none", the data's own manifold; or one of the authors' variants for
        evaluation, both off the training images: "uniform" turns the triangle by up to 30 degrees
        to either side, "normal" by N(0, 45 degrees). A variant holds all 32^3 images and draws
        them with these probabilities.

    Attributes:
      joint_table: the ``JointTable`` of the factors.
    """

    name = "triangle_correlated"
    source = "drawn"
    factor_names = ("posX", "posY", "orientation")
    factors_num_values = [NUM_POSITIONS, NUM_POSITIONS, NUM_ORIENTATIONS]
    observation_shape = [CANVAS, CANVAS, 1]

    def __init__(self, orientation_noise="none"):
        if orientation_noise not in ORIENTATION_NOISE:
            raise DlibError(
                f"{self.name}.orientation_noise: {orientation_noise!r} is unknown; "
                f"there is {', '.join(ORIENTATION_NOISE)}"
            )
        self._patches = draw_triangles().astype(np.float32) / np.float32(255)  # [32, 11, 11]
        spread = ORIENTATION_NOISE[orientation_noise]
        table = self._pointing_table() if spread is None else self._spread_table(spread)
        self.joint_table = table

    @property
    def num_images(self):
        """1024; 32 768 for a variant."""
        return len(self.joint_table.rows)

    def sample_factors(self, num, random_state):
        """Draws factors by the joint distribution; one draw per point."""
        return self.joint_table.sample(num, random_state)

    def sample_factors_given(self, column, values, random_state):
        """Draws factors of which ``column`` equals ``values`` (``[N]``); one draw per point."""
        return self.joint_table.given(column, values, random_state)

    def sample_indices(self, factors, random_state):
        """Indices of the images of ``factors``; draws nothing."""
        return self.joint_table.indices_of(factors, random_state)

    def observations_at(self, indices, random_state=None):
        """Images by index: float32 ``[N, 64, 64, 1]``."""
        x, y, orientation = self.joint_table.rows[np.asarray(indices)].T
        images = np.zeros((len(x), CANVAS, CANVAS, 1), np.float32)
        span = OFFSET + np.arange(PATCH)
        rows, columns = y[:, None, None] + span[:, None], x[:, None, None] + span
        images[np.arange(len(x))[:, None, None], rows, columns, 0] = self._patches[orientation]
        return images

    def _pointing_table(self):
        positions = np.indices((NUM_POSITIONS, NUM_POSITIONS)).reshape(2, -1).T  # [1024, 2]
        orientation = orientation_bins(pointing_angles(positions))
        rows = np.column_stack([positions, orientation])
        return JointTable(self.name, rows, self.factor_names, self.factors_num_values)

    def _spread_table(self, spread):
        positions = np.indices((NUM_POSITIONS, NUM_POSITIONS)).reshape(2, -1).T
        probabilities = spread(pointing_angles(positions))  # [1024, 32]
        rows = np.indices(self.factors_num_values).reshape(3, -1).T  # [32768, 3]
        return JointTable(
            self.name, rows, self.factor_names, self.factors_num_values, probabilities.ravel()
        )
