"""The log of a training, thinned for the page.

T rows of log, S stages.
"""

import math

from dlib.methods.unsupervised import train_log

MAX_POINTS = 100
_DIGITS = 4

# What is drawn, in this order, and its name there; what is constant or absent is not drawn.
_CURVES = {
    "reconstruction_loss": "Reconstruction loss",
    "kl_loss": "KL",
    "regularizer": "Regularizer",
    "beta": "Pressure",
    "loss": "Loss",
    "elbo": "ELBO",
}
_NOT_DRAWN = {"step", "stage", "stage_end", "images_per_second", *_CURVES}
_MAX_CURVES = 9


def read_log(model_dir):
    """The curves and the stage scores of a training.

    Args:
      model_dir: folder of the training.

    Returns:
      ``(log, stages)``, each None if there is nothing: ``log`` holds ``steps`` (at most
      ``MAX_POINTS``, the last row and each stage's end among them), ``curves`` (name to values at
      these steps, four digits, None where there is none), ``ends`` (steps at which a stage ends
      that is not the last) and ``note``; ``stages`` holds ``columns`` and ``rows`` of a table.
    """
    rows = train_log.read(model_dir)
    return _curves([row for row in rows if "stage_end" not in row]), _stages(rows)


def _curves(rows):
    rows = [row for row in rows if row.get("step")]
    if not rows:
        return None
    kept = thinned(rows)
    names = [*_CURVES, *dict.fromkeys(k for row in rows for k in row if k not in _NOT_DRAWN)]
    drawn = {name: [rounded(row.get(name)) for row in kept] for name in names}
    curves = {
        _CURVES.get(name, name.replace("_", " ")): values
        for name, values in drawn.items()
        if any(value is not None for value in values)
    }
    return {
        "steps": [row["step"] for row in kept],
        "curves": dict(list(curves.items())[:_MAX_CURVES]),
        "ends": [a["step"] for a, b in _pairs(rows) if a.get("stage") != b.get("stage")],
        "note": f"Training log, {len(kept)} of {len(rows)} rows",
    }


def thinned(rows, max_points=MAX_POINTS):
    """Rows of log at about equal distances, at most ``max_points``: real rows, not means.

    The first and the last row and the last row of each stage are always among them.
    """
    if len(rows) <= max_points:
        return rows
    must = {0, len(rows) - 1}
    must |= {i for i, (a, b) in enumerate(_pairs(rows)) if a.get("stage") != b.get("stage")}
    free = max(0, max_points - len(must))
    even = {round(i * (len(rows) - 1) / (free + 1)) for i in range(1, free + 1)}
    return [rows[i] for i in sorted(must | even)]


def _stages(rows):
    ends = [row for row in rows if "stage_end" in row]
    if not ends:
        return None
    names = dict.fromkeys(k for row in ends for k in row if k not in ("stage_end", "step"))
    table = [
        [row["stage_end"] + 1, row.get("step"), *(rounded(row.get(name)) for name in names)]
        for row in ends
    ]
    return {"columns": ["Stage", "Updates", *map(_title, names)], "rows": table}


def _title(name):
    return name.upper() if name in ("mig", "nmi1", "nmi2") else name.replace("_", " ")


def rounded(value):
    """A number with four digits, which is what a curve can show; None if it is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(f"{value:.{_DIGITS}g}")


def _pairs(rows):
    return zip(rows, rows[1:], strict=False)
