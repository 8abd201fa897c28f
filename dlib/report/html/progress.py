"""A study's progress as a small page that looks anew by itself: ``progress.html``."""

import datetime
import html

from dlib.report.html.page import asset

COUNTS = ("done", "running", "waiting", "failed")
_MAX_JOBS = 200  # of each kind that are listed
_SECONDS = 10  # between looks


def progress_page(state):
    """The page of a study's state.

    Args:
      state: a dictionary:
        title: the study's name;
        updated: seconds since 1970 at which the state was taken;
        done, running, waiting, failed: jobs in each state, whole numbers;
        images_per_second: of all trainings together;
        seconds_left: until all is done, or None if that is not known yet;
        jobs: those that are to be listed, dictionaries with ``name``, ``status``, and, where they
          are known, ``step``, ``total`` (updates), ``images_per_second`` and ``error``;
        where: (optional) the place of the study's results;
        is_over: (optional) whether nothing will change any more; the page then stays as it is.

    Returns:
      HTML as text. It loads nothing but itself, every ten seconds.
    """
    counts = {name: int(state[name]) for name in COUNTS}
    total = sum(counts.values())
    refresh = "" if state.get("is_over") else f'<meta http-equiv="refresh" content="{_SECONDS}">'
    return _PAGE.format(
        title=_text(state["title"]),
        refresh=refresh,
        style=asset("progress.css"),
        headline=_headline(counts, total, state),
        bar=_bar(counts, total),
        tiles="".join(_tile(name, value) for name, value in _tiles(counts, state)),
        jobs=_jobs(state.get("jobs", ())),
        where=f"<p>Results: <code>{_text(state['where'])}</code></p>" if "where" in state else "",
        updated=_moment(state["updated"]),
    )


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{refresh}
<title>{title}: {headline}</title>
<style>
{style}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="headline">{headline}</p>
{bar}
<div class="tiles">{tiles}</div>
{jobs}
<footer>{where}<p>State of {updated}.</p></footer>
</main>
</body>
</html>
"""


def _headline(counts, total, state):
    if total and counts["done"] == total:
        return f"all {_whole(total)} done"
    told = f"{_whole(counts['done'])} of {_whole(total)} done"
    if counts["failed"]:
        told += f", {_whole(counts['failed'])} failed"
    left = state.get("seconds_left")
    return told if left is None or state.get("is_over") else f"{told}, {duration(left)} left"


def _bar(counts, total):
    """One bar for all jobs; its parts are named for those who cannot see it."""
    told = ", ".join(f"{counts[name]} {name}" for name in COUNTS)
    parts = "".join(
        f'<span class="{name}" style="flex-grow: {counts[name]}"></span>'
        for name in ("done", "failed", "running", "waiting")
        if counts[name]
    )
    return f'<div class="bar" role="img" aria-label="{told}">{parts if total else ""}</div>'


def _tiles(counts, state):
    yield from ((name, _whole(counts[name])) for name in COUNTS)
    yield "images/s", _whole(round(state.get("images_per_second") or 0))
    left = state.get("seconds_left")
    yield "left", "not known yet" if left is None else duration(left)


def _tile(name, value):
    return f'<div class="tile {name.split("/")[0]}"><b>{value}</b><span>{name}</span></div>'


def _jobs(jobs):
    """Failed jobs first, as somebody must look after them; then those that run."""
    sections = []
    for status in ("failed", "running"):
        found = [job for job in jobs if job["status"] == status]
        if not found:
            continue
        lines = "".join(map(_failed if status == "failed" else _running, found[:_MAX_JOBS]))
        if len(found) > _MAX_JOBS:
            lines += f'<tr><td colspan="3">and {_whole(len(found) - _MAX_JOBS)} more</td></tr>'
        sections.append(f"<h2>{status.capitalize()}</h2><table><tbody>{lines}</tbody></table>")
    return "\n".join(sections)


def _failed(job):
    error = _text(job.get("error") or "no reason was told")
    return f'<tr><th scope="row">{_text(job["name"])}</th><td colspan="2">{error}</td></tr>'


def _running(job):
    step, total = job.get("step") or 0, job.get("total")
    rate = job.get("images_per_second")
    told = f"{_whole(step)} of {_whole(total)} updates" if total else f"{_whole(step)} updates"
    if not step:
        told = "starting"
    elif total and step >= total:
        told = "scores and pictures"
    bar = f'<progress value="{step}" max="{total}"></progress>' if total else ""
    speed = f", {_whole(round(rate))} images/s" if rate and told.endswith("updates") else ""
    return f'<tr><th scope="row">{_text(job["name"])}</th><td>{bar}</td><td>{told}{speed}</td></tr>'


def duration(seconds):
    """Seconds as people say them: "40 s", "12 min", "3 h 20 min", "5 d 4 h"."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{round(seconds)} s"
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    hours = round(minutes / 60)
    return f"{hours // 24} d {hours % 24} h"


def _whole(number):
    return f"{number:,}".replace(",", "\u202f")


def _moment(seconds):
    moment = datetime.datetime.fromtimestamp(seconds).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z")


def _text(value):
    return html.escape(str(value))
