"""Pictures in files, decoded to one size.

Axes: m images of a block, H W C image.
"""

from concurrent import futures

import numpy as np

from dlib.utils import cores
from dlib.utils.errors import DlibError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
_WIDE_MODES = ("I", "F")  # 16 bits and more a value: no fixed meaning of white


def decoded(stream, height, width, channels, crop=None):
    """One picture.

    Transparency is laid on white; colours become grey or grey becomes colours as ``channels``
    asks; resized with LANCZOS.

    Args:
      stream: a path or an open binary file.
      channels: 1 (grey) or 3 (RGB).
      crop: None, the whole picture; "aspect", the largest middle part of the shape
        height : width; or an int, the middle square of so many pixels.

    Returns:
      uint8 ``[height, width, channels]``.

    Raises:
      ValueError: a picture of more than 8 bits a value, or smaller than ``crop``.
      Exception: whatever Pillow raises on a damaged file.
    """
    from PIL import Image, ImageOps

    with Image.open(stream) as image:
        if image.mode.startswith(_WIDE_MODES):
            raise ValueError(f"more than 8 bits a value (mode {image.mode})")
        image = ImageOps.exif_transpose(image)
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = image.convert("L" if channels == 1 else "RGB")
    image = _cropped(image, height, width, crop)
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(image).reshape(height, width, channels)


def image_blocks(name, files, height, width, channels, crop=None, opened=None, rows=512):
    """Yields all pictures as uint8 ``[m, H, W, C]``, in order, from ``rows`` files at a time.

    They are decoded by as many threads as there are cores: Pillow works outside of Python's lock.

    Args:
      name: the data set's, for messages.
      files: names of the pictures.
      opened: function of such a name, called in order by one thread; gives a path or an open
        file. Without it the names are paths.

    Raises:
      DlibError: at the end, with all the pictures that could not be decoded.
    """
    failures = []

    def picture(file, stream):
        try:
            return decoded(stream, height, width, channels, crop)
        except Exception as error:  # Pillow raises many kinds on a damaged file
            reason = (str(error) or type(error).__name__).splitlines()[0]
            failures.append(f"{file} ({reason})")
            return None

    with futures.ThreadPoolExecutor(cores.cores()) as threads:
        for start in range(0, len(files), rows):
            batch = files[start : start + rows]
            streams = map(opened, batch) if opened else batch
            pictures = [
                image for image in threads.map(picture, batch, streams) if image is not None
            ]
            if pictures:
                yield np.stack(pictures)
    if failures:
        raise DlibError(
            f"{name}: {len(failures)} of {len(files)} pictures cannot be used, remove or repair "
            f"them: {', '.join(sorted(failures)[:3])}{', ...' if len(failures) > 3 else ''}"
        )


def _cropped(image, height, width, crop):
    if crop is None:
        return image
    if crop == "aspect":
        scale = min(image.width / width, image.height / height)
        box_width, box_height = round(scale * width), round(scale * height)
    else:
        box_width = box_height = crop
    if box_width > image.width or box_height > image.height:
        raise ValueError(f"{image.width}x{image.height} pixels, smaller than the crop of {crop}")
    left, top = (image.width - box_width) // 2, (image.height - box_height) // 2
    return image.crop((left, top, left + box_width, top + box_height))
