"""dlib_visualize_training: curves and heat maps of tracked trainings."""

from dlib.utils import command_line

NAME = "dlib_visualize_training"
DESCRIPTION = (
    "Draws what the tracker has found while models trained: scores, information, and the NMI of "
    "each factor; PNG, PDF and CSV."
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    command_line.required(flags, "model_dir")
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    from dlib.visualize.visualize_training import visualize_training

    written = visualize_training(
        flags.model_dir, flags.output_dir, flags.overwrite, flags.by, flags.scores
    )
    for path in written:
        print(path)


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument(
        "--model_dir",
        action="append",
        help="folder of a training, or a pattern in quotes, as 'output/tracked_*/*/model'; may be "
        "repeated; runs that differ in their seeds only become one line",
    )
    flags.add_argument(
        "--output_dir",
        default="training_visualizations",
        help="where to write (training_visualizations)",
    )
    flags.add_argument(
        "--by", metavar="SETTING",
        help="also a heat map of the trainings' ends with one row for each value of this setting, "
        "as in --by=deft.gamma",
    )  # fmt: skip
    flags.add_argument(
        "--scores",
        action="append",
        metavar="NAME",
        help="a score to draw, as in --scores=mig --scores=dci.completeness; may be repeated; by "
        "default MIG and one of each tracked metric",
    )
    flags.add_overwrite()
    return flags
