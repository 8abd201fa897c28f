"""MIG of DEFT with a proposed schedule beside that with the paper's (Table 2), on dSprites.

    python benchmarks/schedule_mig.py output/anneal_dsprites/deft.gin
    python benchmarks/schedule_mig.py PROPOSAL.gin --seeds 0 1 2 --updates 4000 --batch_size 64

PROPOSAL.gin binds deft.betas and deft.group_size; dlib_anneal writes one, and so does the test of
deft_auto.gin (<run>/annealing/deft.gin). All else is deft_dsprites.gin's: both schedules get the
same seeds, the same batch size and the same number of updates, which each divides equally among
its stages. Trainings are kept below --folder: the same command again goes on where it stopped, and
more seeds may be added. Prints a table and writes --folder/schedule_mig.json.
"""

import argparse
import contextlib
import sys
from pathlib import Path

import numpy as np

from dlib import pipeline
from dlib.methods.unsupervised.train import train_with_gin
from dlib.utils import files, gin_utils
from dlib.utils.errors import DlibError

TABLE_2 = "deft_dsprites.gin"
HEADER = f"{'schedule':<10} {'seeds':>5}  {'median':>6}  {'lowest':>6}  {'highest':>7}  {'IQR':>5}"


def main(argv=None):
    """Parses flags, trains what is missing, prints and writes the comparison."""
    flags = _flags(argv)
    schedules = {"table_2": read_schedule(TABLE_2), "proposed": read_schedule(flags.proposal)}
    for name, schedule in schedules.items():
        print(f"{name}: betas {schedule['betas']}, group sizes {schedule['group_sizes']}")
    print(f"{flags.updates} updates at batch size {flags.batch_size}, Adam {flags.learning_rate}")
    scores = {name: {} for name in schedules}
    for seed in flags.seeds:  # seed by seed, so that an early look compares like with like
        for name, schedule in schedules.items():
            bindings = bindings_of(schedule, flags, seed)
            mig = train_and_score(bindings, flags.folder / name / str(seed) / "model")
            scores[name][seed] = mig
            print(f"seed {seed}, {name}: MIG {mig:.4f}", flush=True)
    report = {
        "updates": flags.updates,
        "batch_size": flags.batch_size,
        "learning_rate": flags.learning_rate,
        "schedules": {
            name: {**schedules[name], "mig": scores[name], **spread(list(scores[name].values()))}
            for name in schedules
        },
    }
    files.write_json(flags.folder / "schedule_mig.json", report)
    print(table(report))
    return report


def read_schedule(config):
    """Pressures and group sizes that a configuration binds: ``{betas, group_sizes}``."""
    with gin_utils.configured([config]):
        betas = [float(beta) for beta in gin_utils.query("deft.betas")]
        size = gin_utils.query("deft.group_size")
    sizes = list(size) if isinstance(size, list | tuple) else [size] * len(betas)
    return {"betas": betas, "group_sizes": sizes}


def stage_steps(updates, num_stages):
    """Updates of each stage: as equal as can be, the earlier ones longer; their sum is exact."""
    each, more = divmod(updates, num_stages)
    return [each + (stage < more) for stage in range(num_stages)]


def bindings_of(schedule, flags, seed):
    """Lines of gin on top of ``deft_dsprites.gin``."""
    return [
        f"deft.betas = {schedule['betas']}",
        f"deft.group_size = {schedule['group_sizes']}",
        f"encoder.num_latent = {sum(schedule['group_sizes'])}",
        "deft.epochs_per_stage = None",
        f"deft.stage_steps = {stage_steps(flags.updates, len(schedule['betas']))}",
        f"model.batch_size = {flags.batch_size}",
        f"vae/AdamOptimizer.learning_rate = {flags.learning_rate}",
        f"model.random_seed = {seed}",
        "model.eval_steps = 10",
        "pipeline.visualize = False",
    ]


def train_and_score(bindings, model_dir):
    """MIG of the mean representation after a training, which may have been done already."""
    with contextlib.redirect_stdout(sys.stderr):
        train_with_gin(model_dir, False, [TABLE_2], bindings)
        with gin_utils.configured([TABLE_2], bindings):
            (outcome,) = pipeline.pipeline(model_dir)
    if "error" in outcome.scores:
        raise SystemExit(f"{outcome.folder}: {outcome.scores['error']}")
    return float(outcome.scores["discrete_mig"])


def spread(values):
    """Median and spread of scores."""
    low, median, high = np.percentile(values, [25, 50, 75])
    return {
        "median": float(median),
        "lowest": float(min(values)),
        "highest": float(max(values)),
        "iqr": float(high - low),
    }


def table(report):
    """The comparison as text."""
    rows = [HEADER]
    for name, entry in report["schedules"].items():
        rows.append(
            f"{name:<10} {len(entry['mig']):>5}  {entry['median']:6.3f}  {entry['lowest']:6.3f}  "
            f"{entry['highest']:7.3f}  {entry['iqr']:5.3f}"
        )
    return "\n".join(rows)


def _flags(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proposal", help="a gin file with deft.betas and deft.group_size")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--updates", type=int, default=4000, help="of each training, in all")
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--learning_rate", type=float, default=0.0005, help="Adam's; the paper's")
    parser.add_argument("--folder", type=Path, default=Path("output/schedule_mig"))
    flags = parser.parse_args(argv)
    if flags.updates < 1 or flags.batch_size < 1 or len(set(flags.seeds)) < len(flags.seeds):
        parser.error("--updates and --batch_size must be at least 1, and --seeds all different")
    return flags


if __name__ == "__main__":
    try:
        main()
    except DlibError as error:
        raise SystemExit(f"schedule_mig: {error}") from None
