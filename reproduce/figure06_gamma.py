"""Figure 6: NMI(c, 1) and NMI(c, 2) after DEFT's second stage, for five values of gamma.

The first stage (beta 70) is trained once, with gamma = 0.1, and the second (beta 30) goes on from
it with each gamma. Algorithm 1 has gamma in the first stage, too: --anew trains both stages with
each gamma. "I(x; z) will not increase" at gamma = 0 is measured.

python reproduce/figure06_gamma.py --budget=cpu
"""

import sys

import exhibit
import trainings

COLUMNS = (
    "gamma", "mi_first_before", "mi_first_after", "kl_first_before", "kl_first_after", "mi_before",
    "mi_after", "kl_before", "kl_after", "nmi1_before", "nmi1_after", "nmi2_before", "nmi2_after",
    "encoder_change",
)  # fmt: skip
CLAIM = (
    "At gamma = 0 all backward information is clipped, and I(x; z) will not increase; NMI(c, 2) "
    "increases with gamma while NMI(c, 1) increases little; gamma = 0.1 is a good balance (section "
    "5.2)."
)


def draw(report):
    """Trains, draws, and answers."""
    from dlib.config import gamma_sweep
    from dlib.config.budget import bindings_for_budget
    from dlib.evaluation import tracks
    from dlib.visualize import visualize_training

    flags = report.flags
    points = exhibit.budgeted(flags.budget, 1000, 10000, 10000)
    given = [f"tracker.num_points = {points}", f"train.threads = {flags.threads}"]
    given += [*flags.gin_bindings, f"model.random_seed = {flags.seed}"]
    lines = [*given, *bindings_for_budget([gamma_sweep.CONFIG], given, flags.budget)]
    folder = flags.runs / "gamma" / str(flags.seed)
    folders = gamma_sweep.train(folder, lines, anew=flags.anew)
    report.training_seconds += sum(map(_seconds, folders.values()))
    found = [tracks.read(model_dir) for model_dir in folders.values()]
    visualize_training.draw_settings(found, "deft.gamma", report.output / "nmi_by_gamma")
    rows = gamma_sweep.measure(folders, lines)
    table = [[row[name] for name in COLUMNS] for row in rows]
    visualize_training.write_table(COLUMNS, table, report.output / "gamma")
    for row in rows:
        _add(report, row)
        report.notes.append(gamma_sweep.answer(row))


def _seconds(model_dir):
    """What a training took; of a branch, what came after the trunk."""
    from dlib.utils import files

    branch = model_dir / "branch.json"
    before = files.read_json(branch)["seconds"] if branch.exists() else 0.0
    return trainings.seconds_of(model_dir.parent) - before


def _add(report, row):
    gamma = f"gamma {row['gamma']:g}"
    for name, title in (("nmi1", "NMI1"), ("nmi2", "NMI2")):
        before = f"{row[f'{name}_before']:.3f} before stage 2"
        report.add(f"{title} after stage 2, {gamma}", row[f"{name}_after"], note=before, runs=1)
    for name, title in (("mi_first", "the first group"), ("mi", "all latents")):
        gain = row[f"{name}_after"] - row[f"{name}_before"]
        paper = "0 or less" if row["gamma"] == 0 else ""
        report.add(f"gain of I(x; z) in stage 2, nats, {title}, {gamma}", gain, paper, runs=1)


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run("figure06_gamma", __doc__, CLAIM, draw, argv, add_flags=_add_flags)


def _add_flags(flags):
    flags.add_argument("--seed", type=int, default=0, help="of the trainings (0)")
    flags.add_bool("anew", "train the first stage with each gamma, too")


if __name__ == "__main__":
    sys.exit(main())
