"""dlib_visualize_dataset: pictures of a data set, factor by factor."""

from dlib.utils import command_line
from dlib.utils.gin_utils import configured, query

NAME = "dlib_visualize_dataset"
DESCRIPTION = "Draws the values of each factor of a data set, in rows and as animations."
_DEFAULT = "dsprites_full"


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    # Imported late, so that --help and mistakes in the flags need not wait for matplotlib.
    from dlib.data.ground_truth.named_data import dataset_names
    from dlib.visualize.visualize_dataset import visualize_dataset

    dataset_names()  # so that the options of every data set are known to the configuration
    with configured(flags.gin_config, flags.gin_bindings):
        name = flags.name or query("dataset.name", _DEFAULT)
        written = visualize_dataset(name, flags.path, flags.num_animations, flags.num_frames)
    for path in written:
        print(path)


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument(
        "--name", help=f"the data set; by default the configuration's, else {_DEFAULT}"
    )
    flags.add_argument(
        "--path",
        default="dataset_visualizations",
        help="folder; pictures are written to a folder of the data set's name in it "
        "(dataset_visualizations)",
    )
    flags.add_argument(
        "--num_animations", type=int, default=5, help="points from which each factor moves (5)"
    )
    flags.add_argument("--num_frames", type=int, default=20, help="frames of an animation (20)")
    flags.add_gin()
    return flags
