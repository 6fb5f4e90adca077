"""Heap on MicroPython: what is in use, what a request allocates, what a connection holds, and how little is enough."""

import contextlib
import json

from bench.results import Figures
from bench.servers import serving
from firmware.errors import UserError

_PLENTY = 64 * 1024 * 1024  # no collection comes between two readings
_ANSWER_S = 2
_REQUESTS = 100
_CONNECTIONS = 8
_LARGEST = 256 * 1024

#: 10 KB of JSON: readings of a sensor
DOCUMENT = json.dumps([{"id": i, "at": 1700000000 + i, "value": i * 0.25} for i in range(232)]).encode()


def figure(of, ours, reference):
    """A measurement by `of(contestant, effort)`, one of those below."""
    return lambda effort: Figures(of(ours, effort), of(reference, effort))


def after_import(contestant, effort):
    """What importing the framework leaves in use, in bytes."""
    with serving(contestant, "bench_heap") as server:
        return server.printed("import")


def live(contestant, effort):
    """What is in use while the server waits for its second client, in bytes, the interpreter's own included."""
    with serving(contestant, "bench_heap", "live") as server:
        return server.printed("live")


def peak(contestant, effort):
    """What is in use in the middle of a request, in bytes."""
    with serving(contestant, "bench_heap") as server:
        server.ask()
        return int(server.ask("/live"))


def allocated(contestant, effort):
    """What a request allocates, in bytes; what else a reading costs is about the same."""
    with serving(contestant, "bench_heap", heap=_PLENTY) as server:
        before = int(server.ask("/used"))
        for _ in range(_REQUESTS):
            server.ask()
        return (int(server.ask("/used")) - before) / (_REQUESTS + 1)


def idle_connection(contestant, effort):
    """What a connection holds that has sent nothing yet, in bytes."""
    with serving(contestant, "bench_heap") as server, contextlib.ExitStack() as stack:
        before = int(server.ask("/live"))
        for _ in range(_CONNECTIONS):
            stack.enter_context(server.open())
        return (int(server.ask("/live")) - before) / _CONNECTIONS


def smallest(use):
    """A figure: the smallest heap with which a server answers everything that `use(server)` asks, in bytes."""

    def search(contestant, effort):
        low, high = 0, _LARGEST
        if not _is_enough(contestant, high, use):
            raise UserError(f"{contestant.framework} fails with a heap of {high} bytes")
        while high - low > effort.step:
            middle = (low + high) // 2
            effort.tell(f"{contestant.framework} with a heap of {middle} bytes")
            if _is_enough(contestant, middle, use):
                high = middle
            else:
                low = middle
        return high

    return search


def _is_enough(contestant, size, use):
    try:
        with serving(contestant, "bench_heap", heap=size, patience=_ANSWER_S) as server:
            use(server)
            return True
    except (UserError, OSError, ValueError):
        return False


def hello(server):
    """Ask for "Hello, world!" 100 times."""
    for _ in range(_REQUESTS):
        if server.ask(timeout=_ANSWER_S) != b"Hello, world!":
            raise ValueError("wrong answer")


def document(server):
    """The same, then send 10 KB of JSON."""
    hello(server)
    if server.ask("/json", DOCUMENT, timeout=_ANSWER_S) != b"%d" % len(json.loads(DOCUMENT)):
        raise ValueError("wrong answer")


def connections(server):
    """The same while 8 connections are open, each of which then is served."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(server.open()) for _ in range(_CONNECTIONS)]
        hello(server)
        for sock in opened:
            server.ask(sock=sock)
