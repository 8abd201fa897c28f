"""3D Chairs: renderings of chair models, 62 views each; unlabelled.

Aubry et al., "Seeing 3D Chairs", CVPR 2014. Served from ``chairs3d/rendered_chairs.tar`` as
downloaded, or from the unpacked folder ``chairs3d/rendered_chairs``.
"""

import collections
import functools
import io
import re
import tarfile

import gin

from dlib.data.ground_truth import file_tree, image_files, sources
from dlib.data.ground_truth.registry import register
from dlib.data.ground_truth.stored import UnlabelledImages
from dlib.utils.errors import DlibError

SIZE = 64
VIEWS = 62
_VIEW = re.compile(r"[^/]+/renders/[^/.][^/]*\.png").fullmatch


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
        if path.is_dir():
            tree = file_tree.files_below(path, ".png", _is_view)
            key = tree.identity(crop)
            blocks = functools.partial(_folder_blocks, path, tree.paths, crop)
        else:
            key = sources.identity([path], crop)
            blocks = functools.partial(_tar_blocks, path, crop)
        store = sources.stored_images("chairs3d", key, (None, SIZE, SIZE, 1), blocks)
        super().__init__("chairs3d", sources.short(path), store)


def _is_view(path):
    """Whether a path below ``rendered_chairs`` is ``<model>/renders/<view>.png``."""
    return bool(_VIEW(path))


def _folder_blocks(folder, files, crop):
    _check_views(folder, [file.split("/")[0] for file in files])
    paths = [folder / file for file in files]
    yield from image_files.image_blocks("chairs3d", paths, SIZE, SIZE, 1, crop)


def _tar_blocks(path, crop):
    try:
        with tarfile.open(path) as archive:
            views = {}  # member by path below rendered_chairs
            for member in archive.getmembers():
                file = member.name.rpartition("rendered_chairs/")[2]
                if member.isfile() and "rendered_chairs/" in member.name and _is_view(file):
                    views[file] = member
            names = sorted(views)
            _check_views(path, [name.split("/")[0] for name in names])

            def opened(name):  # by one thread: an archive has one position
                return io.BytesIO(archive.extractfile(views[name]).read())

            yield from image_files.image_blocks("chairs3d", names, SIZE, SIZE, 1, crop, opened)
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
