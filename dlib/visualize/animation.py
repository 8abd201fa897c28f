"""Moving pictures: cycles through a latent's values, and GIFs of them.

Axes: F frames, N points, D latents, H W C image.
"""

import numpy as np

from dlib.visualize import style
from dlib.visualize.image_grid import fit, framed, joined, to_rgb
from dlib.visualize.traversals import MAX_LATENTS, column_headers, label_size, pale, side_by_side

CELL = 64  # what an image measures at least in a GIF
COLUMNS = 12  # latents in a row
_MOST_EXTREME = 0.001  # a quantile's distance from 0 and 1

CYCLES = (
    "std_gaussian_cycle",
    "fitted_gaussian_cycle",
    "fixed_interval_cycle",
    "conf_interval_cycle",
    "minmax_interval_cycle",
)


def cycle_interval(starting_value, num_frames, min_val, max_val):
    """Goes up, down and back to the start at an even pace: ``[num_frames]`` in [min_val, max_val].

    A start outside the interval is moved to its edge; an interval of one point stays there.
    """
    length = max_val - min_val
    if length <= 0:
        return np.full(num_frames, min_val, dtype=np.float64)
    start = np.clip((starting_value - min_val) / length, 0, 1)
    return min_val + length * _there_and_back(start, num_frames)


def cycle_gaussian(starting_value, num_frames, loc=0.0, scale=1.0):
    """Goes up, down and back through the quantiles of a normal distribution: ``[num_frames]``.

    The 0.1 % quantiles at either end are the furthest.
    """
    from scipy import stats

    start = stats.norm.cdf(starting_value, loc=loc, scale=scale)
    probability = _there_and_back(start, num_frames)
    probability = np.clip(probability, _MOST_EXTREME, 1 - _MOST_EXTREME)
    return stats.norm.ppf(probability, loc=loc, scale=scale)


def cycle_factor(starting_index, num_indices, num_frames):
    """Goes up, down and back through ``range(num_indices)``: int64 ``[num_frames]``.

    Either end is shown twice as long, once on the way there and once on the way back.
    """
    end = starting_index + 2 * num_indices
    position = np.ceil(np.linspace(starting_index, end, num_frames, endpoint=False))
    position = position.astype(np.int64) % (2 * num_indices)
    return np.minimum(position, 2 * num_indices - 1 - position)


def _there_and_back(start, num_frames):
    """A triangle wave in [0, 1] that begins at ``start`` on its way up; one period."""
    phase = np.linspace(start, start + 2, num_frames, endpoint=False) % 2
    return np.minimum(phase, 2 - phase)


def interval_values(base, num_frames, low, high):
    """The values of each latent over one cycle from ``low`` to ``high``, both ``[D]``: ``[F, D]``.

    It begins and ends at the base code ``[D]``.
    """
    cycles = [
        cycle_interval(start, num_frames, least, most)
        for start, least, most in zip(base, low, high, strict=True)
    ]
    return np.stack(cycles, axis=1)


def cycle_values(kind, base, num_frames, means, logvars):
    """The values of each latent over one cycle: ``[F, D]``, beginning at the base code.

    Args:
      kind: one of ``CYCLES``: quantiles of the prior; quantiles of a normal distribution fitted to
        the latent; -2 to 2; two standard deviations of that fit about its mean; the smallest to
        the largest mean. (The reference's five.)
      base: a code, ``[D]``.
      num_frames: F.
      means: means of posteriors, ``[N, D]``.
      logvars: their log-variances, ``[N, D]``.

    Raises:
      ValueError: for another kind.
    """
    loc = np.mean(means, axis=0)
    scale = np.sqrt(np.var(means, axis=0) + np.mean(np.exp(logvars), axis=0))
    low, high = np.min(means, axis=0), np.max(means, axis=0)
    cycle_of = {
        "std_gaussian_cycle": lambda d: cycle_gaussian(base[d], num_frames),
        "fitted_gaussian_cycle": lambda d: cycle_gaussian(base[d], num_frames, loc[d], scale[d]),
        "fixed_interval_cycle": lambda d: cycle_interval(base[d], num_frames, -2.0, 2.0),
        "conf_interval_cycle": lambda d: cycle_interval(
            base[d], num_frames, loc[d] - 2 * scale[d], loc[d] + 2 * scale[d]
        ),
        "minmax_interval_cycle": lambda d: cycle_interval(base[d], num_frames, low[d], high[d]),
    }
    if kind not in cycle_of:
        raise ValueError(f"a cycle is one of {', '.join(CYCLES)}, not {kind!r}.")
    return np.stack([cycle_of[kind](d) for d in range(len(base))], axis=1)


def draw_frames(images, latents, cell=CELL, num_columns=COLUMNS, max_latents=MAX_LATENTS):
    """All latents side by side, each going through its own values.

    Args:
      images: ``[F, D, H, W, C]`` in [0, 1].
      latents: D ``Latent`` in the order of their columns; dead ones are drawn pale.
      cell: height of an image, see ``image_grid.fit``.
      num_columns: latents in a row.
      max_latents: how many at most, the first ones.

    Returns:
      uint8 ``[F, height, width, 3]``.
    """
    shown = latents[:max_latents]
    cells = fit(to_rgb(images), cell)  # [F, D, h, w, 3]
    width = cells.shape[3]
    headers = column_headers(shown, width, label_size(width))
    labelled = [
        [joined(pair, 0) for pair in zip(headers, frame, strict=True)]
        for frame in pale(cells, shown)
    ]
    return np.stack([framed(_in_rows(frame, shown, num_columns), 8) for frame in labelled])


def _in_rows(pictures, latents, num_columns):
    starts = range(0, len(pictures), num_columns)
    parts = [slice(start, start + num_columns) for start in starts]
    rows = [side_by_side(pictures[part], latents[part]) for part in parts]
    return joined(rows, 0, 12)


def save_gif(frames, path, fps=10):
    """Writes a GIF that repeats for ever, whole or not at all.

    Grey frames keep every shade; the colours of others are the 256 that suit all frames together,
    so that nothing flickers.

    Args:
      frames: uint8 ``[F, H, W, 3]``.
      path: a name that ends in .gif.
      fps: frames per second; a GIF counts hundredths of a second, which is the rounding.

    Raises:
      ValueError: if the frames are not bytes of this shape, or ``fps`` is not in (0, 50].
    """
    from PIL import Image

    from dlib.utils import files

    frames = np.asarray(frames)
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] != 3 or not len(frames):
        raise ValueError(f"frames are uint8 [F, H, W, 3], not {frames.dtype} {frames.shape}.")
    if not 0 < fps <= 50:
        raise ValueError(f"fps is more than 0 and at most 50, not {fps}.")
    if (frames == frames[..., :1]).all():
        pages = [Image.fromarray(frame[..., 0]) for frame in frames]
    else:
        pages = _with_one_palette([Image.fromarray(frame) for frame in frames])
    with files.replacing(path) as temporary:
        pages[0].save(
            temporary,
            format="GIF",
            save_all=True,
            append_images=pages[1:],
            duration=round(100 / fps) * 10,  # milliseconds
            loop=0,
            optimize=False,
        )


def _with_one_palette(pages):
    """Pages in the same 256 colours, white and the colours of text exactly among them."""
    from PIL import Image, ImageColor

    number = min(8, len(pages))
    seen = np.linspace(0, len(pages) - 1, number).astype(int)
    width, height = pages[0].size
    sheet = Image.new("RGB", (width, height * number))
    for row, index in enumerate(seen):
        sheet.paste(pages[index], (0, row * height))
    exact = ["white", *style.TEXT_COLORS]
    most = sheet.quantize(256 - len(exact), Image.Quantize.MEDIANCUT).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette([*(part for color in exact for part in ImageColor.getrgb(color)), *most])
    return [_exactly(page, palette, exact) for page in pages]


def _exactly(page, palette, exact):
    """A page in the palette's colours; its first ones, ``exact``, Pillow alone only comes near."""
    from PIL import Image, ImageColor

    reduced = page.quantize(palette=palette, dither=Image.Dither.NONE)
    pixels, indices = np.asarray(page), np.array(reduced)
    for index, color in enumerate(exact):
        indices[(pixels == ImageColor.getrgb(color)).all(axis=-1)] = index
    result = Image.fromarray(indices)
    result.putpalette(palette.getpalette())
    return result
