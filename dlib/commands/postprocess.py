"""dlib_postprocess: makes a representation of a trained model."""

from dlib.utils import command_line

NAME = "dlib_postprocess"
DESCRIPTION = "Makes a representation of a trained model."


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    command_line.required(flags, "model_dir", "output_dir", "gin_config")
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    from dlib.postprocessing.postprocess import postprocess_with_gin

    postprocess_with_gin(
        flags.model_dir, flags.output_dir, flags.overwrite, flags.gin_config, flags.gin_bindings
    )
    print(f"representation: {flags.output_dir}")


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument("--model_dir", help="folder of the training")
    flags.add_argument("--output_dir", help="where to write the representation")
    flags.add_gin()
    flags.add_overwrite()
    return flags
