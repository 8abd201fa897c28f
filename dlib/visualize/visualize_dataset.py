"""Pictures of a data set: each factor's values in a row (DEFT, Figure 8), and animated.

Axes: N observations, K factors, H W C image.
"""

import re
from pathlib import Path

import numpy as np

from dlib.data.ground_truth.named_data import get_named_ground_truth_data
from dlib.utils.errors import DlibError
from dlib.visualize.animation import cycle_factor, save_gif
from dlib.visualize.factor_rows import Row, draw_rows
from dlib.visualize.image_grid import CELL, fit, framed, grid, joined, outlined, titled, to_rgb
from dlib.visualize.visualize_util import save_image

_CANDIDATES = 256  # draws among which the nearest neighbour of a point is looked for
_SAMPLES = 64
_GOLDEN_RATIO = 0.618


def visualize_dataset(
    dataset_name,
    output_path,
    num_animations=5,
    num_frames=20,
    fps=10,
    columns=16,
    random_seed=0,
    title=None,
):
    """Draws a data set.

    Writes to ``output_path/dataset_name``: ``factors.png``, a row for each factor in which only
    that factor changes; ``factor_<k>_<name>.gif``, the same in motion from several points at once;
    ``samples.png``, random observations. Unlabelled data has samples only. What is hidden (an
    instance, a colour, noise) is held fixed along a row.

    Args:
      dataset_name: a value of ``dataset.name``.
      output_path: folder.
      num_animations: points from which each factor moves, side by side.
      num_frames: frames of an animation, in which a factor goes through its values and back.
      fps: frames per second.
      columns: at most so many values of a factor in its row, at even distances.
      random_seed: of the points and samples.
      title: above ``factors.png``; by default ``dataset_name``.

    Returns:
      the paths written.

    Raises:
      DlibError: for a data set that is not of images, and what opening it raises.
    """
    data = get_named_ground_truth_data(dataset_name)
    if len(data.observation_shape) != 3 or data.observation_shape[-1] not in (1, 3):
        raise DlibError(
            f"{dataset_name}: observations of shape {list(data.observation_shape)} are no images, "
            f"expected [height, width, 1 or 3]"
        )
    folder = Path(output_path) / dataset_name
    random_state = np.random.RandomState(random_seed)
    written = [folder / "samples.png"]
    samples = outlined(fit(to_rgb(data.sample_observations(_SAMPLES, random_state)), CELL // 2))
    save_image(framed(grid(samples, num_columns=16, cell=samples.shape[1])), written[0])
    if data.num_factors:
        written.append(folder / "factors.png")
        save_image(_rows(data, title or dataset_name, columns, random_state), written[-1])
        bases = data.sample_factors(num_animations, random_state)
        for column, name in enumerate(data.factor_names):
            written.append(folder / f"factor_{column}_{_slug(name)}.gif")
            save_gif(_frames(data, column, bases, num_frames, random_state), written[-1], fps)
    return written


def enumerated(data, column, base, values, random_state):
    """Points in which one factor takes ``values`` and the others stay where they are.

    In a set that is no full product the others stay as near as the set allows: of many draws with
    the value, the one that changes the fewest factors, and these by the least, is taken.

    Args:
      column: the factor.
      base: the point to start from, ``[K]``.
      values: values of the factor, ``[n]``.

    Returns:
      int64 ``[n, K]``. Values that do not occur in the set are left out.
    """
    if not hasattr(data, "sample_factors_given"):
        points = np.repeat(np.asarray(base)[None], len(values), axis=0)
        points[:, column] = values
        return points
    points = []
    for value in values:
        try:
            draws = data.sample_factors_given(column, np.full(_CANDIDATES, value), random_state)
        except DlibError:  # no image has this value
            continue
        away = np.abs(draws - base)
        cost = 1e6 * (away > 0).sum(1) + away.sum(1)
        points.append(draws[np.argmin(cost)])
    return np.array(points, np.int64).reshape(-1, data.num_factors)


def observations_alike(data, points, seed):
    """Observations whose hidden factors and noise are the same: float32 ``[N, H, W, C]``."""
    return np.concatenate(
        [
            data.sample_observations_from_factors(point[None], np.random.RandomState(seed))
            for point in points
        ]
    )


def _rows(data, title, columns, random_state):
    """The picture of all factors: uint8 ``[height, width, 3]``."""
    base = _starting_point(data, random_state)
    seed = random_state.randint(2**31)
    rows = []
    for column, factor in enumerate(data.factor_names):
        size = data.factors_num_values[column]
        points = enumerated(data, column, base, _evenly_spaced(size, columns), random_state)
        note = f"{size} value{'s' if size > 1 else ''}"
        captions = tuple(str(value) for value in points[:, column])
        rows.append(Row(factor, note, observations_alike(data, points, seed), captions))
    images = f"{data.num_images:,} images, " if hasattr(data, "num_images") else ""
    shape = "×".join(map(str, data.observation_shape))
    return draw_rows(title, f"{images}{shape}, {_short_sums(data.source)}", rows)


def _evenly_spaced(num_values, limit):
    """All of 0..n-1, or ``limit`` of them at even distances, both ends included."""
    return np.unique(np.rint(np.linspace(0, num_values - 1, min(num_values, limit))).astype(int))


def _starting_point(data, random_state):
    """A point of a full product at which each factor shows; of any other set a random point.

    It lies in the middle, so that sprites are in the centre, but for the shape (the last, of
    dSprites the heart, the only one that looks different at each angle), the orientation (none)
    and colours (kept apart from each other).
    """
    if hasattr(data, "sample_factors_given"):
        return data.sample_factors(1, random_state)[0]
    point = np.array(data.factors_num_values) // 2
    for column, name in enumerate(data.factor_names):
        if "shape" in name.lower():
            point[column] = data.factors_num_values[column] - 1
        elif name.lower() == "orientation":
            point[column] = 0
    colors = [k for k, name in enumerate(data.factor_names) if "color" in name.lower()]
    for number, column in enumerate(colors):
        share = (0.5 + number * _GOLDEN_RATIO) % 1.0  # spreads any number of them over the range
        point[column] = int(share * data.factors_num_values[column])
    return point


def _frames(data, column, bases, num_frames, random_state):
    """An animation of one factor from several points side by side: uint8 ``[F, H', W', 3]``."""
    values = cycle_factor(0, data.factors_num_values[column], num_frames)
    moving = []
    for base in bases:
        seed = random_state.randint(2**31)
        points = enumerated(data, column, base, np.unique(values), random_state)
        values = values[np.isin(values, points[:, column])]  # the same for each base
        images = outlined(fit(to_rgb(observations_alike(data, points, seed))))
        moving.append(images[np.searchsorted(points[:, column], values)])
    name = data.factor_names[column]
    frames = [joined(images, 1) for images in zip(*moving, strict=True)]
    texts = [f"{name} {value}" for value in values]
    return np.stack([framed(titled(*pair, gap=0), 8) for pair in zip(frames, texts, strict=True)])


def _short_sums(text):
    """Checksums by their first eight digits, as far as a title needs them."""
    return re.sub(r"\b([0-9a-f]{8})[0-9a-f]{24,}\b", r"\1...", text)


def _slug(name):
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
