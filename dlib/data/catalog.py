"""Where the public data sets live, and how to know that a download is the right file.

Sums are md5, as published by other loaders of these files; sizes are those that the servers told
them. A sum or size that nobody published is None: the sum that was found is then reported.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch.

    Attributes:
      path: where it belongs, below the data directory.
      urls: addresses, tried in this order.
      md5: checksum, or None.
      size: bytes, or None.
      unpack: None; or (beginning of the members' names, folder below the data directory) of a
        tar archive that is unpacked and then removed.
      instead: other files below the data directory that do as well.
    """

    path: str
    urls: tuple
    md5: str | None = None
    size: int | None = None
    unpack: tuple | None = None
    instead: tuple = ()


_DSPRITES = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64"
_NORB_ADDRESSES = (
    "https://cs.nyu.edu/~ylclab/data/norb-v1.0-small",
    "http://www.cs.nyu.edu/~ylclab/data/norb-v1.0-small",
)
_NORB = (
    ("5x46789x9x18x6x2x96x96-training-dat", "66054832f9accfe74a0f4c36a75bc0a2", 131_896_188),
    ("5x46789x9x18x6x2x96x96-training-cat", "23c8b86101fbf0904a000b43d3ed2fd9", 348),
    ("5x46789x9x18x6x2x96x96-training-info", "51dee1210a742582ff607dfd94e332e3", 71_052),
    ("5x01235x9x18x6x2x96x96-testing-dat", "e4ad715691ed5a3a5f138751a4ceb071", 130_799_817),
    ("5x01235x9x18x6x2x96x96-testing-cat", "5aa791cd7e6016cf957ce9bdb93b8603", 347),
    ("5x01235x9x18x6x2x96x96-testing-info", "a9454f3864d7fd4bb3ea7fc3eb84924e", 10_428),
)
_MPI3D = "https://storage.googleapis.com/mpi3d_disentanglement_dataset/data"


def _norb_file(name, md5, size):
    file = f"smallnorb-{name}.mat"
    return RemoteFile(
        f"small_norb/{file}.gz",
        tuple(f"{address}/{file}.gz" for address in _NORB_ADDRESSES),
        md5,
        size,
        instead=(f"small_norb/{file}",),
    )


CATALOG = {
    "dsprites": (
        RemoteFile(
            f"dsprites/{_DSPRITES}.hdf5",
            (
                f"https://github.com/google-deepmind/dsprites-dataset/raw/master/{_DSPRITES}.hdf5",
                "https://raw.githubusercontent.com/google-deepmind/dsprites-dataset/master/"
                f"{_DSPRITES}.hdf5",
            ),
            "b331c4447a651c44bf5e8ae09022e230",
            28_024_106,
            instead=(f"dsprites/{_DSPRITES}.npz",),
        ),
    ),
    "scream": (
        RemoteFile(
            "scream/scream.jpg",
            ("https://upload.wikimedia.org/wikipedia/commons/f/f4/The_Scream.jpg",),
        ),
    ),
    "smallnorb": tuple(_norb_file(*facts) for facts in _NORB),
    "cars3d": (
        RemoteFile(
            "nips2015-analogy-data.tar.gz",
            (
                "http://www.scottreed.info/files/nips2015-analogy-data.tar.gz",
                "http://www-personal.umich.edu/~reedscot/files/nips2015-analogy-data.tar.gz",
            ),
            "4e866a7919c1beedf53964e6f7a23686",
            unpack=("data/cars/", "cars"),
        ),
    ),
    "shapes3d": (
        RemoteFile(
            "3dshapes/3dshapes.h5",
            (
                "https://storage.googleapis.com/3d-shapes/3dshapes.h5",
                "https://storage.googleapis.com/storage/v1/b/3d-shapes/o/3dshapes.h5?alt=media",
            ),
            "099a2078d58cec4daad0702c55d06868",
            267_573_662,
        ),
    ),
    "mpi3d_toy": (
        RemoteFile(
            "mpi3d_toy/mpi3d_toy.npz",
            (f"{_MPI3D}/mpi3d_toy.npz",),
            "55889cb7c7dfc655d6e0277beee88868",
        ),
    ),
    "mpi3d_realistic": (
        RemoteFile(
            "mpi3d_realistic/mpi3d_realistic.npz",
            (f"{_MPI3D}/mpi3d_realistic.npz",),
            "59a6225b88b635365f70c91b3e52f70f",
        ),
    ),
    "mpi3d_real": (
        RemoteFile(
            "mpi3d_real/mpi3d_real.npz",
            (f"{_MPI3D}/real.npz",),
            "0f33f609918fb5c97996692f91129802",
        ),
    ),
    "chairs3d": (
        RemoteFile(
            "chairs3d/rendered_chairs.tar",
            ("https://www.di.ens.fr/willow/research/seeing3Dchairs/data/rendered_chairs.tar",),
            instead=("chairs3d/rendered_chairs",),
        ),
    ),
}

# Names of data sets that are served from the same files.
ALIASES = dict.fromkeys(
    ("dsprites_full", "dsprites_noshape", "color_dsprites", "noisy_dsprites", "abstract_dsprites"),
    ("dsprites",),
) | {"scream_dsprites": ("dsprites", "scream")}

# What the reference's (disentanglement_lib) script of this name fetches.
DEFAULT = ("smallnorb", "cars3d", "dsprites", "scream", "mpi3d_toy")
