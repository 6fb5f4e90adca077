"""Load on a server: the small program in load.c, compiled when it is first wanted."""

import hashlib
import os
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.servers import LOAD_CORE, pin
from firmware import shell, sources, system
from firmware.paths import cache_dir

_SOURCE = Path(__file__).with_name("load.c")
_HEAD = "GET {path} HTTP/{version}\r\nHost: localhost:5000\r\nUser-Agent: bench\r\nAccept: */*\r\n{more}\r\n"
_CLOSE = "Connection: close\r\n"
_UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
_MASK = bytes((1, 2, 3, 4))

CLOSE, KEEP, ECHO = "close", "keep", "echo"


@dataclass(frozen=True)
class Load:
    """What clients ask for: `path`, in one of the three modes of load.c, and how many bytes each answer must have."""

    path: str
    mode: str
    size: int
    clients: int = 16
    version: str = "1.1"

    def request(self):
        """The bytes of the request, or of the handshake."""
        more = {CLOSE: _CLOSE, KEEP: "", ECHO: _UPGRADE}[self.mode]
        return _HEAD.format(path=self.path, version=self.version, more=more).encode()

    def message(self):
        """A WebSocket frame (RFC 6455, section 5.2), masked as a client's must be, with `size` bytes less its head."""
        payload = bytes(i % 26 + 97 for i in range(self.size - 4))
        masked = bytes(byte ^ _MASK[i % 4] for i, byte in enumerate(payload))
        return b"\x82\xfe" + len(payload).to_bytes(2, "big") + _MASK + masked


@dataclass(frozen=True)
class Outcome:
    """What a load found: answers in a second, how many failed, and milliseconds to the answer.

    The second is one of the server's processor time where the system can tell that: on a machine with nothing else to do
    it is the same, since the load keeps the server busy, and on any other it does not depend on who else is there.
    `busy` is how much of a processor core the server had.
    """

    per_second: float
    failed: int
    median: float
    p99: float
    slowest: float
    busy: float


def put(load, server, ms):
    """Put `load` on `server` for `ms` milliseconds; returns the `Outcome`, or None when nothing was answered."""
    with tempfile.TemporaryDirectory(prefix="load-") as scratch:
        request, message = Path(scratch, "request"), Path(scratch, "message")
        request.write_bytes(load.request())
        message.write_bytes(load.message() if load.mode == ECHO else b"")
        words = [server.port, load.clients, ms, load.mode, load.size, request, message]
        cmd = [str(word) for word in (program(), *words)]
        before = server.processor_seconds()
        with subprocess.Popen(cmd, stdout=subprocess.PIPE) as process:
            pin(process, LOAD_CORE)
            output = process.stdout.read()
        used = server.processor_seconds() - before
    answered, failed, elapsed, *times = (int(word) for word in output.split())
    if not answered:
        return None
    seconds = elapsed / 1e6
    return Outcome(answered / (used or seconds), failed, *(us / 1000 for us in times), used / seconds)


@cache
def program():
    """The compiled load.c."""
    system.ensure("base", "unix")
    digest = hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:12]
    place = cache_dir() / "bench" / f"load-{digest}"
    with sources.locked(place):
        if not place.is_dir():
            with sources.assembled(place) as work:
                shell.run([os.environ.get("CC", "cc"), "-O2", "-o", work / "load", _SOURCE], step="compile load.c")
    return place / "load"
