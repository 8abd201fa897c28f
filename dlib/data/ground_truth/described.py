"""What each data set holds, told without opening it: factors, sizes, images, files."""

from dataclasses import dataclass

import numpy as np

from dlib.data.ground_truth import named_data


@dataclass(frozen=True)
class Description:
    """One data set.

    Attributes:
      name: the value of ``dataset.name``.
      factors: names of the factors that are told, with their numbers of values.
      hidden: the same of those that are drawn anew for each observation.
      observation_shape: ``[H, W, C]``.
      files: what it is made of, below the data directory; "drawn" where no file is needed.
      remark: what is drawn at each use, or is peculiar.
      num_images: stored images; None where it depends on the files, or nothing is stored.
      origin: who published it.
    """

    name: str
    factors: dict
    observation_shape: tuple
    files: str
    hidden: dict
    remark: str
    num_images: int | None
    origin: str = ""


def describe(name):
    """Describes a data set.

    One that is not in the list here, such as a user's own, is opened and asked.

    Raises:
      DlibError: if there is no such name, or the set has to be opened and cannot be.
    """
    known = {description.name: description for description in DESCRIPTIONS}
    if name in known:
        return known[name]
    data = named_data.get_named_ground_truth_data(name)
    factors = dict(zip(data.factor_names, data.factors_num_values, strict=True))
    shape, num_images = tuple(data.observation_shape), getattr(data, "num_images", None)
    return Description(name, factors, shape, data.source, {}, "", num_images)


def _product(name, origin, factors, observation_shape, files, hidden=None, remark=""):
    """A set that holds every combination of its factors once."""
    hidden = hidden or {}
    num_images = int(np.prod([*factors.values(), *hidden.values()], dtype=np.int64))
    return Description(name, factors, observation_shape, files, hidden, remark, num_images, origin)


def _dsprites():
    return {"shape": 3, "scale": 6, "orientation": 40, "posX": 32, "posY": 32}


def _without(factors, name):
    return {key: size for key, size in factors.items() if key != name}


_DSPRITES_FILE = "dsprites/dsprites_ndarray_co1sh3sc6or40x32y32_64x64.{npz,hdf5}, else drawn"
_SCREAM_FILES = f"{_DSPRITES_FILE}; scream/scream.jpg, else painted"
_SHAPES3D = {
    "floor color": 10,
    "wall color": 10,
    "object color": 10,
    "size": 8,
    "shape": 4,
    "azimuth": 15,
}
_SMALLNORB = {"category": 5, "elevation": 9, "azimuth": 18, "lighting": 6}
_ABSTRACT = {"background color": 5, "object color": 6, **_without(_dsprites(), "orientation")}


def _mpi3d(colors, shapes):
    return {
        "object color": colors,
        "object shape": shapes,
        "object size": 2,
        "camera height": 3,
        "background color": 3,
        "horizontal axis": 40,
        "vertical axis": 40,
    }


_GREY, _COLOR = (64, 64, 1), (64, 64, 3)

_DSPRITES, _VARIANTS = "Matthey et al., 2017", "Locatello et al., 2019"
_MPI3D, _DEFT, _TESTS = "Gondal et al., 2019", "the DEFT authors", "for tests"

DESCRIPTIONS = (
    _product("dsprites_full", _DSPRITES, _dsprites(), _GREY, _DSPRITES_FILE),
    _product(
        "dsprites_noshape",
        _DSPRITES,
        _without(_dsprites(), "shape"),
        _GREY,
        _DSPRITES_FILE,
        {"shape": 3},
    ),
    _product(
        "color_dsprites", _VARIANTS, _dsprites(), _COLOR, _DSPRITES_FILE, remark="a random colour"
    ),
    _product(
        "noisy_dsprites",
        _VARIANTS,
        _dsprites(),
        _COLOR,
        _DSPRITES_FILE,
        remark="a random background",
    ),
    _product(
        "scream_dsprites",
        _VARIANTS,
        _dsprites(),
        _COLOR,
        _SCREAM_FILES,
        remark="a random tinted patch",
    ),
    _product(
        "abstract_dsprites",
        "van Steenkiste et al., 2019",
        _ABSTRACT,
        _COLOR,
        _DSPRITES_FILE,
        {"orientation": 40},
    ),
    _product(
        "smallnorb",
        "LeCun et al., 2004",
        _SMALLNORB,
        _GREY,
        "small_norb/smallnorb-*.mat[.gz]",
        {"instance": 10},
    ),
    _product(
        "cars3d",
        "Reed et al., 2015",
        {"elevation": 4, "azimuth": 24, "object": 183},
        _COLOR,
        "cars/*.mat",
    ),
    _product("shapes3d", "Kim and Mnih, 2018", _SHAPES3D, _COLOR, "3dshapes/3dshapes.h5"),
    _product("mpi3d_toy", _MPI3D, _mpi3d(4, 4), _COLOR, "mpi3d_toy/mpi3d_toy.npz"),
    _product(
        "mpi3d_realistic", _MPI3D, _mpi3d(4, 4), _COLOR, "mpi3d_realistic/mpi3d_realistic.npz"
    ),
    _product("mpi3d_real", _MPI3D, _mpi3d(6, 6), _COLOR, "mpi3d_real/mpi3d_real.npz"),
    _product("translation", _DEFT, {"posX": 22, "posY": 22}, _GREY, "drawn"),
    Description(
        "triangle_correlated",
        {"posX": 32, "posY": 32, "orientation": 32},
        _GREY,
        "drawn",
        {},
        "the orientation follows from the position",
        1024,
        _DEFT,
    ),
    Description(
        "chairs3d",
        {},
        _GREY,
        "chairs3d/rendered_chairs.tar, or unpacked",
        {},
        "unlabelled",
        None,
        "Aubry et al., 2014",
    ),
    Description(
        "identity",
        {f"factor {k}": 10 for k in range(10)},
        (10,),
        "drawn",
        {},
        "the observation is the vector of factors",
        None,
        _TESTS,
    ),
    Description(
        "dummy_data",
        {f"factor {k}": 5 for k in range(10)},
        _GREY,
        "drawn",
        {},
        "noise only",
        None,
        _TESTS,
    ),
)
