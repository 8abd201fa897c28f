"""Tracked runs by method: seeds together, with names for a legend and a quantile over seeds.

R runs of a group, T visits.
"""

import ast
import dataclasses
import functools

import numpy as np

from dlib.utils.errors import DlibError
from dlib.visualize import method_names


@dataclasses.dataclass(frozen=True)
class Group:
    """Runs of one method that differ in their seeds only.

    Attributes:
      label: what a legend calls them.
      tracks: R ``Track``.
      place: number of its colour; the same in every figure where methods have one line each.
    """

    label: str
    tracks: list
    place: int = 0

    @functools.cached_property
    def steps(self):
        """Updates that at least one run was visited at: int64 ``[T]``."""
        return functools.reduce(np.union1d, [track.steps for track in self.tracks])

    def values(self, name):
        """One number of each run and visit, ``[R, T]``, NaN where it is not known."""
        return np.stack([self._on_steps(track, track.values(name)) for track in self.tracks])

    def ranked_nmi(self, m):
        """NMI(c, m) of each run, visit and factor: ``[R, T, K]``, NaN at visits not made."""
        return np.stack([self._on_steps(t, ranked(t.nmi(), m)) for t in self.tracks])

    def _on_steps(self, track, values):
        placed = np.full((len(self.steps), *values.shape[1:]), np.nan)
        placed[np.searchsorted(self.steps, track.steps)] = values
        return placed


def ranked(nmi, m):
    """The m-th largest over the latents of ``[T, K, D]``: ``[T, K]``; 0 if there are fewer."""
    return np.sort(nmi, axis=2)[..., -m] if m <= nmi.shape[2] else np.zeros(nmi.shape[:2])


def by_method(tracks):
    """Tracks in groups, in the paper's order of methods, then in that of their first run.

    Methods of one name get the settings that tell them apart: "β-VAE, vae.beta = 4.0".
    """
    groups = {}
    for track in tracks:
        groups.setdefault(tuple(sorted(track.method_settings().items())), []).append(track)
    methods = {settings: method_of(runs[0]) for settings, runs in groups.items()}
    labels = [method_names.method_label(methods[s]) + _difference(s, methods) for s in groups]
    places = [_place(method) for method in methods.values()]
    order = sorted(range(len(places)), key=lambda i: places[i])
    if len(set(places)) < len(places):  # one method under several settings
        places = np.argsort(order).tolist()
    runs = list(groups.values())
    return [Group(labels[i], runs[i], places[i]) for i in order]


def _place(method):
    """A method's place in figures: the paper's first; the same for all that are not listed."""
    known = method_names.methods_in_order(method_names.METHODS)
    return known.index(method) if method in known else len(known)


def by_setting(tracks, name):
    """Tracks in groups of one value of a setting, in the order of the values.

    A group's runs differ in their seeds only. Where runs differ in more than ``name``, the labels
    say in what: "0.1, β-VAE, vae.beta = 4.0".

    Raises:
      DlibError: if a training did not bind it.
    """
    groups = {}
    for track in tracks:
        if name not in track.settings:
            raise DlibError(f"{track.folder} did not set {name}: bind it, or give another setting.")
        others = tuple(sorted((k, v) for k, v in track.method_settings().items() if k != name))
        groups.setdefault((_literal(track.settings[name]), others), []).append(track)
    methods = {others: method_of(runs[0]) for (_, others), runs in groups.items()}
    labels = {others: _difference(others, methods) for others in methods}
    if len(set(methods.values())) > 1:
        labels = {s: f", {method_names.method_label(methods[s])}{labels[s]}" for s in methods}
    order = sorted(groups, key=lambda group: (isinstance(group[0], str), group[0]))
    return [Group(f"{value}{labels[others]}", groups[value, others]) for value, others in order]


def method_of(track):
    """The method's name in its configuration."""
    return str(_literal(track.settings.get("model.name", repr(track.folder.name))))


def _difference(settings, methods):
    """The settings in which a configuration differs from others of its method, for a label.

    Args:
      settings: one of the configurations, pairs of name and literal.
      methods: ``{configuration: method}`` of all.
    """
    alike = [set(other) for other, method in methods.items() if method == methods[settings]]
    names = sorted({key for other in alike for key, _ in set(settings) ^ other})
    own = dict(settings)
    return "".join(f", {name} = {own.get(name, 'unset')}" for name in names)


def _literal(text):
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if isinstance(value, int | float | str) else text


def quantile(values, share):
    """Quantile over the first axis of what is known, ``[R, ...] -> [...]``, NaN if nothing is."""
    known = np.isfinite(values)
    safe = np.where(known.any(axis=0), values, 0.0)
    return np.where(known.any(axis=0), np.nanquantile(safe, share, axis=0), np.nan)
