"""The application of served.py as a real server of either flavour on either runtime, and raw connections to it."""

import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from servers import ROOT, free_port, http, interpreter  # noqa: F401

APP = Path(__file__).with_name("served.py")

#: (flavour, runtime) of every server there is
KINDS = [(flavour, runtime) for flavour in ("sync", "asyncio") for runtime in ("cpython", "micropython")]
IDS = ["-".join(kind) for kind in KINDS]


class LiveApp:
    """A server process that is looked at from its start to its end; a context manager.

    :param image: the unix MicroPython, used where `runtime` is `micropython`.
    :param port: where it listens, 0 for a free one.
    :param host: the address that it listens on.
    :param options: see served.py.
    """

    def __init__(self, flavour, runtime, image, port=0, host="127.0.0.1", **options):
        self.flavour = flavour
        self.runtime = runtime
        self.port = port or free_port()
        self.host = host
        self.url = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        self.keeps = (flavour, runtime) != ("sync", "micropython")  # connections, as there are threads or tasks
        options = json.dumps({"flavour": flavour, "host": host, "port": self.port, **options})
        self._command = [*interpreter(runtime, image), APP, options]
        self._folder = tempfile.TemporaryDirectory(prefix="microdot-server-")
        self._log = Path(self._folder.name, "log")

    def __enter__(self):
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=self._folder.name,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            )
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._folder.cleanup()

    def ready(self):
        """Wait until it accepts connections."""
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection((self.host, self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the server did not start: {self.output()}") from None
                time.sleep(0.01)

    def connect(self):
        """A raw connection to it."""
        return Raw(self.port)

    def exchange(self, data, pieces=None):
        """Send bytes on a connection of their own, end the sending, and return all that comes back."""
        with self.connect() as raw:
            raw.send(data, pieces)
            raw.finish()
            return raw.rest()

    def output(self):
        """What it has printed so far."""
        return self._log.read_text(errors="replace")

    def ended(self, seconds=5):
        """Wait for the process to end and return its status."""
        return self.process.wait(seconds)


class Raw:
    """A connection that is written and read by hand."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), 5)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data, pieces=None):
        """Send bytes, in `pieces` where such are given; a server that has answered and closed is no error."""
        try:
            for piece in pieces or [data]:
                self.sock.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def finish(self):
        """Say that nothing more will be sent."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def until(self, end):
        """Receive up to and with the bytes `end`."""
        data = b""
        while not data.endswith(end):
            data += self._some(1, data)
        return data

    def response(self):
        """Receive one response with a Content-Length: its head, and its body."""
        head = self.until(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = b""
        while len(body) < length:
            body += self._some(length - len(body), body)
        return head, body

    def rest(self, seconds=5):
        """Receive up to the end of the connection."""
        self.sock.settimeout(seconds)
        data = b""
        while True:
            try:
                more = self.sock.recv(65536)
            except ConnectionResetError:
                return data
            if not more:
                return data
            data += more

    def is_silent(self, seconds):
        """Whether nothing arrives within `seconds`."""
        self.sock.settimeout(seconds)
        try:
            self.sock.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return True
        finally:
            self.sock.settimeout(5)
        return False

    def reset(self):
        """End the connection as a crashed client would."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def _some(self, n, before):
        data = self.sock.recv(n)
        assert data, f"the connection ended after {before!r}"
        return data
