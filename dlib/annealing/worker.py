"""One process of an annealing test: chunks come in by standard input, a line each.

Run as ``python -m dlib.annealing.worker`` by ``dlib.annealing.work``; prints a line of JSON for
each chunk that is saved.
"""

import json
import os
import queue
import signal
import sys
import threading


def main():
    """Works until the standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; one is enough
    setup = json.loads(sys.stdin.readline())
    lines = queue.Queue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    # Prints of libraries must not be taken for answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    from dlib.utils.errors import DlibError
    from dlib.utils.gin_errors import message_of

    try:
        for _ in _saved_chunks(setup, lines):
            print("{}", file=answers, flush=True)
    except DlibError as error:
        print(json.dumps({"error": message_of(error)}), file=answers, flush=True)


def _read(lines):
    """Hands lines on. The end of the input is the end of this process, even amid a chunk."""
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


def _saved_chunks(setup, lines):
    """Yields after each chunk."""
    import torch

    from dlib.annealing.anneal import make_tests
    from dlib.annealing.chunks import Chunk
    from dlib.annealing.work import run_chunk
    from dlib.utils import gin_utils, memory

    torch.set_num_threads(1)
    memory.keep_pages()
    with gin_utils.configured(bindings=[setup["config"]]):
        test = make_tests(setup["variant"], setup["random_seed"], setup["factors"])
        while True:
            chunk = Chunk(**json.loads(lines.get()))
            run_chunk(test, chunk, setup["folder"])
            yield chunk


if __name__ == "__main__":
    main()
