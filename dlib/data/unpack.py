"""Archives, unpacked only into their own folder."""

import shutil
import tarfile
import zlib
from pathlib import PurePosixPath

from dlib.utils.errors import DlibError
from dlib.utils.files import replacing_folder


def unpack(archive, prefix, target):
    """Takes the members that begin with ``prefix`` out of an archive, and removes the archive.

    Args:
      archive: path of a tar file, compressed or not.
      prefix: what is left out of their names.
      target: the folder they go to; it is made whole or not at all.

    Raises:
      DlibError: a damaged archive, one with a member that lies outside its folder, a link among
        the wanted members, or no such member.
    """
    try:
        with tarfile.open(archive) as members, replacing_folder(target) as temporary:
            count = 0
            for member in members:
                _check_inside(archive, member.name)
                if member.isdir() or not member.name.startswith(prefix):
                    continue
                if not member.isfile():
                    raise DlibError(f"{archive}: {member.name} is a link, which is not unpacked")
                inside = temporary / member.name[len(prefix) :]
                inside.parent.mkdir(parents=True, exist_ok=True)
                with members.extractfile(member) as source, open(inside, "wb") as out:
                    shutil.copyfileobj(source, out)
                count += 1
            if not count:
                raise DlibError(f"{archive}: no member begins with {prefix}")
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DlibError(
            f"{archive}: damaged or cut short ({error}); remove it and run again"
        ) from error
    archive.unlink()


def _check_inside(archive, member):
    """Refuses names that lead out of the folder."""
    path = PurePosixPath(member)
    if path.is_absolute() or ".." in path.parts or "\\" in member:
        raise DlibError(f"{archive}: member {member!r} lies outside its folder; nothing unpacked")
