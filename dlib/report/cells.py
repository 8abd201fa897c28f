"""Results of runs as one tidy table: a row for each score of each run.

    dataset     ``dataset.name``
    method      ``model.name``, else the gin name of the class in ``model.model``
    setting     the hyperparameters in a few words
    seed        of the training
    stage       <NA> for the score of the finished run, 1, 2, ... for the end of a stage
    metric      ``names.METRICS``, or ``<metric>:<score>`` for one that is not listed there
    value       NaN where the result file has null
    budget      ``budget.name``; "not named, 80 640 updates" where the configuration sets none
    protocol    points, bins, ... of the evaluation
    run         the run's folder
    updates     of the training
    study       "unsupervised_study_v1" for a run that is one of its models
    stands      whether this setting stands for the method in its cell

A cell is a data set, a method and a budget. Where it holds several settings, the one with the
highest median MIG stands for the method; of several protocols of the MIG, that of the most runs
counts.
"""

import numbers
import re

from dlib.report import names, settings, stages, study_runs

COLUMNS = ("dataset", "method", "setting", "seed", "stage", "metric", "value", "budget")
COLUMNS += ("protocol", "run", "updates", "study", "stands")
CELL = ["dataset", "method", "budget"]
_SCORES = "evaluation_results."
_BOOKKEEPING = ("elapsed_time", "uuid", "error")
_REPEATED = re.compile(r"(_\d+)+$")  # numbers of points, repetitions, seeds, as in "mig_1000_0"


def tidy(rows, representation="mean"):
    """The table of all results of one representation.

    Scores of one run by one metric that differ only in the evaluation's seed become their mean.

    Args:
      rows: result files as dictionaries with their ``path`` (``dlib.utils.aggregate_results``), or
        the data frame that ``load_aggregated_json_results`` gives.
      representation: "mean", "sampled", ...

    Returns:
      a pandas ``DataFrame``, empty if no row can be placed; ``left_out`` tells which cannot.
    """
    runs, evaluations = {}, []
    for row in _as_dictionaries(rows):
        if _why_not(row, representation) is None:
            path = str(row["path"]) if row.get("path") else ""
            folder, metric = _place(path)[0], metric_name(row)
            if folder not in runs:
                runs[folder] = _run(row, folder)
            evaluations.append((folder, metric, row))
    _describe(runs.values())
    return _frame(list(_scores(runs, evaluations)))


def left_out(rows, representation="mean"):
    """Rows that ``tidy`` has no place for: ``"<path>: <why>"`` for each.

    Results of another representation are not told.
    """
    found = []
    for row in _as_dictionaries(rows):
        why = _why_not(row, representation)
        if why:
            found.append(f"{row.get('path', 'a row without a path')}: {why}")
    return found


def _as_dictionaries(rows):
    if hasattr(rows, "to_dict"):  # in a data frame, NaN also stands for what a file does not have
        return [
            {key: value for key, value in row.items() if _is_there(value)}
            for row in rows.to_dict("records")
        ]
    return rows


def _is_there(value):
    return value is not None and not (isinstance(value, float) and value != value)


def _why_not(row, representation):
    """None for a row that is placed, "" for one of another representation, else the reason."""
    if not any(key.startswith(_SCORES) for key in row):
        return "no evaluation_results in it"
    found = representation_of(row)
    if not found:
        return "tells no representation (postprocess_config.postprocess.name)"
    if found != representation:
        return ""
    if not _dataset(row):
        return "tells no data set (train_config.dataset.name)"
    if not _method(row):
        return "tells no method (train_config.model.name or train_config.model.model)"
    return None


def representation_of(row):
    """The representation that a row is about, "" if it does not tell."""
    return _place(str(row.get("path", "")))[1] or settings.plain(
        row.get("postprocess_config.postprocess.name")
    )


def metric_name(row):
    """The metric that a row is about.

    That is the name of its evaluation, else of its folder. A name that is not known may be that of
    a repetition (``mig_1000_0``), or the user's for a known metric, which its function tells then.
    """
    told = settings.plain(row.get("evaluation_config.evaluation.name"))
    told = told or _place(str(row.get("path", "")))[2]
    function = settings.plain(row.get("evaluation_config.evaluation.evaluation_fn"))
    function = _same_metric(function.split(".")[-1])
    name = _same_metric(told or function)
    if name in names.OF_SOURCE:
        return name
    if not function:  # only the name tells the number of points, so that it must keep it
        base = _same_metric(re.sub(r"_\d+$", "", told))
        return base if base in names.OF_SOURCE else name
    base = _same_metric(_REPEATED.sub("", told))
    if function == names.ONE_FUNCTION.get(base, base):
        return base
    return function if function in names.OF_SOURCE else name


def _same_metric(name):
    return names.SAME_METRIC.get(name, name)


def _place(path):
    """Run, representation and metric of ``<run>/metrics/<representation>/<metric>/...``."""
    run, found, rest = path.rpartition("/metrics/")
    parts = rest.split("/")
    if found and len(parts) > 2:
        return run, parts[0], parts[1]
    return path, "", ""


def _dataset(row):
    for step in ("train", "postprocess", "evaluation"):
        name = settings.plain(row.get(f"{step}_config.dataset.name"))
        if name not in ("", "auto"):
            return name
    return ""


def _method(row):
    name = settings.plain(row.get("train_config.model.name"))
    return name or settings.plain(row.get("train_config.model.model")).split(".")[-1]


def _config(row, step):
    prefix = f"{step}_config."
    return {key[len(prefix) :]: value for key, value in row.items() if key.startswith(prefix)}


def _run(row, folder):
    """What all results of one run share."""
    config = _config(row, "train")
    run = {
        "dataset": _dataset(row),
        "method": _method(row),
        "seed": _whole(config.get("model.random_seed", config.get("model.model_seed"))),
        "run": folder,
        "updates": _whole(row.get("train_results.global_step"))
        or _whole(config.get("model.training_steps")),
        "reconstruction": row.get("train_results.reconstruction_loss"),
        "config": config,
        "class": settings.class_name(config) or _method(row),
        "parameters": settings.of_method(config),
    }
    return run | {"study": study_runs.study_of(run)}


def _whole(value):
    text = settings.plain(value)
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return None


def _describe(runs):
    """Adds each run's ``setting``, told apart within its cell."""
    cells = {}
    for run in runs:
        budget = settings.budget(run["config"], {}, run["updates"])
        key = (run["dataset"], run["method"], budget, run["class"])
        cells.setdefault(key, []).append(run)
    for key, members in cells.items():
        texts = settings.describe_settings([run["parameters"] for run in members], key[-1])
        for run, text in zip(members, texts, strict=True):
            run["setting"] = text


def _scores(runs, evaluations):
    """Dictionaries with the tidy table's columns."""
    by_metric = {}
    for folder, metric, row in evaluations:
        by_metric.setdefault(metric, []).append((folder, row, _config(row, "evaluation")))
    budgets = {}
    for metric, members in by_metric.items():
        texts = settings.describe_protocols([settings.of_evaluation(m[2]) for m in members])
        for (folder, row, config), protocol in zip(members, texts, strict=True):
            run = runs[folder]
            budget = settings.budget(run["config"], config, run["updates"])
            budgets.setdefault(folder, budget)
            for name, value in _shown(metric, row):
                yield _line(run, budget, name, value, protocol)
    for folder, run in runs.items():
        budget = budgets[folder]
        if isinstance(run["reconstruction"], numbers.Real):
            yield _line(run, budget, names.RECONSTRUCTION, run["reconstruction"])
        for stage, scores in stages.read(folder).items() if folder else ():
            for name, value in scores.items():
                yield _line(run, budget, name, value, stage=stage)


def _shown(metric, row):
    """The scores of a result file that tables show: the listed ones, else the first."""
    found = {
        key.removeprefix(_SCORES): value
        for key, value in row.items()
        if key.startswith(_SCORES)
        and key.removeprefix(_SCORES) not in _BOOKKEEPING
        and (value is None or isinstance(value, numbers.Real))
    }
    listed = _listed(names.OF_SOURCE.get(metric, {}), found)
    if listed or not found:
        return listed
    # A classifier's accuracy where there is one, on most training points, else what comes first.
    accuracies = [k for k in found if k == "eval_accuracy" or k.endswith(":mean_test_accuracy")]
    shown = accuracies[-1] if accuracies else next(iter(found))
    return [(f"{metric}:{shown}", found[shown])]


def _listed(listed, found):
    """Of the scores ``found``, ``{key: value}``, those of ``listed``, ``{key: name}``.

    Of a score for several numbers of training points, that for the most.
    """
    best = {}
    for key in found:
        general, points = names.without_points(key)
        if general in listed:
            best[general] = max(best.get(general, (-1, "", "")), (int(points or 0), points, key))
    shown = [(name, *best[key]) for key, name in listed.items() if key in best]
    return [(name.replace("*", points), found[key]) for name, _, points, key in shown]


def _line(run, budget, metric, value, protocol="", stage=None):
    return {
        **{name: run[name] for name in ("dataset", "method", "setting", "seed")},
        "stage": stage,
        "metric": metric,
        "value": float("nan") if value is None else float(value),
        "budget": budget,
        "protocol": protocol,
        **{name: run[name] for name in ("run", "updates", "study")},
    }


def _frame(lines):
    import pandas as pd

    frame = pd.DataFrame(lines, columns=[name for name in COLUMNS if name != "stands"])
    for name in ("seed", "stage", "updates"):
        frame[name] = frame[name].astype("Int64")
    frame["value"] = frame["value"].astype(float)
    frame = _without_repeats(frame)
    return with_standing(frame)[list(COLUMNS)]


def _without_repeats(frame):
    """One value for each run, metric, stage and protocol."""
    key = ["run", "metric", "stage", "protocol"]
    if not frame.duplicated(key).any():
        return frame
    others = [name for name in frame.columns if name not in (*key, "value")]
    columns = {**dict.fromkeys(others, "first"), "value": "mean"}
    merged = frame.groupby(key, sort=False, dropna=False, as_index=False).agg(columns)
    return merged.astype({"stage": "Int64"})


def with_standing(frame):
    """The table with its column ``stands``, as these rows alone decide it.

    Args:
      frame: the columns of ``tidy`` but perhaps ``stands``; any of its rows.
    """
    import pandas as pd

    chosen = {
        cell: _best_setting(members)
        for cell, members in frame.groupby(CELL, sort=False, dropna=False)
    }
    keys = zip(*(frame[name] for name in CELL), strict=True)
    stands = [chosen[key] == setting for key, setting in zip(keys, frame["setting"], strict=True)]
    return frame.assign(stands=pd.Series(stands, index=frame.index, dtype=bool))


def _best_setting(members):
    """By the median MIG; where no MIG is known, the setting with the most runs."""
    settings_found = sorted(set(members["setting"]))
    if len(settings_found) == 1:
        return settings_found[0]
    mig = members[(members["metric"] == names.MIG) & members["stage"].isna()]
    mig = of_main_protocols(mig.dropna(subset=["value"]))
    medians = mig.groupby("setting")["value"].median()
    ranks = medians if len(medians) else members.groupby("setting")["run"].nunique()
    return ranks.sort_index().idxmax()


def of_main_protocols(frame):
    """Rows by that protocol of their metric which most runs have, of several the first.

    Args:
      frame: rows of the tidy table.
    """
    chosen = {
        metric: members.groupby("protocol", sort=False)["run"].nunique().idxmax()
        for metric, members in frame.groupby("metric", sort=False)
    }
    return frame[frame["protocol"] == frame["metric"].map(chosen)]


def final(frame, metric=None, standing=True):
    """Scores of finished runs, of one metric if it is given.

    Args:
      frame: what ``tidy`` gives.
      metric: name of a metric, or None for all.
      standing: only of settings that stand for their methods.
    """
    keep = frame["stage"].isna()
    if metric is not None:
        keep &= frame["metric"] == metric
    if standing:
        keep &= frame["stands"]
    return frame[keep]
