"""dlib_anneal: freezing points of a data set's factors, and a schedule for DEFT."""

import shlex
from pathlib import Path

from dlib.annealing import told
from dlib.utils import command_line
from dlib.utils.errors import DlibError

NAME = "dlib_anneal"
DESCRIPTION = (
    "Runs the annealing test of each factor, or of a whole data set without labels, and proposes "
    "pressures and groups for DEFT; writes deft.gin, which dlib_train takes as it is. Interrupted, "
    "the same command goes on."
)


def main(argv=None):
    """Runs the command; returns its exit status."""
    return command_line.run(NAME, _main, argv)


def _main(argv):
    flags = _flags().parse_args(argv)
    config_files = command_line.config_files(flags)
    if not config_files:
        raise DlibError(
            "--gin_config is missing: name a test, as in --gin_config=anneal_dsprites.gin."
        )
    # Imported late, so that --help and mistakes in the flags need not wait for PyTorch.
    from dlib.annealing import pictures
    from dlib.annealing.anneal import anneal_with_gin, default_output_dir

    output_dir = Path(flags.output_dir or default_output_dir(config_files))
    found = anneal_with_gin(output_dir, flags.overwrite, config_files, flags.gin_bindings)
    pictures.draw(output_dir)
    tell(found)
    print(f"next: {next_command(output_dir)}")


def tell(found):
    """Prints a proposal and how inseparable its parts are."""
    for group, beta, size in zip(
        found["groups"], found["betas"], found["group_sizes"], strict=True
    ):
        print(f"beta {beta:8.4g}  {size} latents  {', '.join(group)}")
    for part in (told.points, told.left_out, told.changes, told.overlaps):
        for line in part(found):
            print(line)


def next_command(output_dir):
    """The training by a proposal, beside its folder: each proposal has a training of its own."""
    model_dir = output_dir.parent / f"{output_dir.name}_deft" / "model"
    return shlex.join(
        ["dlib_train", f"--gin_config={output_dir / 'deft.gin'}", f"--model_dir={model_dir}"]
    )


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument("--output_dir", help="by default output/<config name>")
    flags.add_gin()
    flags.add_overwrite()
    return flags
