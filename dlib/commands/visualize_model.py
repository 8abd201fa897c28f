"""dlib_visualize_model: pictures of a trained model."""

from dlib.utils import command_line

NAME = "dlib_visualize_model"
DESCRIPTION = "Draws a trained model: reconstructions, samples, traversals, what latents know."


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    command_line.required(flags, "model_dir", "output_dir")
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    from dlib.visualize.visualize_model import visualize

    visualize(flags.model_dir, flags.output_dir, flags.overwrite)
    print(f"pictures: {flags.output_dir}")


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument("--model_dir", help="folder of the training")
    flags.add_argument("--output_dir", help="where to write the pictures")
    flags.add_overwrite()
    return flags
