"""Small pictures that live inside the page, as data addresses."""

import base64
import io

# Widths and WebP qualities, the best first.
_SIZES = ((1200, 82), (900, 80), (700, 78), (560, 72), (460, 66), (360, 58), (280, 50))
_PREFIX = "data:image/webp;base64,"
_PER_PIXEL = 0.09  # characters of a traversal's address at these qualities, rather more than less


def thumbnail(path, limit):
    """A picture file as a WebP data address of at most ``limit`` characters.

    Args:
      path: a picture that Pillow reads.
      limit: characters of the address.

    Returns:
      the address, or None if the file is no whole picture, or not even the smallest size fits.
    """
    from PIL import Image

    try:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
    except OSError:  # missing, half-written, or no picture
        return None
    for width, quality in _SIZES:
        width = min(width, picture.width)
        height = max(1, round(picture.height * width / picture.width))
        # A size that is far too large is not tried: encoding is what takes the time.
        if width * height * _PER_PIXEL > 2.5 * limit and width != _SIZES[-1][0]:
            continue
        address = _address(picture, (width, height), quality)
        if len(address) <= limit:
            return address
    return None


def _address(picture, size, quality):
    if size[0] < picture.width:
        # Each size is made of the original: sizes of sizes blur.
        picture = picture.resize(size, reducing_gap=2.0)
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=quality, method=2)
    return _PREFIX + base64.b64encode(stream.getvalue()).decode("ascii")
