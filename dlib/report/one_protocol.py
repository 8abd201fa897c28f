"""A picture shows one protocol of each metric: which, and what its caption says of the others.

``num_runs``, ``sum_of_runs`` and ``runs_of_pairs`` count the runs behind rows of different tables.
"""

from dlib.report import names, summaries


def of_one_protocol(made, count):
    """For each metric the rows of the protocol of most runs, of equally many the first.

    Args:
      made: rows with ``protocol``; where they have no ``metric``, they are all of MIG.
      count: tells the number of runs behind some of the rows.

    Returns:
      the rows that stay, and lines that tell of each metric with several protocols which is drawn.
    """
    told, chosen = [], {}
    metrics = made["metric"] if "metric" in made else made["dataset"].map(lambda _: names.MIG)
    for metric, members in made.groupby(metrics, sort=False):
        counts = {name: count(rows) for name, rows in members.groupby("protocol", sort=False)}
        chosen[metric] = max(counts, key=counts.get)
        if len(counts) > 1:
            told.append(
                f"{names.metric_label(metric)}: of {len(counts)} protocols only that of most runs, "
                f"{chosen[metric] or 'not told'}."
            )
    return made[made["protocol"] == metrics.map(chosen)], tuple(told)


def num_runs(frame):
    """Of rows of the tidy table."""
    return frame["run"].nunique()


def sum_of_runs(made):
    """Of rows that count their runs."""
    return made["runs"].sum()


def runs_of_pairs(made):
    """Of rows of pairs: each method takes part in several, and its runs count once."""
    made = made[made["dataset"] != summaries.EVERYWHERE]
    counts = {}
    for row in made.to_dict("records"):
        for side in "ab":
            counts[row["dataset"], row[f"method_{side}"]] = row[f"runs_{side}"]
    return sum(counts.values())
