"""The background of ``scream_dsprites``: Munch's painting, or one of our own in its place.

Axes: H W height and width of the background, 3 its colours.
"""

import hashlib

import numpy as np

from dlib.data.ground_truth.cache import data_directory
from dlib.data.ground_truth.sources import short
from dlib.utils.errors import DlibError

LARGEST = (350, 274)  # width and height that the picture is shrunk into
PAINTED = (274, 216)  # height and width of our own: what the portrait-shaped painting shrinks to
SMALLEST = 65  # a patch of 64 pixels must have at least one place to be drawn from
_SEED = 1893


def background():
    """The picture whose patches lie behind the sprites.

    ``scream/scream.jpg`` below the data directory, shrunk with its proportions kept to fit into
    350 x 274 pixels (Pillow's Lanczos filter, in one step, from the fully decoded file); if there
    is none, a painting of our own.

    Returns:
      Source (the file with its SHA-256, or "painted" with that of the values) and uint8
      ``[H, W, 3]``.

    Raises:
      DlibError: if the file is no picture, or a side is shorter than 65 pixels afterwards.
    """
    path = data_directory() / "scream" / "scream.jpg"
    if not path.exists():
        picture = paint()
        return f"painted (sha256 {hashlib.sha256(picture).hexdigest()})", picture
    picture = _shrunk(path)
    if min(picture.shape[:2]) < SMALLEST:
        raise DlibError(
            f"{path}: {picture.shape[1]} x {picture.shape[0]} pixels after shrinking into "
            f"{LARGEST[0]} x {LARGEST[1]}, expected at least {SMALLEST} on each side."
        )
    return f"{short(path)} (sha256 {hashlib.sha256(path.read_bytes()).hexdigest()})", picture


def _shrunk(path):
    import PIL.Image

    try:
        with PIL.Image.open(path) as image:
            image = image.convert("RGB")
            image.thumbnail(LARGEST, PIL.Image.Resampling.LANCZOS, reducing_gap=None)
            return np.array(image)
    except OSError as error:
        raise DlibError(f"{path}: cannot be decoded as a picture ({error}).") from error


def paint(shape=PAINTED):
    """A painting of smooth, swirling bands of colour, the same at every call: uint8 ``[H, W, 3]``.

    Whirls bend the plane, waves run over the bent plane, and a palette from deep blue over teal
    and ochre to orange colours them: gradients in every direction and at several scales.
    """
    random_state = np.random.RandomState(_SEED)
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)  # [H, W]
    for _ in range(8):
        x, y = _whirl(x, y, random_state)
    height = np.zeros(shape)
    for octave in (1, 2, 4, 8):
        angle, phase = random_state.uniform(0, 2 * np.pi, size=2)
        along = x * np.cos(angle) + y * np.sin(angle)
        height += np.sin(2 * np.pi * octave * 1.3 * along + phase) / octave
    height = (height - height.min()) / (height.max() - height.min())
    palette = np.array(
        [[22, 32, 66], [36, 84, 110], [72, 140, 128], [206, 172, 92], [226, 112, 48], [140, 40, 36]]
    )
    stops = np.linspace(0, 1, len(palette))
    colours = np.stack([np.interp(height, stops, channel) for channel in palette.T], axis=-1)
    light = 0.85 + 0.15 * np.cos(2 * np.pi * (x - y))
    return np.clip(colours * light[..., None], 0, 255).round().astype(np.uint8)


def _whirl(x, y, random_state):
    """Turns the plane about a point, less with the distance from it."""
    centre_x, centre_y = random_state.uniform(0, 1, size=2)
    turn, width = random_state.uniform(-2.5, 2.5), random_state.uniform(0.1, 0.4)
    dx, dy = x - centre_x, y - centre_y
    angle = turn * np.exp(-(dx**2 + dy**2) / width**2)
    cos, sin = np.cos(angle), np.sin(angle)
    return centre_x + cos * dx - sin * dy, centre_y + sin * dx + cos * dy
