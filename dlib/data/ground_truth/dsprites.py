"""dSprites (Matthey et al., 2017) and its variants with colours, noise and backgrounds.

Each variant draws from the random state what the reference (disentanglement_lib) draws, in its
order and shapes: factors, then hidden factors, then the variant's own. Values are the reference's,
rounded to float32.

Axes: N observations, B batch, K factors, H W C image.
"""

import numpy as np

from dlib.data.ground_truth import dsprites_render, dsprites_source, scream
from dlib.data.ground_truth.cache import cached_file, file_identity
from dlib.data.ground_truth.dsprites_render import FACTOR_SIZES, NUM_IMAGES, render
from dlib.data.ground_truth.ground_truth_data import IndexedData
from dlib.data.ground_truth.image_store import PackedBits
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.sources import short
from dlib.data.ground_truth.util import SplitDiscreteStateSpace, checked_factors

__all__ = [
    "AbstractDSprites",
    "ColorDSprites",
    "DSprites",
    "NoisyDSprites",
    "ScreamDSprites",
    "render",
]

FACTOR_NAMES = ("color", "shape", "scale", "orientation", "posX", "posY")

# Linear steps from black to white, and six hues of equal saturation (0.7) and lightness (0.7) in
# HUSL, the first at 0.1: the reference's colours (seaborn 0.9's husl_palette).
BACKGROUND_COLORS = np.linspace(0, 1, 5)[:, None].repeat(3, axis=1)
OBJECT_COLORS = np.array(
    [
        [0.9096231780824386, 0.5883403686424795, 0.3657680693481871],
        [0.6350181801577739, 0.6927729880940552, 0.3626904230371999],
        [0.3764832455369271, 0.7283900430001952, 0.5963114605342514],
        [0.39548987063404156, 0.7073922557810771, 0.7874577552076919],
        [0.6963644829189117, 0.6220697032672371, 0.899716387820763],
        [0.90815966835861, 0.5511103319168646, 0.7494337214212151],
    ]
)


class DSprites(IndexedData):
    """White sprites on black: 3 shapes, 6 scales, 40 orientations, 32 x 32 positions.

    The official file below the data directory is used where it exists; otherwise the images are
    drawn. ``source`` tells which.

    Args:
      latent_factor_indices: which of color (one value), shape, scale, orientation, posX, posY are
        told; the others are hidden and drawn anew for each observation. All six by default.

    Raises:
      DlibError: if the official file is damaged or is not dSprites.
    """

    def __init__(self, latent_factor_indices=None):
        if latent_factor_indices is None:
            latent_factor_indices = range(len(FACTOR_SIZES))
        self.state_space = SplitDiscreteStateSpace(FACTOR_SIZES, latent_factor_indices)
        self.source, self._images = _open_images()

    @property
    def factor_names(self):
        """Of color, shape, scale, orientation, posX, posY those that are told."""
        return tuple(FACTOR_NAMES[i] for i in self.state_space.latent_factor_indices)

    @property
    def factors_num_values(self):
        """Of 1, 3, 6, 40, 32, 32 those that are told."""
        return self.state_space.latent_factor_sizes

    @property
    def observation_shape(self):
        """``[64, 64, 1]``."""
        return [64, 64, 1]

    @property
    def num_images(self):
        """737 280."""
        return NUM_IMAGES

    def sample_factors(self, num, random_state):
        """Draws factors: int64 ``[num, K]``, one ``randint`` per factor."""
        return self.state_space.sample_latent_factors(num, random_state)

    def sample_indices(self, factors, random_state):
        """Indices of the images of ``factors``; one ``randint`` per hidden factor."""
        return self.state_space.sample_states(factors, random_state)

    def observations_at(self, indices, random_state=None):
        """Images by index: float32 ``[N, 64, 64, 1]`` of 0 and 1."""
        return self._images.floats(indices)


class _ThreeChannels(DSprites):
    """A variant that draws something anew at each use."""

    noise_free = False

    @property
    def observation_shape(self):
        """``[64, 64, 3]``."""
        return [64, 64, 3]

    def _masks(self, indices):
        """The sprites, the same in each channel: float32 ``[B, 64, 64, 3]``."""
        return self._images.floats(indices, channels=3)


class ColorDSprites(_ThreeChannels):
    """Sprites in a random colour, each channel from U(0.5, 1), on black."""

    def observations_at(self, indices, random_state):
        """Images by index: float32 ``[N, 64, 64, 3]``; draws a colour each."""
        images = self._masks(indices)
        colors = random_state.uniform(0.5, 1, [len(images), 1, 1, 3]).astype(np.float32)
        rows = np.tile(colors, (1, 1, 64, 1)).reshape(-1, 1, 64 * 3)  # a row of pixels at once
        by_rows = images.reshape(-1, 64, 64 * 3)
        np.multiply(by_rows, rows, out=by_rows)
        return images


class NoisyDSprites(_ThreeChannels):
    """White sprites on noise, each value from U(0, 1)."""

    def observations_at(self, indices, random_state):
        """Images by index: float32 ``[N, 64, 64, 3]``; draws each value of each image."""
        images = self._masks(indices)
        noise = np.empty(images.shape[1:], dtype=np.float32)
        # One image after the other draws the same numbers as all at once, and stays in the cache;
        # random_sample gives the same numbers as uniform(0, 1).
        for image in images:
            noise[:] = random_state.random_sample(image.shape)
            np.maximum(image, noise, out=image)  # noise <= 1, so this is min(image + noise, 1)
        return images


class ScreamDSprites(_ThreeChannels):
    """Sprites that invert the colours of a random patch of a painting, tinted at random.

    ``source`` also tells which painting, see ``scream.background``.
    """

    def __init__(self, latent_factor_indices=None):
        super().__init__(latent_factor_indices)
        painting_source, painting = scream.background()
        self.source = f"{self.source}; background {painting_source}"
        self.scream = painting / 255.0  # float64 [H, W, 3]

    def observations_at(self, indices, random_state):
        """Images by index: float32 ``[N, 64, 64, 3]``; draws row, column and tint each."""
        images = self._masks(indices)
        height, width, _ = self.scream.shape
        patch = np.empty((64, 64, 3))
        for image in images:
            row = random_state.randint(0, height - 64)
            column = random_state.randint(0, width - 64)
            tint = np.tile(random_state.uniform(0, 1, size=3), 64).reshape(64, 3)
            np.add(self.scream[row : row + 64, column : column + 64], tint, out=patch)
            patch /= 2.0
            # |sprite - patch| is the patch outside the sprite and 1 - patch on it.
            np.abs(np.subtract(image, patch, out=patch), out=image, casting="same_kind")
        return images


class AbstractDSprites(DSprites):
    """Sprites in 6 colours on 5 greys, the orientation hidden (van Steenkiste et al., 2019).

    Colours are factors here, so an image is a function of its index: background, object and image
    of dSprites in row-major order. The arguments are those of ``DSprites``, without the colours.
    """

    def __init__(self, latent_factor_indices=None):
        super().__init__([1, 2, 4, 5] if latent_factor_indices is None else latent_factor_indices)

    @property
    def factor_names(self):
        """background color, object color, and those of dSprites that are told."""
        return ("background color", "object color", *super().factor_names)

    @property
    def factors_num_values(self):
        """5, 6, and those of dSprites that are told."""
        return [len(BACKGROUND_COLORS), len(OBJECT_COLORS), *super().factors_num_values]

    @property
    def observation_shape(self):
        """``[64, 64, 3]``."""
        return [64, 64, 3]

    @property
    def num_images(self):
        """5 x 6 x 737 280."""
        return len(BACKGROUND_COLORS) * len(OBJECT_COLORS) * NUM_IMAGES

    def sample_factors(self, num, random_state):
        """Draws background, object, and dSprites' factors: int64 ``[num, K]``."""
        background = random_state.randint(len(BACKGROUND_COLORS), size=num)
        foreground = random_state.randint(len(OBJECT_COLORS), size=num)
        others = super().sample_factors(num, random_state)
        return np.column_stack([background, foreground, others])

    def sample_indices(self, factors, random_state):
        """Indices of the images of ``factors``; one ``randint`` per hidden factor."""
        factors = checked_factors(factors, self.factors_num_values)
        colors = factors[:, 0] * len(OBJECT_COLORS) + factors[:, 1]
        return colors * NUM_IMAGES + super().sample_indices(factors[:, 2:], random_state)

    def observations_at(self, indices, random_state=None):
        """Images by index: float32 ``[N, 64, 64, 3]``."""
        colors, indices = np.divmod(np.asarray(indices), NUM_IMAGES)
        background, foreground = np.divmod(colors, len(OBJECT_COLORS))
        images = self._images.floats(indices, channels=3).reshape(-1, 64, 64 * 3)
        off, on = _row_of(BACKGROUND_COLORS[background]), _row_of(OBJECT_COLORS[foreground])
        return np.where(images > 0, on, off).reshape(-1, 64, 64, 3)


def _row_of(colors):
    """Colours ``[B, 3]`` as a row of 64 pixels each: float32 ``[B, 1, 192]``."""
    return np.tile(colors.astype(np.float32), (1, 64))[:, None]


def _open_images():
    """Source and images, from the cache; on the first use they are drawn or packed there."""
    official = dsprites_source.official_file()
    if official is None:
        source, path = "rendered", cached_file("dsprites-drawn-1.bits", dsprites_render.write_all)
    else:
        source = short(official)
        path = cached_file(
            f"dsprites-{file_identity(official)}.bits",
            lambda partial: dsprites_source.pack(official, partial),
        )
    return source, PackedBits(path, (NUM_IMAGES, 64, 64, 1))


# As the reference's names have it: every factor but the color, which has one value.
register("dsprites_full", lambda: DSprites([1, 2, 3, 4, 5]))
register("dsprites_noshape", lambda: DSprites([2, 3, 4, 5]))
register("color_dsprites", lambda: ColorDSprites([1, 2, 3, 4, 5]))
register("noisy_dsprites", lambda: NoisyDSprites([1, 2, 3, 4, 5]))
register("scream_dsprites", lambda: ScreamDSprites([1, 2, 3, 4, 5]))
register("abstract_dsprites", AbstractDSprites)
