"""How the reference (disentanglement_lib) serves its data sets, for comparison.

The whole array lies in memory in the reference's dtype, and training draws one observation after
the other: one ``randint`` for each factor, an index computed from them, and the variant's noise.

Each function opens a set's files and returns ``observe(random_state)`` -> ``[H, W, C]``.
"""

import numpy as np

DSPRITES = (3, 6, 40, 32, 32)
SHAPES3D = (10, 10, 10, 8, 4, 15)
MPI3D_TOY = (4, 4, 2, 3, 3, 40, 40)
NORB = (5, 10, 9, 18, 6)  # category, instance, elevation, azimuth, lighting
CARS3D = (4, 24, 183)


def needed_bytes(name):
    """Memory at the peak of loading."""
    return {
        "shapes3d": 480000 * 64 * 64 * 3 * (1 + 4 + 4),  # uint8, float32, and its quotient by 255
        "mpi3d_toy": 460800 * 64 * 64 * 3,
        "cars3d": 17568 * 64 * 64 * 3 * (8 + 8),
        "smallnorb": 48600 * 64 * 64 * (8 + 8) + 97200 * 96 * 96,
    }.get(name, 2 * 737280 * 64 * 64)  # the file's array and its copy


def dsprites(root):
    """float32 of zeros and ones."""
    images = _whole_dsprites(root)
    return lambda random_state: _drawn(images, DSPRITES, random_state).astype(np.float32)[0]


def color_dsprites(root):
    """float64; one colour an observation."""
    images = _whole_dsprites(root)

    def observe(random_state):
        sprites = np.repeat(_drawn(images, DSPRITES, random_state), 3, axis=3)
        return (sprites * random_state.uniform(0.5, 1, [1, 1, 1, 3]))[0]

    return observe


def noisy_dsprites(root):
    """float64; noise for each value."""
    images = _whole_dsprites(root)

    def observe(random_state):
        sprites = np.repeat(_drawn(images, DSPRITES, random_state), 3, axis=3)
        return np.minimum(sprites + random_state.uniform(0, 1, [1, 64, 64, 3]), 1.0)[0]

    return observe


def scream_dsprites(root):
    """float32; a patch and a tint an observation."""
    from dlib.data.ground_truth import scream

    images, painting = _whole_dsprites(root), scream.background()[1].astype(np.float32) / 255.0

    def observe(random_state):
        sprite = np.repeat(_drawn(images, DSPRITES, random_state), 3, axis=3)[0]
        row = random_state.randint(0, painting.shape[0] - 64)
        column = random_state.randint(0, painting.shape[1] - 64)
        patch = painting[row : row + 64, column : column + 64]
        background = (patch + random_state.uniform(0, 1, size=3)) / 2.0
        return np.where(sprite == 1, 1 - background, background).astype(np.float32)

    return observe


def abstract_dsprites(root):
    """float64; a background and an object colour an observation, the orientation hidden."""
    from dlib.data.ground_truth.dsprites import BACKGROUND_COLORS, OBJECT_COLORS

    images = _whole_dsprites(root)

    def observe(random_state):
        background = BACKGROUND_COLORS[random_state.randint(5, size=1)[0]]
        foreground = OBJECT_COLORS[random_state.randint(6, size=1)[0]]
        sprite = np.repeat(_drawn(images, DSPRITES, random_state), 3, axis=3)[0]
        return np.where(sprite == 1, foreground, background)

    return observe


def shapes3d(root):
    """float32 in [0, 1] throughout."""
    import h5py

    with h5py.File(root / "3dshapes" / "3dshapes.h5") as file:
        images = file["images"][:].astype(np.float32) / 255.0
    return lambda random_state: _drawn(images, SHAPES3D, random_state)[0]


def mpi3d_toy(root):
    """The bytes; float64 one by one."""
    with np.load(root / "mpi3d_toy" / "mpi3d_toy.npz") as file:
        images = file["images"]
    return lambda random_state: (_drawn(images, MPI3D_TOY, random_state) / 255.0)[0]


def smallnorb(root):
    """float64 in [0, 1] throughout, camera 0, resized one by one in 32 bits."""
    from PIL import Image

    images = np.zeros([48600, 64, 64])
    # The files made here hold the instances 0-4 and 5-9, each in row-major order.
    rows = np.arange(48600).reshape(NORB)
    for path, places in zip(
        ("5x46789x9x18x6x2x96x96-training", "5x01235x9x18x6x2x96x96-testing"),
        (rows[:, :5].ravel(), rows[:, 5:].ravel()),
        strict=True,
    ):
        content = (root / "small_norb" / f"smallnorb-{path}-dat.mat").read_bytes()
        pairs = np.frombuffer(content, np.uint8, offset=24).reshape(-1, 2, 96, 96)
        for place, image in zip(places, pairs[:, 0], strict=True):
            picture = Image.fromarray(image.astype(np.int32))
            images[place] = np.asarray(picture.resize((64, 64), Image.Resampling.LANCZOS))
    images = images / 255.0
    return lambda random_state: _drawn(images, NORB, random_state).astype(np.float32)[0]


def cars3d(root):
    """float64 in [0, 1] throughout, resized one by one."""
    from PIL import Image
    from scipy.io import loadmat

    images = np.zeros([17568, 64, 64, 3])
    places = np.arange(17568).reshape(CARS3D)  # [elevation, azimuth, object]
    for number, path in enumerate(sorted((root / "cars").glob("*.mat"))):
        views = loadmat(path)["im"].transpose(4, 3, 0, 1, 2)  # [4, 24, 128, 128, 3]
        for elevation, azimuth in np.ndindex(4, 24):
            picture = Image.fromarray(views[elevation, azimuth])
            picture.thumbnail((64, 64), Image.Resampling.LANCZOS)
            images[places[elevation, azimuth, number]] = np.asarray(picture)
    images = images / 255.0
    return lambda random_state: _drawn(images, CARS3D, random_state).astype(np.float32)[0]


OPEN = {
    "dsprites_full": dsprites,
    "dsprites_noshape": dsprites,  # the same draws in another order
    "color_dsprites": color_dsprites,
    "noisy_dsprites": noisy_dsprites,
    "scream_dsprites": scream_dsprites,
    "abstract_dsprites": abstract_dsprites,
    "smallnorb": smallnorb,
    "cars3d": cars3d,
    "shapes3d": shapes3d,
    "mpi3d_toy": mpi3d_toy,
}


def _whole_dsprites(root):
    """The bytes, twice while loading: uint8 ``[737280, 64, 64]``."""
    with np.load(next((root / "dsprites").glob("*.npz"))) as file:
        return np.array(file["imgs"])


def _drawn(images, sizes, random_state):
    """One image of drawn factors, ``[1, H, W, C]``."""
    factors = np.zeros((1, len(sizes)), np.int64)
    for column, size in enumerate(sizes):
        factors[:, column] = random_state.randint(size, size=1)
    bases = np.prod(sizes) / np.cumprod(sizes)
    image = images[np.array(np.dot(factors, bases), dtype=np.int64)]
    return image[..., None] if image.ndim == 3 else image
