"""Table 4 and Figures 10, 11 and 12: five methods on four data sets (deft_study_v1).

python reproduce/table04_figures10_11_12.py --budget=cpu --datasets=dsprites_full --seeds=3
"""

import sys

import exhibit
import trainings

from dlib.config.deft_study_v1.sweep import DATASETS, METHODS, NUM_SEEDS

CLAIM = (
    "DEFT has the lowest average failure rate (MIG below 0.1; section 5.3, Table 4), high scores "
    "with a small reconstruction error (Figures 10, 11), and a MIG that rises from stage to stage "
    "(Figure 12)."
)
STAGES = "from points of its own draw, so that the last stage's is not quite Figure 10's MIG"


def draw(report):
    """Trains, scores, and writes the exhibits."""
    from dlib.report import exhibits, failure_rate, names, notes

    datasets = list(report.available(report.flags.datasets))
    if not datasets:
        return
    folders = report.train(study_runs(report.flags, datasets, report.flags.methods))
    frame = trainings.scores_of(folders)
    exhibits.write(frame, report.output)
    report.notes += notes.of(frame)
    for row in failure_rate.table(frame).to_dict("records"):
        paper = row["paper_percent"]
        report.add(
            f"failure rate (%), {names.method_label(row['method'])}, "
            f"{names.dataset_label(row['dataset'])}",
            row["failure_rate_percent"],
            "" if paper != paper else paper,
            row["ci_low"],
            row["ci_high"],
            row["runs"],
        )
    for stage in sorted(frame["stage"].dropna().unique()):
        part = frame[(frame["stage"] == stage) & (frame["metric"] == names.MIG)]
        for dataset, members in part[part["method"] == "deft"].groupby("dataset"):
            label = f"MIG of DEFT after stage {stage}, {names.dataset_label(dataset)}"
            report.add_scores(label, members["value"], note=STAGES)


def study_runs(flags, datasets, methods):
    """Jobs of the study's models of some data sets and methods, as many seeds as the flags say."""
    numbers = [
        model_number(dataset, method, seed)
        for dataset in datasets
        for method in methods
        for seed in range(min(flags.seeds, NUM_SEEDS))
    ]
    return trainings.study_jobs("deft_study_v1", numbers, flags)


def model_number(dataset, method, seed):
    """Number of a model of deft_study_v1."""
    place = list(DATASETS).index(dataset) * len(METHODS) + METHODS.index(method)
    return place * NUM_SEEDS + seed


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run(
        "table04_figures10_11_12", __doc__, CLAIM, draw, argv,
        datasets=tuple(DATASETS), methods=METHODS, seeds=3,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
