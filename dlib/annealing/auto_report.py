"""What an annealing test found for a training, for people and for programs."""

from pathlib import Path

from dlib.annealing import censored, told
from dlib.annealing.pictures import read_points
from dlib.utils import files, gin_utils

# The paper's own settings (Table 2) of the data sets that it has; read from where they are kept.
TABLE_2 = {
    "dsprites_full": "deft_dsprites.gin",
    "color_dsprites": "deft_color.gin",
    "smallnorb": "deft_smallnorb.gin",
    "scream_dsprites": "deft_scream.gin",
}
# What an annealing test's proposal has beside the schedule itself.
_OF_A_TEST = ("overlaps", "points", "left_out", "change_points")


def write(folder, found, dataset_name):
    """Writes ``schedule.json`` and ``schedule.md`` beside a test's own files.

    Args:
      folder: of the test.
      found: the proposal: ``betas``, ``group_sizes``, ``groups``; of an annealing test also what
        ``results.separation_dict`` has.
      dataset_name: decides which line of Table 2 is set beside it, if any.
    """
    folder = Path(folder)
    points = read_points(folder) if (folder / "points.csv").is_file() else {}
    report = {
        "dataset": dataset_name,
        "betas": list(found["betas"]),
        "group_sizes": list(found["group_sizes"]),
        "groups": [list(group) for group in found["groups"]],
        "medians": {name: censored.median(values) for name, values in points.items()},
        **{key: found[key] for key in _OF_A_TEST if key in found},
        "table_2": table_2(dataset_name),
    }
    files.write_json(folder / "schedule.json", report)
    files.write_text(folder / "schedule.md", as_text(report))


def table_2(dataset_name):
    """The paper's pressures and group size for a data set, or None: ``{betas, group_sizes}``."""
    if dataset_name not in TABLE_2:
        return None
    with gin_utils.configured([TABLE_2[dataset_name]]):
        betas = list(gin_utils.query("deft.betas"))
        return {"betas": betas, "group_sizes": [gin_utils.query("deft.group_size")] * len(betas)}


def as_text(report):
    """A report as Markdown tables."""
    parts = [
        f"# The schedule that was found for {report['dataset']}",
        _table(
            ("stage", "beta", "latents", "what freezes (median freezing point)"),
            [
                (j + 1, f"{beta:.4g}", size, ", ".join(_with_median(n, report) for n in names))
                for j, (beta, size, names) in enumerate(
                    zip(report["betas"], report["group_sizes"], report["groups"], strict=True)
                )
            ],
        ),
    ]
    for title, lines in (
        ("How far neighbours are apart", told.overlaps(report)),
        ("Freezing points: medians and their intervals", told.points(report)),
        ("Where the increment of information changes", told.changes(report)),
        ("Tests", told.left_out(report)),
    ):
        if lines:
            parts += [f"## {title}", "\n".join(f"- {line}" for line in lines)]
    if report["table_2"]:
        parts += ["## Beside the paper's (Table 2)", _beside(report)]
    return "\n\n".join(parts) + "\n"


def _with_median(name, report):
    median = report["medians"].get(name)
    return name if median is None else f"{name} ({censored.told(median)})"


def _beside(report):
    theirs = report["table_2"]
    rows = [("stages (G)", len(report["betas"]), len(theirs["betas"]))]
    for title, key in (("pressures", "betas"), ("latents per group (K)", "group_sizes")):
        rows.append((title, *(", ".join(f"{v:.4g}" for v in r[key]) for r in (report, theirs))))
    return _table(("", "found", "Table 2"), rows)


def _table(header, rows):
    cells = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in cells)
