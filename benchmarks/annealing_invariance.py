"""Is the freezing point almost invariant? The same factors under several settings, side by side.

    python benchmarks/annealing_invariance.py --output_dir=DIR [--repeats 5] [--steps 2000]

The paper calls the freezing point "almost invariant" (section 4.1). Here dSprites' factors are
tested with the standard and the lite encoder, with 1 and with 10 latents, and with two learning
rates; each setting differs from the first in one thing. Every setting is an annealing test in a
folder of its own, so an interrupted study goes on where it was. Points that are known only to lie
below the end of the fall or above its start count in the quantiles by their rank. Writes
``invariance.csv`` and ``invariance.md``.
"""

import argparse
import csv
import io
from pathlib import Path

from dlib.annealing import censored
from dlib.annealing.anneal import anneal_with_gin
from dlib.annealing.pictures import read_points
from dlib.utils import files

LEARNING_RATE, LATENTS, ENCODER = (
    "AdamOptimizer.learning_rate",
    "annealing_test.num_latent",
    "annealing_test.encoder_fn",
)
SETTINGS = {
    "standard": {},
    "lite": {ENCODER: "@lite_encoder"},
    "10_latents": {LATENTS: "10"},
    "learning_rate_1e-4": {LEARNING_RATE: "0.0001"},
}


def main():
    """Runs what is missing and writes the tables."""
    flags = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    flags.add_argument("--output_dir", required=True)
    flags.add_argument("--gin_config", default="anneal_dsprites.gin")
    flags.add_argument("--gin_bindings", action="append", default=[], help="for all settings")
    flags.add_argument("--repeats", type=int, default=5, help="tests a factor and setting")
    flags.add_argument("--steps", type=int, default=2000, help="updates of each fall")
    flags.add_argument("--settings", nargs="*", choices=SETTINGS, default=list(SETTINGS))
    args = flags.parse_args()
    output_dir = Path(args.output_dir)
    points, ends = {}, None
    for name in args.settings:
        bindings = [f"annealing.repeats = {args.repeats}"]
        bindings += [f"annealing_schedule.steps = {args.steps}"]
        bindings += [f"{key} = {value}" for key, value in SETTINGS[name].items()]
        folder = output_dir / name
        print(f"{name}:", flush=True)
        anneal_with_gin(folder, False, [args.gin_config], [*args.gin_bindings, *bindings])
        points[name] = read_points(folder)
        ends = ends_of_fall(folder)
    files.write_text(output_dir / "invariance.csv", as_csv(points, ends))
    text = as_markdown(points, ends)
    files.write_text(output_dir / "invariance.md", text)
    print(text)


def ends_of_fall(folder):
    """The first and the last beta of a finished test, the same for all settings."""
    aggregate = files.read_json(folder / "results" / "aggregate" / "anneal.json")
    names = ("start", "end")
    return [float(aggregate[f"anneal_config.annealing_schedule.{name}"]) for name in names]


def as_csv(points, ends):
    """One row a setting and factor: quartiles, and how many points have no number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("setting", "factor", "tests", "censored", "lower", "median", "upper"))
    for setting, factors in points.items():
        for factor, values in factors.items():
            row = (setting, factor, len(values), num_censored(values))
            writer.writerow((*row, *quartiles(values, ends, digits=4)))
    return text.getvalue()


def as_markdown(points, ends):
    """Medians and quartiles of each factor, a column a setting, and ratios to the first."""
    first = next(iter(points))
    rows = [("factor", *points), ("---",) * (len(points) + 1)]
    for factor, values in points[first].items():
        rows.append((factor, *(cell(other[factor], values, ends) for other in points.values())))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def cell(values, reference, ends):
    """``median (quartiles), ratio`` of points; no ratio where a median has no number."""
    low, median, high = quartiles(values, ends)
    medians = [censored.median(values), censored.median(reference)]
    is_known = censored.is_known(medians).all()
    ratio = f", x{medians[0] / medians[1]:.2f}" if is_known else ""
    count = num_censored(values)
    return f"{median} ({low} to {high}){ratio}" + (f", {count} censored" if count else "")


def quartiles(values, ends, digits=3):
    """Lower quartile, median and upper quartile as texts: numbers, or "below 1"."""
    found = [censored.quantile(values, share) for share in (0.25, 0.5, 0.75)]
    return [censored.told(bound, *ends, digits) for bound in found]


def num_censored(values):
    """How many points have no number."""
    return len(values) - int(censored.is_known(values).sum())


if __name__ == "__main__":
    main()
