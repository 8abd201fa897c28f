"""A proposal in words: lines for people, from the values that ``separation.json`` holds.

Proposals of other sources may have less than an annealing test's; what is missing is not told.
"""


def overlaps(found):
    """How inseparable neighbours in the order of freezing are, a line for each two."""
    return [_overlap(found, pair) for pair in found.get("overlaps", ())]


def _overlap(found, pair):
    both = {pair["upper"], pair["lower"]}
    apart = "one group" if any(both <= set(group) for group in found["groups"]) else "parted"
    if not pair["may_part"]:
        apart += ", no change point here"
    elif pair.get("parted_in") is not None:
        apart += f"; {pair['parted_in']:.0%} of draws part them"
    wrong = f"{pair['overlap']:.0%} on the wrong side"
    return f"between {pair['upper']} and {pair['lower']}: {wrong} ({apart})"


def points(found):
    """The median freezing point of each factor or latent and its interval, a line each."""
    return [
        f"freezing point of {name}: {_bound(point['median'])} "
        f"({_bound(point['low'])} to {_bound(point['high'])})"
        for name, point in found.get("points", {}).items()
    ]


def _bound(bound):
    return bound if isinstance(bound, str) else f"{bound:.3g}"


def changes(found):
    """Where the increment of information changes, a line for each change point."""
    return [_change(change) for change in found.get("change_points", ())]


def _change(change):
    interval = f"{change['low']:.3g} to {change['high']:.3g}, in {change['found']:.0%} of draws"
    levels = f"{change['before']:.2g} to {change['after']:.2g} nats per unit of log beta"
    return f"change at beta {change['beta']:.3g} ({interval}): {levels}"


def left_out(found):
    """How many tests say nothing, as at most one line."""
    if not found.get("left_out"):
        return []
    return [f"left out, since they never fell silent: {found['left_out']} networks"]
