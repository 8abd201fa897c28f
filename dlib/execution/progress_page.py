"""The progress of a study as a page in its place, ``progress.html``, beside the terminal's view."""

import sys
import time

from dlib.execution.jobs import DONE, FAILED, RUNNING, WAITING
from dlib.report.html.progress import progress_page
from dlib.utils.errors import DlibError

PAGE = "progress.html"
_SECONDS = 10.0  # between pages


class PageView:
    """A view that also writes the page, now and then and at the end.

    Args:
      view: of the terminal (``progress.make_view``); a context manager with ``update`` and
        ``tally``.
      store: of the place (``stores``).
      title: the study's name.
      clock: seconds.
    """

    def __init__(self, view, store, title, clock=time.monotonic):
        self.view, self.store, self.title = view, store, title
        self._clock = clock
        self._written = -_SECONDS
        self._has_news = False

    def __enter__(self):
        self.view.__enter__()
        return self

    def __exit__(self, *reason):
        self.view.__exit__(*reason)
        refused = reason[0] is not None and not self._has_news
        if not refused:  # a study that never began leaves nothing
            self._write(is_over=True)

    def update(self, progress):
        """Takes news of a job."""
        self._has_news |= progress.status != WAITING
        self.view.update(progress)
        if self._has_news and self._clock() - self._written >= _SECONDS:
            self._written = self._clock()
            self._write(is_over=False)

    def _write(self, is_over):
        page = progress_page(page_state(self.view.tally, self.title, self.store.address, is_over))
        try:
            self.store.put(PAGE, page.encode())
        except DlibError as error:  # a page that is missing must not end a study
            print(f"no {PAGE}: {error}", file=sys.stderr)


def page_state(tally, title, address, is_over=False):
    """What ``progress_page`` takes, from a ``progress.Tally``."""
    done, running, failed = (tally.count(status) for status in (DONE, RUNNING, FAILED))
    listed = [p for p in tally.latest.values() if p.status in (RUNNING, FAILED)]
    return {
        "title": title,
        "updated": time.time(),
        "done": done,
        "running": running,
        "waiting": tally.total - done - running - failed,
        "failed": failed,
        "images_per_second": tally.images_per_second(),
        "seconds_left": tally.seconds_left(),
        "jobs": [_listed(progress) for progress in listed],
        "where": address,
        "is_over": is_over,
    }


def _listed(progress):
    known = {"name": progress.job.name, "status": progress.status, "step": progress.step}
    if progress.total:
        known["total"] = progress.total
    if progress.error:
        known["error"] = progress.error
    return {**known, "images_per_second": progress.images_per_second}
