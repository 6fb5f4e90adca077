"""Instructions that the processor executes for a request, counted by valgrind: they do not depend on the machine's load."""

import re
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache

from bench import load
from bench.results import Figures
from bench.servers import parse, serving
from firmware import system
from firmware.errors import UserError

_FEW = 20  # what starting up and the first requests cost is taken off
_VALGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
_COUNT = re.compile(r"Collected : (\d+)")


def server(ours, reference, mode):
    """A measurement of the whole server, for "Hello, world!" in `mode`; the reference closes each connection."""

    def measure(effort):
        return Figures(
            _per_request(effort, lambda n: _serve(ours, n, mode)),
            _per_request(effort, lambda n: _serve(reference, n, load.CLOSE)),
        )

    return measure


def alone(ours, reference):
    """A measurement of the framework without sockets, with a browser's request."""

    def measure(effort):
        return Figures(
            _per_request(effort, lambda n: _run(ours, n)),
            _per_request(effort, lambda n: _run(reference, n)),
        )

    return measure


def _per_request(effort, count):
    system.ensure("callgrind")
    counts = []
    for n in (_FEW, _FEW + effort.requests):
        effort.tell(f"{n} requests under valgrind")
        counts.append(count(n))
    return (counts[1] - counts[0]) / effort.requests


def _run(contestant, n):
    with tempfile.TemporaryDirectory(prefix="bench-") as empty:
        cmd = [*_VALGRIND, *contestant.command("bench_alone", n)]
        result = subprocess.run(cmd, cwd=empty, env=contestant.environment(), capture_output=True, text=True, check=False)
    if result.returncode:
        raise UserError("bench_alone failed", detail=(result.stdout + result.stderr)[-1000:])
    return _counted(result.stderr)


@cache
def _serve(contestant, n, mode):
    with serving(contestant, "bench_hello", wrapper=_VALGRIND) as running:
        _ask(running.port, load.Load("/", mode, 13), n)
        running.process.send_signal(signal.SIGINT)
        running.process.wait(20)
        return _counted(running.log.read_text())


def _counted(output):
    found = _COUNT.search(output)
    if not found:
        raise UserError("valgrind counted nothing", detail=output[-1000:])
    return int(found[1])


def _ask(port, what, n):
    """Ask `n` times, one after the other."""
    sock = None
    for _ in range(n):
        sock = sock or socket.create_connection(("127.0.0.1", port), 20)
        sock.sendall(what.request())
        data = b""
        while piece := sock.recv(4096):
            data += piece
            if what.mode == load.KEEP and data.endswith(b"Hello, world!"):
                break
        if len(parse(data)) != what.size:
            raise UserError(f"unexpected answer: {data!r}")
        if what.mode == load.CLOSE:
            sock.close()
            sock = None
    if sock:
        sock.close()
        time.sleep(0.2)  # until the server has seen it
