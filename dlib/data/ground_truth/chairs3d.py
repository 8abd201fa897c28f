"""3D Chairs: renderings of chair models, 62 views each; unlabelled.

Aubry et al., "Seeing 3D Chairs", CVPR 2014. Served from ``chairs3d/rendered_chairs.tar`` as
downloaded, or from the unpacked folder ``chairs3d/rendered_chairs``.
"""

import collections
import fnmatch
import functools
import tarfile

import gin

from dlib.data.ground_truth import image_files, sources
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.stored import UnlabelledImages
from dlib.utils.errors import DlibError

SIZE = 64
VIEWS = 62
PATTERN = "*/renders/*.png"  # below rendered_chairs/


@register("chairs3d")
@gin.configurable("chairs3d")
class Chairs3D(UnlabelledImages):
    """64x64x1; as many models as are found (1393 or 1394, by who counts), 62 views each.

    Grey, the whole picture resized. Images are in alphabetical order of model and view.

    Args:
      crop: None; or pixels of a middle square that is cut out first (the authors of DEFT ask for
        400 and then use the whole picture).

    Raises:
      DlibError: a model without exactly 62 views, a damaged file.
    """

    def __init__(self, crop=None):
        if crop is not None and not (isinstance(crop, int) and crop > 0):
            raise DlibError(f"chairs3d.crop: expected pixels or None, found {crop!r}")
        path = sources.find("chairs3d", "chairs3d/rendered_chairs.tar", "chairs3d/rendered_chairs")
        files = sorted(path.glob(PATTERN)) if path.is_dir() else [path]
        store = sources.stored_images(
            "chairs3d",
            sources.identity(files, crop),
            (None, SIZE, SIZE, 1),
            functools.partial(_folder_blocks if path.is_dir() else _tar_blocks, path, crop),
        )
        super().__init__("chairs3d", sources.short(path), store)


def _folder_blocks(folder, crop):
    files = sorted(folder.glob(PATTERN))
    _check_views(folder, [file.parts[-3] for file in files])
    yield from image_files.image_blocks("chairs3d", files, lambda file: file, SIZE, SIZE, 1, crop)


def _tar_blocks(path, crop):
    try:
        with tarfile.open(path) as archive:
            members = {
                member.name: member
                for member in archive.getmembers()
                if member.isfile() and fnmatch.fnmatch(member.name, f"*rendered_chairs/{PATTERN}")
            }
            names = sorted(members)
            _check_views(path, [name.split("/")[-3] for name in names])
            yield from image_files.image_blocks(
                "chairs3d",
                names,
                lambda name: archive.extractfile(members[name]),
                SIZE,
                SIZE,
                1,
                crop,
            )
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DlibError(f"{path}: damaged or cut short ({error}); download it again") from error


def _check_views(path, models):
    if not models:
        raise DlibError(f"{path}: no rendered_chairs/<model>/renders/*.png in it")
    for model, views in collections.Counter(models).items():
        if views != VIEWS:
            raise DlibError(
                f"{path}: model {model} has {views} views, expected {VIEWS}; the download or its "
                f"unpacking was cut short"
            )
