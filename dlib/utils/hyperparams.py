"""Sweeps over settings, as lists of ``{name: value}``.

A sweep is a list of settings to try. ``zipit`` and ``product`` combine sweeps, ``chainit`` puts
them one after the other, and ``to_bindings`` writes one entry as lines of gin. Names, order and
broadcasting are the reference's (disentanglement_lib), so that model numbers mean the same.
"""

import itertools


def fixed(name, value, length=1):
    """``length`` entries that all set ``name`` to ``value``."""
    return [{name: value} for _ in range(length)]


def sweep(name, sequence):
    """One entry for each value of ``sequence``."""
    return [{name: value} for value in sequence]


def discrete(values):
    """Values that have an order, as a list."""
    return list(values)


def categorical(values):
    """Values that have no order, as a list."""
    return list(values)


def product(list_of_items):
    """All combinations of entries, one of each sweep; the first sweep varies slowest."""
    return [_merged(entries) for entries in itertools.product(*list_of_items)]


def zipit(list_of_items):
    """Merges sweeps entry by entry; those with one entry are repeated.

    Raises:
      ValueError: if lengths differ otherwise.
    """
    lengths = {len(items) for items in list_of_items} - {1}
    if len(lengths) > 1:
        raise ValueError(f"sweeps of different lengths cannot be zipped: {sorted(lengths)}")
    length = lengths.pop() if lengths else min(1, len(list_of_items))
    repeated = [items * length if len(items) == 1 else items for items in list_of_items]
    return [_merged(entries) for entries in zip(*repeated, strict=True)]


def chainit(list_of_items):
    """All entries of one sweep after those of another."""
    return list(itertools.chain.from_iterable(list_of_items))


def to_bindings(items):
    """Lines of gin for one entry; strings are quoted unless they are references ("@vae()")."""
    return [f"{name} = {_literal(value)}" for name, value in items.items()]


def _merged(entries):
    merged = {}
    for entry in entries:
        merged |= entry
    return merged


def _literal(value):
    if isinstance(value, str):
        return value if value.startswith("@") else f"'{value}'"
    return str(value)
