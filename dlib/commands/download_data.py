"""dlib_download_data: public data sets, fetched and checked."""

import sys

from dlib.data import download
from dlib.data.catalog import CATALOG, DEFAULT
from dlib.data.ground_truth.cache import data_directory
from dlib.utils import command_line
from dlib.utils.errors import DlibError

NAME = "dlib_download_data"
DESCRIPTION = (
    "Fetches public data sets, checks their sums, and puts them where dlib looks for them: "
    "$DISENTANGLEMENT_LIB_DATA, by default the working directory."
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    root = flags.path or data_directory()
    names = download.sets_of(flags.names)
    if flags.list:
        print_states(names or CATALOG, root)
        return
    names = names or DEFAULT
    failed = []
    for name in names:
        try:
            download.download(name, root)
        except DlibError as error:
            failed.append(name)
            print(f"{NAME}: {error}", file=sys.stderr)
    if failed:
        raise DlibError(f"{len(failed)} of {len(names)} sets are missing: {', '.join(failed)}.")


def print_states(names, root):
    """Prints a line for each set: name, size, state, and where its files belong."""
    for name in names:
        size, state = download.state(name, root)
        files = CATALOG[name]
        place = files[0].unpack[1] if files[0].unpack else files[0].path
        place = place if len(files) == 1 else f"{place.rsplit('/', 1)[0]}/ ({len(files)} files)"
        print(f"{name:16} {download.megabytes(size):>10}  {state:18} {place}")


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument(
        "names",
        nargs="*",
        help=f"data sets, or the sets of files {', '.join(CATALOG)}; by default "
        f"{', '.join(DEFAULT)}",
    )
    flags.add_bool("list", "say what there is, how large it is and what is already here")
    flags.add_argument("--path", help="the data directory, instead of the variable's")
    return flags
