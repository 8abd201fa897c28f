"""Files of the official size and format, with smooth and meaningless content.

Each function takes the folder that becomes the data directory.
"""

import numpy as np

VIEWS = 62  # of each chair


def dsprites_npz(root):
    """imgs uint8 [737280, 64, 64], latents_classes int64 [737280, 6], compressed."""
    from dlib.data.ground_truth.dsprites_render import FACTOR_SIZES, draw_sprite

    folder = root / "dsprites"
    folder.mkdir()
    path = folder / "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"
    sprites = (
        np.unpackbits(draw_sprite(*sprite).reshape(1024, 64).view(np.uint8), axis=1)
        for sprite in np.indices(FACTOR_SIZES[1:4]).reshape(3, -1).T
    )
    classes = np.indices(FACTOR_SIZES).reshape(6, -1).T
    _write_npz(path, "w", "imgs", (737280, 64, 64), sprites)
    _write_npz(path, "a", "latents_classes", classes.shape, [classes])


def shapes3d_h5(root):
    """images uint8 [480000, 64, 64, 3], labels float64 [480000, 6], gzip."""
    import h5py

    (root / "3dshapes").mkdir()
    sizes = (10, 10, 10, 8, 4, 15)
    with h5py.File(root / "3dshapes" / "3dshapes.h5", "w") as file:
        file["labels"] = np.indices(sizes).reshape(6, -1).T / np.array(sizes)
        images = file.create_dataset(
            "images", (480000, 64, 64, 3), np.uint8, chunks=(64, 64, 64, 3), compression=1
        )
        for start, block in _smooth_blocks(480000):
            images[start : start + len(block)] = block


def mpi3d_npz(root):
    """images uint8 [460800, 64, 64, 3], compressed."""
    (root / "mpi3d_toy").mkdir()
    blocks = (block for _, block in _smooth_blocks(460800))
    _write_npz(root / "mpi3d_toy" / "mpi3d_toy.npz", "w", "images", (460800, 64, 64, 3), blocks)


def norb_mat(root):
    """Both chunks: dat uint8 [24300, 2, 96, 96], cat int32 [24300], info int32 [24300, 4]."""
    (root / "small_norb").mkdir()
    rows = np.indices((5, 5, 9, 18, 6)).reshape(5, -1).T.astype(np.int32)
    for chunk, first in (
        ("5x46789x9x18x6x2x96x96-training", 0),
        ("5x01235x9x18x6x2x96x96-testing", 5),
    ):
        info = rows[:, 1:] * np.array([1, 1, 2, 1], np.int32) + np.array([first, 0, 0, 0], np.int32)
        images = np.random.RandomState(first).randint(256, size=(300, 2, 96, 96)).astype(np.uint8)
        for part, values, repeats in (
            ("cat", rows[:, 0], 1),
            ("info", info, 1),
            ("dat", images, 81),
        ):
            with open(root / "small_norb" / f"smallnorb-{chunk}-{part}.mat", "wb") as file:
                shape = (len(values) * repeats, *values.shape[1:])
                magic = 0x1E3D4C55 if values.dtype == np.uint8 else 0x1E3D4C54
                sizes = (*shape, *(1,) * (3 - len(shape)))
                np.array([magic, len(shape), *sizes], "<i4").tofile(file)
                for _ in range(repeats):
                    file.write(np.ascontiguousarray(values).tobytes())


def cars_mat(root):
    """183 files with im uint8 [128, 128, 3, 24, 4]."""
    from scipy.io import savemat

    (root / "cars").mkdir()
    views = np.random.RandomState(0).randint(256, size=(128, 128, 3, 24, 4)).astype(np.uint8)
    for number in range(183):
        savemat(root / "cars" / f"car_{number:03d}_mesh.mat", {"im": views})


def chairs_folder(root):
    """1393 models of 62 pictures, PNG of 600x600 in colour, 15 to 31 KB each."""
    pictures = [_chair_like(seed) for seed in range(VIEWS)]
    for model in range(1393):
        renders = root / "chairs3d" / "rendered_chairs" / f"{model:032x}" / "renders"
        renders.mkdir(parents=True)
        for view, picture in enumerate(pictures):
            (renders / f"image_{view:03d}_p020_t{view:03d}_r096.png").write_bytes(picture)


def chairs_tar(root):
    """The same in one tar, as it is downloaded."""
    import io
    import tarfile

    (root / "chairs3d").mkdir()
    pictures = [_chair_like(seed) for seed in range(VIEWS)]
    with tarfile.open(root / "chairs3d" / "rendered_chairs.tar", "w") as archive:
        for model in range(1393):
            for view, picture in enumerate(pictures):
                name = f"image_{view:03d}_p020_t{view:03d}_r096.png"
                member = tarfile.TarInfo(f"rendered_chairs/{model:032x}/renders/{name}")
                member.size = len(picture)
                archive.addfile(member, io.BytesIO(picture))


def _chair_like(seed):
    """A PNG: white, with shaded boxes and some grain, so that it is as large as a real one."""
    import io

    from PIL import Image

    random_state = np.random.RandomState(seed)
    pixels = np.full((600, 600, 3), 255, np.uint8)
    for _ in range(6):
        top, left = random_state.randint(150, 350, 2)
        height, width = random_state.randint(15, 120, 2)
        shade = np.linspace(60, 180, width)[None, :, None] + random_state.randint(0, 40, 3)
        grain = random_state.randint(-3, 4, (height, width, 1))
        pixels[top : top + height, left : left + width] = shade + grain
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _smooth_blocks(num_images):
    """A box before a shaded background: 370 bytes an image packed (Shapes3D's own: 557)."""
    random_state = np.random.RandomState(0)
    shade = np.linspace(0.5, 1, 64)[:, None, None]  # from top to bottom
    for start in range(0, num_images, 1024):
        count = min(1024, num_images - start)
        colors = random_state.uniform(0, 255, size=(2, count, 1, 1, 3))
        block = np.repeat((colors[0] * shade).astype(np.uint8), 64, axis=2)
        for image, color, (row, column) in zip(
            block, colors[1].astype(np.uint8), random_state.randint(8, 40, (count, 2)), strict=True
        ):
            image[row : row + 16, column : column + 16] = color
        yield start, block


def _write_npz(path, mode, key, shape, blocks):
    """One array of an npz, compressed, written block by block."""
    import zipfile

    with (
        zipfile.ZipFile(path, mode, zipfile.ZIP_DEFLATED, compresslevel=4) as archive,
        archive.open(f"{key}.npy", "w", force_zip64=True) as member,
    ):
        for number, block in enumerate(blocks):
            if number == 0:
                header = {"descr": block.dtype.str, "fortran_order": False, "shape": tuple(shape)}
                np.lib.format.write_array_header_1_0(member, header)
            member.write(np.ascontiguousarray(block).data)
