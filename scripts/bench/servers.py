"""Servers under test: started as processes of their own, waited for, pinned to a processor core, stopped."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from firmware.errors import UserError

_START_S = 20
_STOP_S = 5

#: the cores that servers and load run on, where there are two and the system can say
SERVER_CORE, LOAD_CORE = (0, 1) if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > 1 else (None, None)


@dataclass
class Server:
    """A running server: its port, its process, and the file with what it printed."""

    port: int
    process: subprocess.Popen
    log: Path

    def ask(self, path="/", body=b"", timeout=5, sock=None):
        """Send a request, on a connection of its own or on `sock`, and return the body of the answer.

        :raises OSError: when the connection is refused or lost, or silent for `timeout` seconds.
        :raises ValueError: for another status than 200.
        """
        head = b"%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" % (b"POST" if body else b"GET", path.encode())
        if body:
            head += b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        with sock or self.open(timeout) as connection:
            connection.sendall(head + b"\r\n" + body)
            return parse(read_all(connection))

    def open(self, timeout=5):
        """A connection that says nothing yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def processor_seconds(self):
        """The processor time that the server has taken so far, all its processes and threads; 0 where nobody knows."""
        ticks = 0
        for file in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                # proc(5): the fields after the name in parentheses begin with the third
                fields = file.read_text().rpartition(")")[2].split()
                if fields[2] == str(self.process.pid):  # the process group
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def printed(self, word, timeout=5):
        """The number that the server printed after `word`; waits for it."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            for line in self.log.read_text().splitlines():
                if line.startswith(word + " "):
                    return int(line.split()[1])
            time.sleep(0.02)
        raise UserError(f"the server did not print {word!r}, it printed: {self.log.read_text()[-500:]!r}")


def parse(response):
    """The body of a response.

    :raises ValueError: for another status than 200.
    """
    head, _, body = response.partition(b"\r\n\r\n")
    if head[8:13] != b" 200 ":
        raise ValueError(f"answered with {head[:40]!r}")
    return body


def read_all(sock):
    """All that comes until the connection is closed."""
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


@contextlib.contextmanager
def serving(contestant, app, *args, heap=None, wrapper=(), env=(), command=None, patience=_START_S):
    """Run a server and yield it once it answers; it is stopped as by Ctrl-C at the end of the block.

    :param app: a program of board/apps, called with the flavour, a port and `args`.
    :param wrapper: words before the command, such as valgrind's.
    :param env: more variables.
    :param command: a function of a port that gives the words to run instead.
    :param patience: how many seconds it may take to come up.
    :raises UserError: when it does not come up, with what it printed.
    """
    port = free_port()
    cmd = command(port) if command else contestant.command(app, port, *args, heap=heap)
    # an empty folder to start in: MicroPython looks for modules there first
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        log = Path(scratch, "log")
        empty = Path(scratch, "empty")
        empty.mkdir()
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [*wrapper, *cmd],
                cwd=empty,
                env={**contestant.environment(), **dict(env)},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            pin(process, SERVER_CORE)
        try:
            server = Server(port, process, log)
            _wait_until_up(server, patience)
            yield server
        finally:
            stop(process)


def pin(process, core):
    """Bind a process to a processor core, and what it starts from now on; None leaves it free."""
    if core is not None:
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(process.pid, {core})


def stop(process):
    """End a server and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port():
    """A port that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def _wait_until_up(server, patience):
    until = time.monotonic() + patience
    while time.monotonic() < until and server.process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            server.ask(timeout=patience)
            return
        time.sleep(0.02)
    raise UserError("a server did not come up", detail=server.log.read_text(errors="replace")[-1000:])
