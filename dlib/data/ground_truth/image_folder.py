"""The user's own pictures: any folder, unlabelled."""

from pathlib import Path

import gin

from dlib.data.ground_truth import file_tree, image_files, sources
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.stored import UnlabelledImages
from dlib.utils.errors import DlibError


@register("image_folder")
@gin.configurable("image_folder")
class ImageFolder(UnlabelledImages):
    """All pictures in a folder and below, in alphabetical order of their paths.

    Args:
      path: the folder; relative to the working directory or to the data directory.
      size: pixels, one number or (height, width).
      channels: 1 (grey) or 3 (colour).
      crop: "aspect" cuts the largest middle part of the right shape before resizing; None resizes
        the whole picture, which may distort it; an int cuts the middle square of so many pixels.

    Attributes:
      files: the paths, relative to the folder, by index of image.

    Raises:
      DlibError: a missing or empty folder, or pictures that cannot be decoded (all are named).
    """

    def __init__(self, path=gin.REQUIRED, size=64, channels=3, crop="aspect"):
        folder = sources.find_user_path("image_folder", path)
        height, width = checked_size("image_folder", size, channels)
        _check_crop(crop)
        found = pictures_below(folder)
        self.files = tuple(found.paths)
        store = sources.stored_images(
            "image_folder",
            found.identity(height, width, channels, crop),
            (len(self.files), height, width, channels),
            lambda: image_files.image_blocks(
                "image_folder",
                [folder / file for file in self.files],
                height,
                width,
                channels,
                crop,
            ),
        )
        super().__init__("image_folder", str(Path(folder).resolve()), store)


def pictures_below(folder):
    """All pictures in ``folder`` and below, as a ``FileTree``.

    Raises:
      DlibError: if there is none, or ``folder`` is a file.
    """
    if not folder.is_dir():
        raise DlibError(f"{folder}: expected a folder of pictures, found a file")
    found = file_tree.files_below(folder, image_files.SUFFIXES)
    if not found.paths:
        raise DlibError(
            f"{folder}: no picture in it or below (looked for {', '.join(image_files.SUFFIXES)})"
        )
    return found


def checked_size(name, size, channels):
    """``(height, width)`` of an option that is one number or two.

    Raises:
      DlibError: anything but positive integers, or channels other than 1 and 3.
    """
    sizes = (size, size) if isinstance(size, int) else tuple(size)
    if len(sizes) != 2 or not all(isinstance(pixels, int) and pixels > 0 for pixels in sizes):
        raise DlibError(f"{name}.size: expected pixels or (height, width), found {size!r}")
    if channels not in (1, 3):
        raise DlibError(f"{name}.channels: expected 1 (grey) or 3 (colour), found {channels!r}")
    return sizes


def _check_crop(crop):
    if crop not in (None, "aspect") and not (isinstance(crop, int) and crop > 0):
        raise DlibError(f"image_folder.crop: expected 'aspect', None or pixels, found {crop!r}")
