"""Information diffusion: what has left a factor's best latent, and where it went.

A factor's information is at its peak when its best latent knows most of it. From then on it may
stay there, move to another latent, spread over several (the paper's information diffusion,
section 3.3: NMI(c, 1) falls), or be lost.

T visits, K factors, D latents.
"""

import numpy as np

# Below this NMI a factor counts as never learned.
NEVER = 0.05
# Less than this share of the peak is no news.
SMALL = 0.05


def of_track(track, least=NEVER):
    """The diffusion of each factor, from its peak to the last visit.

    Args:
      track: ``[T, K, D]``, NMI or mutual information of each factor and latent at each visit.
      least: a factor whose peak is below it was never learned; a number or ``[K]``. Few points
        show information where there is none, so `above_noise` raises it.

    Returns:
      dict of arrays ``[K]``: ``visit`` and ``latent`` of the peak, ``peak`` (the largest value of
      all visits and latents), ``last`` (what this latent has at the last visit), ``index`` =
      (peak - last) / peak in [0, 1], NaN for a factor that was never learned, ``latent_last`` and
      ``best_last`` (the best latent at the last visit, and what it has), ``drop`` =
      (peak - best_last) / peak, NaN likewise; and ``gains`` ``[K, D]``, what each latent has at
      the last visit above its value at the peak, 0 where it has less.

    Raises:
      ValueError: if ``track`` is not ``[T, K, D]`` with at least one visit and latent, or holds
        numbers that are not finite or below 0.
    """
    track = np.asarray(track, np.float64)
    if track.ndim != 3 or not track.shape[0] or not track.shape[2]:
        raise ValueError(f"track has shape {list(track.shape)}, expected [T, K, D]")
    if not np.isfinite(track).all() or (track < 0).any():
        raise ValueError("track holds values that are not finite, or below 0")
    factors = np.arange(track.shape[1])
    best = track.max(axis=2)  # [T, K]
    visit = best.argmax(axis=0)  # [K], the first of equals
    at_peak, now = track[visit, factors], track[-1]  # [K, D]
    latent = at_peak.argmax(axis=1)
    peak, last = best[visit, factors], now[factors, latent]
    known = peak >= least
    scale = np.where(known, peak, 1.0)
    return {
        "visit": visit,
        "latent": latent,
        "peak": peak,
        "last": last,
        "index": np.where(known, (peak - last) / scale, np.nan),
        "latent_last": now.argmax(axis=1),
        "best_last": best[-1],
        "drop": np.where(known, (peak - best[-1]) / scale, np.nan),
        "gains": np.maximum(now - at_peak, 0.0),
    }


def above_noise(noise, least=NEVER):
    """``least`` of each factor, ``[K]``: at least twice the NMI that mere noise shows."""
    return np.maximum(least, 2 * np.asarray(noise))


def report(track, factor_names, least=NEVER, small=SMALL):
    """`of_track` as one dictionary a factor, with what became of its information.

    Args:
      track: ``[T, K, D]``.
      factor_names: K names.
      least: see `of_track`.
      small: the share of the peak below which a loss or a gain is left out.

    Returns:
      a list of K dictionaries: ``factor``, ``latent``, ``peak``, ``last``, ``index``,
      ``latent_last``, ``best_last``, ``drop`` (index and drop None if never learned),
      ``spread_over`` (latents that gained, most first) and ``fate``: "never learned", "kept" (the
      index is small), "moved" (the drop is small: another latent has it now), "spread" (other
      latents gained), "lost".
    """
    found = of_track(track, least)
    return [
        _of_factor(name, {key: values[k] for key, values in found.items()}, small)
        for k, name in enumerate(factor_names)
    ]


def _of_factor(name, found, small):
    gains, peak = found["gains"], found["peak"]
    order = np.argsort(-gains, kind="stable")
    gained = [int(d) for d in order if gains[d] > small * peak]
    learned = bool(np.isfinite(found["index"]))
    row = {key: float(found[key]) for key in ("peak", "last", "index", "best_last", "drop")}
    if not learned:
        row |= {"index": None, "drop": None}
    return {
        "factor": name,
        "latent": int(found["latent"]),
        "latent_last": int(found["latent_last"]),
        **row,
        "spread_over": gained if learned and row["index"] > small else [],
        "fate": _fate(row, gained, small),
    }


def _fate(row, gained, small):
    if row["index"] is None:
        return "never learned"
    if row["index"] <= small:
        return "kept"
    if row["drop"] <= small:
        return "moved"
    return "spread" if gained else "lost"


def summary(rows):
    """What a training's results hold: `report` by factor, and the mean index of those learned.

    Returns:
      dict of ``diffusion`` (``{factor: dictionary}``) and ``diffusion_index`` (None if no factor
      was learned).
    """
    known = [row["index"] for row in rows if row["index"] is not None]
    by_factor = {row["factor"]: {k: v for k, v in row.items() if k != "factor"} for row in rows}
    return {
        "diffusion": by_factor,
        "diffusion_index": float(np.mean(known)) if known else None,
    }


def lines(rows):
    """`report` as text, a line a factor: "scale: 0.61 -> 0.38, spread over z3, z7"."""
    width = max((len(row["factor"]) for row in rows), default=0)
    return [f"{row['factor'] + ':':<{width + 1}} {_line(row)}" for row in rows]


def _line(row):
    if row["fate"] == "never learned":
        return f"never learned (at most {row['peak']:.2f})"
    change = f"{row['peak']:.2f} -> {row['last']:.2f}"
    names = ", ".join(f"z{d}" for d in row["spread_over"])
    return {
        "kept": f"{change}, kept in z{row['latent']}",
        "moved": f"{change}, moved to z{row['latent_last']} ({row['best_last']:.2f})",
        "spread": f"{change}, spread over {names}",
        "lost": f"{change}, no other latent has it",
    }[row["fate"]]
