"""Table 3: the setting of each compared method on each data set, chosen by median MIG."""

from dlib.report import names

# The parameter that the paper tells of each method, and its values in the order of ``DATASETS``.
DATASETS = ("color_dsprites", "dsprites_full", "scream_dsprites", "smallnorb")
PAPER = {
    "beta_vae": ("beta", (16, 16, 6, 1)),
    "beta_tc_vae": ("beta", (10, 10, 6, 1)),
    "annealed_vae": ("c_max", (10, 5, 25, 5)),
    "cascade_vae_c": ("beta_h", (10, 10, 10, 10)),
}
COLUMNS = ("dataset", "method", "parameter", "chosen", "paper", "settings", "runs", "median")
COLUMNS += ("median_low", "median_high", "budget", "protocol")


def table(summary):
    """The chosen settings of methods that were run with several.

    Args:
      summary: what ``summaries.summary`` gives.

    Returns:
      a ``DataFrame`` with ``COLUMNS``: the value that stands, the paper's (NaN where it has none),
      how many settings were tried, and runs and median MIG of the one that stands.
    """
    import pandas as pd

    scores = summary[summary["metric"] == names.MIG]
    rows = []
    for _, tried in scores.groupby(["dataset", "method", "budget", "protocol"], sort=False):
        best = tried[tried["stands"]]
        method = {"vae": "beta_vae"}.get(tried["method"].iloc[0], tried["method"].iloc[0])
        if method not in PAPER or len(tried) < 2 or best.empty:
            continue
        parameter, values = PAPER[method]
        row = best.iloc[0].to_dict()
        row |= {"parameter": parameter, "settings": len(tried)}
        row["chosen"] = _value(row["setting"], parameter)
        is_known = row["dataset"] in DATASETS
        row["paper"] = values[DATASETS.index(row["dataset"])] if is_known else float("nan")
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _value(setting, parameter):
    """Of ``"beta=4, encoder.num_latent=10"``: 4. A text that is no number stays one."""
    values = dict(part.partition("=")[::2] for part in setting.split(", "))
    text = values.get(parameter, setting)
    try:
        return float(text)
    except ValueError:
        return text
