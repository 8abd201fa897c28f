"""dlib_anneal: freezing points of a data set's factors, and a schedule for DEFT."""

import csv
import math
from pathlib import Path

from dlib.utils import command_line
from dlib.utils.errors import DlibError

NAME = "dlib_anneal"
DESCRIPTION = (
    "Runs the annealing test of each factor and proposes pressures and groups for DEFT; writes "
    "deft.gin, which dlib_train takes as it is."
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
    draw(output_dir, found["betas"])
    for group, beta, size in zip(
        found["groups"], found["betas"], found["group_sizes"], strict=True
    ):
        print(f"beta {beta:8.4g}  {size} latents  {', '.join(group)}")
    for pair in found["overlaps"]:
        print(f"overlap of {pair['upper']} and {pair['lower']}: {pair['overlap']:.0%}")
    print(f"next: dlib_train --gin_config={output_dir}/deft.gin")


def draw(folder, betas):
    """Draws the points of a finished test, ``freezing_points.png`` and ``.pdf``, beside them."""
    from dlib.visualize import freezing_points

    bounds = {"never": 0.0, "at_once": math.inf}
    points = {}
    with open(Path(folder) / "points.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            beta = float(row["beta"]) if row["beta"] else bounds[row["outcome"]]
            points.setdefault(row["factor"], []).append(beta)
    freezing_points.draw_points(points, betas, Path(folder) / "freezing_points")


def _flags():
    flags = command_line.Flags(NAME, DESCRIPTION)
    flags.add_argument("--output_dir", help="by default output/<config name>")
    flags.add_gin()
    flags.add_overwrite()
    return flags
