"""The document ``docs/data.md``, made of the descriptions of the data sets."""

from dlib.data.ground_truth.described import DESCRIPTIONS

_HEAD = """\
# The data sets in one table

Made by `python -m dlib.data.ground_truth.document > docs/data.md` from what the code itself knows;
[datasets.md](datasets.md) says how to use them.

Factors stand in the order of their columns, each with its number of values. Hidden factors are
drawn anew for each observation. Images are all that are stored, hidden factors included: one epoch.
Files are below `$DISENTANGLEMENT_LIB_DATA`.

| `dataset.name` | factors | hidden, remarks | height x width x channels | images | source | files |
|---|---|---|---|---|---|---|
"""
_TAIL = """
Three more take what they hold from an option: `image_folder` (any folder of pictures, unlabelled),
`array` (an npz or HDF5 file with images and, if it has them, factors) and `correlated` (any
labelled set, with other distributions of its factors).
"""


def markdown():
    """The table of all descriptions, as ``docs/data.md`` holds it."""
    return _HEAD + "".join(map(_row, DESCRIPTIONS)) + _TAIL


def _row(described):
    cells = (
        f"`{described.name}`",
        _listed(described.factors) or "none",
        "; ".join(part for part in (_listed(described.hidden), described.remark) if part),
        "x".join(map(str, described.observation_shape)),
        _number(described),
        described.origin,
        described.files,
    )
    return f"| {' | '.join(cells)} |\n"


def _number(described):
    if described.num_images is None:
        return "none stored" if described.files == "drawn" else "as found"
    return f"{described.num_images:,}"


def _listed(factors):
    sizes = list(factors.values())
    if len(sizes) > 1 and list(factors) == [f"factor {k}" for k in range(len(sizes))]:
        return f"factor 0 to factor {len(sizes) - 1}, {sizes[0]} each"
    return ", ".join(f"{name} {size}" for name, size in factors.items())


if __name__ == "__main__":
    print(markdown(), end="")
