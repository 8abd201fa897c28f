"""dlib_visualize_model: pictures of a trained model."""

from dlib.utils import command_line

NAME = "dlib_visualize_model"
DESCRIPTION = "Draws a trained model: reconstructions, samples, traversals, what latents know."


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    command_line.required(flags, "model_dir")
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    from dlib.visualize.best_run import choose_run, run_directory

    choice = choose_run(flags.model_dir)
    print(describe(choice))
    output_dir = flags.output_dir or run_directory(choice.model_dir) / "visualizations"
    from dlib.visualize.visualize_model import visualize

    visualize(choice.model_dir, output_dir, flags.overwrite, gin_bindings=flags.gin_bindings)
    print(f"pictures: {output_dir}")


def describe(choice):
    """One line about the run that was chosen."""
    if choice.num_runs == 1:
        return f"model: {choice.model_dir}"
    left_out = f", {choice.num_unscored} of them without" if choice.num_unscored else ""
    return (
        f"model: {choice.model_dir}, the highest MIG ({choice.mig:.3f}) of {choice.num_runs} "
        f"runs{left_out}"
    )


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument(
        "--model_dir",
        help="folder of the training; or a folder or pattern of many runs, of which the one of "
        "the highest MIG is drawn",
    )
    flags.add_argument(
        "--output_dir", help="where to write the pictures (visualizations, beside the model)"
    )
    flags.add_argument(
        "--gin_bindings",
        action="append",
        default=[],
        metavar="'NAME = VALUE'",
        help="a line of configuration, such as 'traversal.limit = 3.0' or 'traversal.kind = "
        '"quantiles"\'; may be repeated',
    )
    flags.add_overwrite()
    return flags
