"""Evaluation points of small budgets; the rule stands in ``budget``."""

from dlib.utils import gin_utils

# Parameters of a metric's configuration that say how many points it looks at.
POINTS = {
    "num_train",
    "num_test",
    "num_eval",
    "num_variance_estimate",
    "num_test_points_per_class",
    "num_data_points",
    "n_experiment",
}
# Each point of these metrics is a vote: a batch of images of which one code is chosen.
VOTING = {"beta_vae_sklearn", "factor_vae_score", "z_min_variance", "z_max_variance"}
VOTES = {"num_train", "num_eval"}

SMOKE_CAPS = {"num_test_points_per_class": 10, "n_experiment": 2}
SMOKE_CAP, SMOKE_VOTES = 200, 50


def bindings(config_files, level):
    """Lines of gin that give metrics the points of a budget.

    Args:
      config_files: names of the metrics' configuration files; those of one metric must agree on
        its points.
      level: "smoke" or "cpu".
    """
    lines = {}
    for file in config_files:
        with gin_utils.configured([file]):
            for name in gin_utils.as_dict(gin_utils.config_text()):
                metric, _, parameter = name.rpartition(".")
                if parameter in POINTS:
                    value = fewer(gin_utils.query(name), parameter, level, metric)
                    lines[name] = f"{name} = {value!r}"
    return list(lines.values())


def fewer(value, parameter, level, metric=""):
    """A number of points, or a list of numbers to try one after the other, under a budget."""
    if isinstance(value, list | tuple):
        return sorted({fewer(item, parameter, level, metric) for item in value})
    is_vote = metric.split("/")[-1] in VOTING and parameter in VOTES
    if level == "smoke":
        return min(value, SMOKE_VOTES if is_vote else SMOKE_CAPS.get(parameter, SMOKE_CAP))
    return max(1, value // (20 if is_vote else 2))
