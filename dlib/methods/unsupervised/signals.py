"""SIGINT and SIGTERM, told to whoever is at work instead of ending the process."""

import contextlib
import signal
import threading

_NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def on_signal(react):
    """Calls ``react`` with a signal's name when one arrives, until the block ends.

    Blocks may lie in each other; the inner one's reaction counts. Outside the main thread, where
    Python hands out no signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = [
        signal.signal(number, lambda n, _: react(signal.Signals(n).name)) for number in _NUMBERS
    ]
    try:
        yield
    finally:
        for number, handler in zip(_NUMBERS, previous, strict=True):
            signal.signal(number, handler)
