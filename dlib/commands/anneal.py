"""dlib_anneal: freezing points of a data set's factors, and a schedule for DEFT."""

from pathlib import Path

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
    from dlib.annealing.anneal import anneal_with_gin, default_output_dir

    output_dir = flags.output_dir or default_output_dir(config_files)
    found = anneal_with_gin(output_dir, flags.overwrite, config_files, flags.gin_bindings)
    draw(output_dir)
    tell(found)
    print(f"next: dlib_train --gin_config={output_dir}/deft.gin")


def tell(found):
    """Prints a proposal and how inseparable its parts are."""
    for group, beta, size in zip(
        found["groups"], found["betas"], found["group_sizes"], strict=True
    ):
        print(f"beta {beta:8.4g}  {size} latents  {', '.join(group)}")
    for change in found["change_points"]:
        interval = f"{change['low']:.3g} to {change['high']:.3g}, in {change['found']:.0%} of draws"
        levels = f"{change['before']:.2g} to {change['after']:.2g} nats per unit of log beta"
        print(f"change at beta {change['beta']:.3g} ({interval}): {levels}")
    for pair in found["overlaps"]:
        apart = "one group" if _share(found, pair) else "parted"
        if not pair["may_part"]:
            apart += ", no change point here"
        overlap = f"{pair['overlap']:.0%} on the wrong side"
        print(f"between {pair['upper']} and {pair['lower']}: {overlap} ({apart})")


def _share(found, pair):
    return any({pair["upper"], pair["lower"]} <= set(group) for group in found["groups"])


def draw(folder):
    """Draws the figures of a finished test beside its tables, see ``dlib.annealing.pictures``."""
    from dlib.annealing import pictures
    from dlib.utils import files

    aggregate = files.read_json(Path(folder) / "results" / "aggregate" / "anneal.json")
    pictures.draw(folder, float(aggregate["anneal_config.freezing_point.threshold"]))


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument("--output_dir", help="by default output/<config name>")
    flags.add_gin()
    flags.add_overwrite()
    return flags
