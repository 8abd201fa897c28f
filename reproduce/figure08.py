"""Figure 8: each factor of the data sets, its values in a row. Nothing is trained.

python reproduce/figure08.py
"""

import sys

import exhibit

from dlib.config.deft_study_v1.sweep import DATASETS

CLAIM = (
    "dSprites, Color and Scream have five factors with 3, 6, 40, 32 and 32 values, SmallNORB four "
    "with 5, 9, 18 and 6 (section 5.3)."
)


def draw(report):
    """Draws each data set."""
    from dlib.data.ground_truth.named_data import get_named_ground_truth_data
    from dlib.report import names
    from dlib.visualize.visualize_dataset import visualize_dataset

    for dataset in report.available(report.flags.datasets):
        visualize_dataset(dataset, report.output, title=names.dataset_label(dataset))
        data = get_named_ground_truth_data(dataset)
        sizes = ", ".join(map(str, data.factors_num_values))
        paper = "5, 9, 18, 6" if dataset == "smallnorb" else "3, 6, 40, 32, 32"
        report.add(f"values of the factors, {dataset}", sizes, paper, note=f"from {data.source}")


def main(argv=None):
    """Runs the script; returns its exit status."""
    return exhibit.run(
        "figure08", __doc__, CLAIM, draw, argv, datasets=tuple(DATASETS)
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
