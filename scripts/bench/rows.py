"""The rows of the benchmark: what is measured, of whom, and the goal.

Ours is compared with m2, PyPI's `microdot` 2.7.0 and its own asyncio server, which closes each connection after one
response: where ours keeps connections, or runs without asyncio or under a gateway, m2 does what it can. What it makes of
it under the same gateway, and what a bare application without a framework does there, is told beside.
"""

from bench import heap, instructions, size
from bench.contestants import CPYTHON, MICROPYTHON, OURS, REFERENCE, Contestant
from bench.load import CLOSE, ECHO, KEEP, Load
from bench.results import Row, at_most, ratio_of
from bench.speed import FILE_SIZE, Subject, big_file, speed, tail

KB = 1024


def _contestants(runtime):
    return Contestant(OURS, "asyncio", runtime), Contestant(OURS, "sync", runtime), Contestant(REFERENCE, "m2", runtime)


_ASYNCIO, _SYNC, _M2 = _contestants(MICROPYTHON)
_C_ASYNCIO, _C_SYNC, _C_M2 = _contestants(CPYTHON)

_HELLO = Load("/", CLOSE, len("Hello, world!"))
_HELLO_KEEP = Load("/", KEEP, len("Hello, world!"))
_CROWD = Load("/", CLOSE, len("Hello, world!"), clients=64)
_ROUTED = Load("/resource10/7", CLOSE, len("resource 7"))
_FILE = Load("/file", CLOSE, FILE_SIZE, version="1.0")  # so that it comes in one piece
_ECHO = Load("/echo", ECHO, 4 + KB)


def _hello(contestant, load=_HELLO):
    return Subject(contestant, "bench_hello", load)


def _site(contestant, load):
    return Subject(contestant, "bench_site", load, (big_file,))


def _echo(contestant):
    return Subject(contestant, "bench_echo", _ECHO)


def _gateway(contestant, kind, reference, load=_HELLO):
    def under(who, app):
        return Subject(who, f"{app}_{kind}", load)

    return speed(under(contestant, "bench"), reference, m2=under(_C_M2, "bench"), bare=under(_C_M2, "raw"))


#: heading -> its rows
SECTIONS = {
    "MicroPython on this machine, frozen: requests per second": [
        Row("close", "hello, asyncio, closing", "1/s", speed(_hello(_ASYNCIO), _hello(_M2)), ratio_of(2.5)),
        Row("close-sync", "hello, sync, closing", "1/s", speed(_hello(_SYNC), _hello(_M2)), ratio_of(3)),
        Row("keep", "hello, asyncio, keep-alive", "1/s", speed(_hello(_ASYNCIO, _HELLO_KEEP), _hello(_M2)), ratio_of(5)),
        Row("routing", "20 routes, a parameter", "1/s", speed(_site(_ASYNCIO, _ROUTED), _site(_M2, _ROUTED)), ratio_of(2.5)),
        Row("file", "static file of 100 KB", "1/s", speed(_site(_ASYNCIO, _FILE), _site(_M2, _FILE)), ratio_of(3)),
        Row("echo", "WebSocket messages of 1 KB", "1/s", speed(_echo(_ASYNCIO), _echo(_M2)), ratio_of(3)),
        Row("tail", "64 clients: p99 / median", "x", tail(_hello(_ASYNCIO, _CROWD), _hello(_M2, _CROWD)), at_most(3)),
    ],
    "MicroPython: instructions": [
        Row("instructions", "hello, asyncio, closing", "", instructions.server(_ASYNCIO, _M2, CLOSE), at_most(330_000)),
        Row("instructions-keep", "hello, asyncio, keep-alive", "", instructions.server(_ASYNCIO, _M2, KEEP), at_most(200_000)),
        Row("instructions-sync", "hello, sync, closing", "", instructions.server(_SYNC, _M2, CLOSE)),
        Row("alone", "framework alone, browser, 20 routes", "", instructions.alone(_ASYNCIO, _M2), at_most(450_000)),
    ],
    "MicroPython: heap": [
        Row("import", "left by the import, asyncio", "B", heap.figure(heap.after_import, _ASYNCIO, _M2)),
        Row("live", "live, asyncio", "B", heap.figure(heap.live, _ASYNCIO, _M2), at_most(9 * KB)),
        Row("live-sync", "live, sync", "B", heap.figure(heap.live, _SYNC, _M2), at_most(6 * KB)),
        Row("peak", "in a request, asyncio", "B", heap.figure(heap.peak, _ASYNCIO, _M2), at_most(9.8 * KB)),
        Row("peak-sync", "in a request, sync", "B", heap.figure(heap.peak, _SYNC, _M2), at_most(7 * KB)),
        Row("allocated", "allocated for a hello, asyncio", "B", heap.figure(heap.allocated, _ASYNCIO, _M2), at_most(3 * KB)),
        Row("idle", "held by an idle connection", "B", heap.figure(heap.idle_connection, _ASYNCIO, _M2), at_most(700)),
        Row("smallest", "enough for 100 hello", "B", heap.figure(heap.smallest(heap.hello), _ASYNCIO, _M2), at_most(11 * KB)),
        Row("smallest-json", "and a POST of 10 KB", "B", heap.figure(heap.smallest(heap.document), _ASYNCIO, _M2), at_most(47 * KB)),
        Row("smallest-open", "and 8 open connections", "B", heap.figure(heap.smallest(heap.connections), _ASYNCIO, _M2), at_most(18 * KB)),
    ],
    "Frozen on a Cortex-M3, beyond asyncio": [
        Row("size", "core with the asyncio server", "B", size.core, at_most(14 * KB)),
        Row("size-all", "all that runs on a device", "B", size.everything, at_most(36 * KB)),
    ],
    "CPython: requests per second": [
        Row("cpython-close", "hello, asyncio, closing", "1/s", speed(_hello(_C_ASYNCIO), _hello(_C_M2)), ratio_of(2.2)),
        Row("cpython-keep", "hello, asyncio, keep-alive", "1/s", speed(_hello(_C_ASYNCIO, _HELLO_KEEP), _hello(_C_M2)), ratio_of(6)),
        Row("cpython-close-sync", "hello, threads, closing", "1/s", speed(_hello(_C_SYNC), _hello(_C_M2))),
        Row("cpython-keep-sync", "hello, threads, keep-alive", "1/s", speed(_hello(_C_SYNC, _HELLO_KEEP), _hello(_C_M2))),
        Row("asgi-close", "hello, uvicorn, closing", "1/s", _gateway(_C_ASYNCIO, "asgi", _hello(_C_M2)), ratio_of(1.9)),
        Row("asgi-keep", "hello, uvicorn, keep-alive", "1/s", _gateway(_C_ASYNCIO, "asgi", _hello(_C_M2), _HELLO_KEEP), ratio_of(4)),
        Row("wsgi", "hello, gunicorn", "1/s", _gateway(_C_SYNC, "wsgi", _hello(_C_M2)), ratio_of(0.8)),
        Row("wsgi-file", "file of 100 KB, gunicorn", "1/s", _gateway(_C_SYNC, "wsgi", _site(_C_M2, _FILE), _FILE), ratio_of(3.5)),
    ],
}  # fmt: skip

ROWS = [row for rows in SECTIONS.values() for row in rows]
